use std::sync::mpsc;
use std::thread;

use super::*;
use crate::traces::{Starter, Traces};

#[test]
fn it_answers_and_forgets_all_when_it_is_killed_or_stopped() {
    let mut redis = Redis::start().unwrap();
    let port = redis.port();
    assert_eq!(redis.url(), format!("redis://127.0.0.1:{port}"));
    for kill in [true, false] {
        assert_eq!(redis.ask(&["SET", "key", "some value"]), Ok("OK".to_owned()));
        assert_eq!(redis.ask(&["GET", "key"]), Ok("some value".to_owned()));
        assert!(redis.start_again().unwrap_err().contains("running already"));
        if kill { redis.kill() } else { redis.stop() }.unwrap();
        assert!(redis.ask(&["PING"]).is_err() && redis.kill().is_err() && redis.stop().is_err());
        redis.start_again().unwrap();
        assert_eq!(redis.ask(&["EXISTS", "key"]), Ok("0".to_owned()));
        assert_eq!(redis.port(), port);
    }
    assert!(redis.ask(&["GETT", "key"]).unwrap_err().contains("unknown command"));
    assert!(redis.log().contains("Ready to accept connections"), "{}", redis.log());
}

#[test]
fn a_paused_server_does_not_answer_and_nothing_of_it_stays() {
    let mut redis = Redis::start().unwrap();
    redis.pause().unwrap();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let asked = &redis;
        scope.spawn(move || tell.send(asked.ask(&["PING"])).unwrap());
        let silence = told.recv_timeout(Duration::from_millis(200));
        // Before anything fails, as who asks is waited for.
        processes::signal(asked.id().unwrap(), Signal::CONT);
        assert_eq!(silence, Err(mpsc::RecvTimeoutError::Timeout));
        assert_eq!(told.recv_timeout(LIMIT), Ok(Ok("PONG".to_owned())));
    });
    redis.pause().unwrap();
    redis.resume().unwrap();
    assert_eq!(redis.ask(&["PING"]), Ok("PONG".to_owned()));

    redis.pause().unwrap();
    let traces = Traces::of(redis.folder());
    drop(redis);
    traces.are_gone();
}

#[test]
fn a_server_ends_with_the_process_that_started_it() {
    let test = "redis::tests::a_server_ends_with_the_process_that_started_it";
    let Some(starter) = Starter::of(test, Redis::start, Redis::folder) else { return };
    let traces = Traces::of(&starter.folder);
    starter.end(|id| processes::signal(id, Signal::KILL));
    traces.are_gone();
}

#[test]
fn who_does_not_know_the_password_is_not_let_in() {
    let settings = Settings { password: Some("secret".to_owned()), ..Settings::default() };
    let redis = Redis::start_with(&settings).unwrap();
    assert_eq!(redis.url(), format!("redis://:secret@127.0.0.1:{}", redis.port()));
    assert_eq!(redis.ask(&["ECHO", "let in"]), Ok("let in".to_owned()));
    let mut stranger = programs::command("redis-cli").unwrap();
    let answer = stranger.args(["-p", &redis.port().to_string(), "PING"]).output().unwrap();
    assert!(String::from_utf8_lossy(&answer.stdout).contains("NOAUTH"));
}

#[test]
fn a_cluster_answers_for_all_slots_and_heals_when_a_master_comes_back() {
    let begun = Instant::now();
    let mut cluster = RedisCluster::start().unwrap();
    println!("whole after {:?}", begun.elapsed());
    assert!(cluster.url().starts_with("redis-cluster://127.0.0.1:"), "{}", cluster.url());
    // The slots of these keys are each with another master ("Key distribution model" has the function).
    let answers = |cluster: &RedisCluster| -> Vec<_> {
        let at = cluster.masters().iter().map(|master| {
            ["a", "b", "c"].iter().filter(|key| master.ask(&["SET", key, "1"]).is_ok()).count()
        });
        at.collect()
    };
    assert_eq!(answers(&cluster).iter().sum::<usize>(), 3, "each key is somebody's");
    let middle = &mut cluster.masters_mut()[1];
    middle.kill().unwrap();
    middle.start_again().unwrap();
    cluster.wait_until_whole().unwrap();
    assert_eq!(answers(&cluster).iter().sum::<usize>(), 3);
}

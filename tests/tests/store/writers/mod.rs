//! Many who write at once what overlaps, through two nodes' stores on one database: nobody waits for somebody who waits for
//! them, nobody is answered with anything but an answer or a refusal, and what is stored is right.

mod deeds;
mod feed;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinwag_checker::{Stored, check};
use chinwag_store::postgres::{Options, PostgresStore};
use chinwag_store::{Store, Streams};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use tokio::task::JoinSet;
use tokio::time::timeout;
use xtask::Postgres;

use self::deeds::Writer;
use self::world::World;
use crate::turns::alone;

/// How many write at once.
const WRITERS: usize = 64;
/// Longest that a command may take that waits for others. PostgreSQL gives up on a lock after 5 s.
const PATIENCE: Duration = Duration::from_secs(15);

/// Of each kind of command, how often it was answered in which way.
type Answers = BTreeMap<(&'static str, &'static str), u64>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_in_anothers_way_for_good() {
    let _alone = alone().await;
    let steps = long("CHINWAG_WRITERS_STEPS", 40);
    let mut random = Random::announced();
    let postgres = Postgres::start().unwrap();
    let options = Options::new(postgres.url().parse().unwrap());
    let nodes: Vec<Arc<PostgresStore>> =
        vec![PostgresStore::open(&options).await.unwrap(), PostgresStore::open(&options).await.unwrap()];
    let stores: Vec<Arc<dyn Store>> = nodes.iter().map(|node| Arc::clone(node) as _).collect();
    let heard: Vec<_> = [(0, 1), (1, 0)]
        .map(|(own, other)| {
            tokio::spawn(feed::listen(Arc::clone(&nodes[own]), Arc::downgrade(&nodes[other])))
        })
        .into();
    let maintained: Vec<_> =
        nodes.iter().cloned().map(|node| tokio::spawn(async move { node.maintain().await })).collect();

    let world = World::begin(&*stores[0], WRITERS).await;
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..WRITERS {
        let writer = Writer::new(number, Arc::clone(&world), stores.clone(), random.fork());
        tasks.spawn(writer.write(steps));
    }
    let (mut answers, mut commands) = (Answers::new(), 0);
    let mut posts = Vec::new();
    while let Some(writer) = tasks.join_next().await {
        let writer = writer.unwrap();
        for (what, times) in writer.answers {
            commands += times;
            *answers.entry(what).or_default() += times;
        }
        posts.extend(writer.posts);
    }
    let took = begun.elapsed();
    println!("{}", table(&answers));
    println!("{commands} commands of {WRITERS} writers in {took:?}");

    for node in &nodes {
        timeout(PATIENCE, node.close()).await.expect("a store closes once nobody asks any more");
    }
    for task in maintained {
        timeout(PATIENCE, task).await.expect("maintenance ends with its store").unwrap();
    }
    drop((nodes, stores, world));
    let mut told = feed::Told::default();
    for feed in heard {
        told = told.and(timeout(PATIENCE, feed).await.expect("a feed ends with its store").unwrap());
    }
    println!("{} changes were told by the feeds, in order, when they were committed", told.changes);

    is_right(&postgres, &told, &posts).await;
    // A backend counts its deadlocks at the latest when it ends.
    let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'chinwag'";
    let deadline = Instant::now() + PATIENCE;
    while postgres.query(left).unwrap() != "0" {
        assert!(Instant::now() < deadline, "a store that was closed leaves connections");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let deadlocks =
        postgres.query("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").unwrap();
    let complaints: Vec<String> =
        postgres.log().lines().filter(|line| line.contains("ERROR")).map(str::to_owned).collect();
    assert_eq!((deadlocks.as_str(), complaints), ("0", Vec::new()), "{}", postgres.log());
}

/// Whether what is stored keeps the delivery rule, and has every message that somebody was told to be stored.
async fn is_right(postgres: &Postgres, told: &feed::Told, posts: &[world::Posted]) {
    let mut stored = Stored::read_database(&postgres.url()).await.unwrap();
    told.take_out_roles(&mut stored);
    let faults = check(&[], &stored);
    let shown: Vec<String> = faults.iter().take(20).map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), shown.join("\n"));
    for post in posts {
        let room = stored.messages.get(&post.room.to_string());
        let message = room.and_then(|messages| messages.get(&post.seq.0));
        let there = message.is_some_and(|message| {
            message.author == post.author.to_string()
                && (message.rev > post.seq.0 || message.text.as_deref() == Some(post.text.as_str()))
        });
        assert!(there, "{post:?} is told to be stored, and there is {message:?}");
    }
    println!("{} posts are stored, in {} streams", posts.len(), stored.streams.len());
    // What nothing may ever break, each a statement that finds whatever does.
    for (rule, sql) in [
        (
            "nobody who is banned or gone is a member",
            r#"SELECT "user".id FROM chinwag.member JOIN chinwag."user" ON "user".id = member."user"
               WHERE "user".standing IN (2, 3)"#,
        ),
        (
            "people's names are unique",
            r#"SELECT name FROM chinwag."user" WHERE standing < 3 GROUP BY name HAVING count(*) > 1"#,
        ),
        (
            "rooms' names are unique",
            "SELECT name FROM chinwag.room WHERE kind < 2 GROUP BY name HAVING count(*) > 1",
        ),
        (
            "whoever is here has their name to themselves",
            r#"SELECT id FROM chinwag."user" WHERE standing < 3
               AND NOT EXISTS (SELECT FROM chinwag.user_look WHERE user_look."user" = "user".id)"#,
        ),
        (
            "names of who is gone are free",
            r#"SELECT id FROM chinwag."user" JOIN chinwag.user_look ON user_look."user" = "user".id
               WHERE standing = 3"#,
        ),
        (
            "somebody owns the workspace",
            r#"SELECT 'nobody' WHERE NOT EXISTS (SELECT FROM chinwag."user" WHERE role = 3 AND standing = 0)"#,
        ),
        (
            "only who may be here has a session",
            r#"SELECT key FROM chinwag.session JOIN chinwag."user" ON "user".id = session."user"
               WHERE "user".standing != 0"#,
        ),
        (
            "a direct conversation is one",
            "SELECT people FROM chinwag.room WHERE kind = 2 GROUP BY people HAVING count(*) > 1",
        ),
        (
            "every stream has the time of its last message",
            "SELECT stream.id FROM chinwag.stream JOIN chinwag.message ON message.room = stream.id
             WHERE message.at > stream.last_at",
        ),
        (
            "an invitation is used no more often than it may be",
            "SELECT id FROM chinwag.invitation WHERE uses > most_uses",
        ),
    ] {
        assert_eq!(postgres.query(sql).unwrap(), "", "{rule}");
    }
}

fn table(answers: &Answers) -> String {
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    for ((command, answer), times) in answers {
        let line = lines.entry(command).or_default();
        line.push_str(&format!(" {answer} {times}"));
    }
    lines.into_iter().map(|(command, line)| format!("{command:<16}{line}\n")).collect()
}

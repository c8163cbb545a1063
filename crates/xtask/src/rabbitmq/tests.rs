use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::traces::{self, Starter, Traces};
use client::Client;

mod client;
mod hello;

#[test]
fn what_is_durable_is_there_after_a_kill_and_a_stop() {
    let begun = Instant::now();
    let mut rabbit = RabbitMq::start().unwrap();
    println!("answers after {:?}", begun.elapsed());
    let program = fs::read_to_string(format!("/proc/{}/comm", rabbit.id().unwrap())).unwrap();
    assert_eq!(program, "beam.smp\n");
    let port = rabbit.port();
    assert_eq!(rabbit.url(), format!("amqp://chinwag:chinwag@127.0.0.1:{port}"));
    Client::connect(&rabbit).declare("kept", true);
    // In this order: a server that is killed may lose a queue that it has known for less than two seconds, which is how long its
    // database keeps what it is to write down. One that is stopped has written it.
    for kill in [false, true] {
        let mut client = Client::connect(&rabbit);
        client.declare("passing", false);
        client.publish("kept", if kill { "before the kill" } else { "before the stop" });
        assert!(rabbit.start_again().unwrap_err().contains("running already"));
        if kill { rabbit.kill() } else { rabbit.stop() }.unwrap();
        assert_eq!(traces::at_work(&rabbit.folder), Vec::<u32>::new());
        assert!(rabbit.answers().is_err() && rabbit.kill().is_err() && rabbit.stop().is_err());
        let begun = Instant::now();
        rabbit.start_again().unwrap();
        println!("answers again after {:?}", begun.elapsed());
        assert_eq!(rabbit.port(), port);
        assert!(!Client::connect(&rabbit).has("passing"));
    }
    let mut client = Client::connect(&rabbit);
    let mut take = || client.take("kept");
    assert_eq!(
        [take(), take(), take()],
        [Some("before the stop".into()), Some("before the kill".into()), None]
    );
    assert!(rabbit.log().contains("Server startup complete; 0 plugins started."), "{}", rabbit.log());
}

#[test]
fn a_paused_server_does_not_answer_and_nothing_of_it_stays() {
    let mut rabbit = RabbitMq::start().unwrap();
    rabbit.pause().unwrap();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let asked = &rabbit;
        scope.spawn(move || tell.send(asked.answers().unwrap()).unwrap());
        let silence = told.recv_timeout(Duration::from_millis(200));
        // Before anything fails, as who asks is waited for.
        processes::signal(asked.id().unwrap(), Signal::CONT);
        assert_eq!(silence, Err(mpsc::RecvTimeoutError::Timeout));
        assert_eq!(told.recv_timeout(LIMIT), Ok(true));
    });
    rabbit.pause().unwrap();
    rabbit.resume().unwrap();
    assert!(rabbit.answers().unwrap());

    rabbit.pause().unwrap();
    let traces = Traces::of(rabbit.folder());
    let ports = [&rabbit.ports.clients, &rabbit.ports.distribution, &rabbit.ports.mapper].map(Port::number);
    drop(rabbit);
    traces.are_gone();
    for port in ports {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    }
}

#[test]
fn two_at_once_do_not_meet() {
    let other = thread::spawn(|| RabbitMq::start().unwrap());
    let mut one = RabbitMq::start().unwrap();
    let other = other.join().unwrap();
    assert_ne!((one.port(), one.folder()), (other.port(), other.folder()));
    Client::connect(&one).declare("mine", true);
    assert!(!Client::connect(&other).has("mine"));
    one.kill().unwrap();
    let folder = one.folder.clone();
    drop(one);
    // It was waited for.
    assert!(!folder.exists());
    Client::connect(&other).declare("mine", true);
}

#[test]
fn it_listens_on_this_machine_only() {
    let rabbit = RabbitMq::start().unwrap();
    let ports = [&rabbit.ports.clients, &rabbit.ports.distribution, &rabbit.ports.mapper].map(Port::number);
    let mut heard = Vec::new();
    for (file, loopback) in [("tcp", "0100007F"), ("tcp6", "00000000000000000000000001000000")] {
        let table = fs::read_to_string(format!("/proc/net/{file}")).unwrap();
        for line in table.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (address, port) = fields[1].split_once(':').unwrap();
            let port = u16::from_str_radix(port, 16).unwrap();
            // 0A is "listening".
            if fields[3] == "0A" && ports.contains(&port) {
                assert_eq!(address, loopback, "port {port} of {ports:?}");
                heard.push(port);
            }
        }
    }
    assert!(ports.iter().all(|port| heard.contains(port)), "{heard:?} of {ports:?}");
}

#[test]
fn a_server_ends_with_the_process_that_started_it() {
    let name = "a_server_ends_with_the_process_that_started_it";
    ends_with_its_starter(name, RabbitMq::start);
}

#[test]
fn what_still_begins_ends_with_the_process_that_started_it() {
    let begin = || {
        let mut rabbit = RabbitMq::prepare(&Settings::default())?;
        let [mapper, server] = [rabbit.installed.mapper(), rabbit.program()];
        rabbit.mapper = Some(rabbit.spawn(mapper)?);
        rabbit.server = Some(rabbit.spawn(server)?);
        Ok(rabbit)
    };
    let name = "what_still_begins_ends_with_the_process_that_started_it";
    ends_with_its_starter(name, begin);
}

#[test]
fn who_speaks_tls_is_shown_the_certificate() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = Some((made.cert.pem(), made.signing_key.serialize_pem()));
    let rabbit = RabbitMq::start_with(&Settings { certificate, ..Settings::default() }).unwrap();
    assert_eq!(rabbit.url(), format!("amqps://chinwag:chinwag@127.0.0.1:{}", rabbit.port()));
    let answer = hello::answer(&rabbit);
    let der: &[u8] = made.cert.der();
    assert!(answer.windows(der.len()).any(|part| part == der), "{answer:02x?}");
}

#[test]
fn settings_override_ours_and_what_is_wrong_is_told() {
    let line = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let settings = Settings { lines: line("default_pass", "other"), ..Settings::default() };
    let rabbit = RabbitMq::start_with(&settings).unwrap();
    assert!(Client::enter(&rabbit, "other").is_some());
    assert!(Client::enter(&rabbit, "chinwag").is_none());

    let settings = Settings { lines: line("no.such.setting", "1"), ..Settings::default() };
    let refused = RabbitMq::start_with(&settings).unwrap_err();
    assert!(refused.contains("ended at once") && refused.contains("no.such.setting"), "{refused}");
}

/// Has this test `begin` in a process of its own, which is killed, and then nothing is left.
fn ends_with_its_starter(test: &str, begin: fn() -> Result<RabbitMq, String>) {
    let test = format!("rabbitmq::tests::{test}");
    let Some(starter) = Starter::of(&test, begin, RabbitMq::folder) else { return };
    let traces = Traces::of(&starter.folder);
    starter.end(|id| processes::signal(id, Signal::KILL));
    traces.are_gone();
}

//! What happens, said and read.

use std::collections::BTreeMap;

use chinwag_jobs::LogStream;
use chinwag_jobs::amqp::{Options, publish_log, read_log};
use chinwag_jobs::log_stream::{Topic, WAITING};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, DuplexStream, Lines};
use tokio::time::timeout;
use xtask::RabbitMq;

use crate::DEADLINE;
use crate::others::{Other, next, options};

/// Somebody who reads what happens.
struct Reader {
    lines: Lines<BufReader<DuplexStream>>,
    running: Option<chinwag_jobs::Running>,
}

impl Reader {
    fn start(options: &Options) -> Self {
        let (to, from) = tokio::io::duplex(64 * 1_024);
        let (running, _) = read_log(options, Box::new(to));
        Self { lines: BufReader::new(from).lines(), running: Some(running) }
    }

    /// The next lines: the queue without the name of the installation, the routing key, and the entry.
    async fn read(&mut self, options: &Options, count: usize) -> Vec<(String, String, Value)> {
        let mut entries = Vec::new();
        while entries.len() < count {
            let line = timeout(DEADLINE, self.lines.next_line()).await.expect("an entry comes");
            let line = line.unwrap().unwrap();
            let mut parts = line.splitn(3, ' ');
            let queue = parts.next().unwrap().strip_prefix(&format!("{}.", options.instance)).unwrap();
            let (key, entry) = (parts.next().unwrap(), parts.next().unwrap());
            entries.push((queue.to_owned(), key.to_owned(), serde_json::from_str(entry).unwrap()));
        }
        entries
    }

    async fn stop(mut self) {
        self.running.take().unwrap().stop(DEADLINE).await;
    }
}

fn say(stream: &LogStream, topic: Topic, number: usize) {
    stream.say(topic, &json!({ "number": number }));
}

/// How many lines came from which queue with which key.
fn counts(entries: &[(String, String, Value)]) -> BTreeMap<(&str, &str), usize> {
    let mut counts = BTreeMap::new();
    for (queue, key, _) in entries {
        *counts.entry((queue.as_str(), key.as_str())).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn everything_is_in_one_queue_and_errors_are_in_another_as_well() {
    let options = options(&RabbitMq::shared().url());
    let (stream, publishing) = publish_log(&options);
    for number in 0..3 {
        say(&stream, Topic::Debug, number);
    }
    say(&stream, Topic::Error, 3);
    // Whoever stops has said everything.
    publishing.stop(DEADLINE).await;

    let mut reader = Reader::start(&options);
    let entries = reader.read(&options, 5).await;
    let expected =
        [(("debug.log", "debug.log"), 3), (("debug.log", "error.log"), 1), (("error.log", "error.log"), 1)];
    assert_eq!(counts(&entries), BTreeMap::from(expected));
    let debug: Vec<_> = entries.iter().filter(|(queue, ..)| queue == "debug.log").collect();
    let numbers: Vec<_> = debug.iter().map(|(.., entry)| entry["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [0, 1, 2, 3], "in their order");
    assert!(entries.iter().all(|(.., entry)| entry["ts"].as_i64().unwrap() > 1_767_225_600_000));
    reader.stop().await;

    // What was read is in no queue any more.
    let mut reader = Reader::start(&options);
    let (stream, _publishing) = publish_log(&options);
    say(&stream, Topic::Debug, 4);
    assert_eq!(reader.read(&options, 1).await[0].2["number"], 4);
}

#[tokio::test]
async fn a_broker_that_is_away_is_waited_for_and_told_what_was_lost() {
    let mut broker = RabbitMq::start().unwrap();
    let options = options(&broker.url());
    let mut reader = Reader::start(&options);
    let (stream, _publishing) = publish_log(&options);
    say(&stream, Topic::Debug, 0);
    reader.read(&options, 1).await;
    broker.kill().unwrap();

    // Nobody waits for it.
    let said = WAITING * 2;
    for number in 1..=said {
        say(&stream, Topic::Debug, number);
    }
    broker.start_again().unwrap();
    let mut known = 0;
    let lost = loop {
        let entry = reader.read(&options, 1).await.remove(0).2;
        match entry["count"].as_u64() {
            Some(lost) => break usize::try_from(lost).unwrap(),
            None => known += 1,
        }
    };
    // It comes with the first that are published; the others are on their way.
    while known + lost < said {
        let (_, _, entry) = reader.read(&options, 1).await.remove(0);
        known += usize::from(entry.get("count").is_none());
    }
    assert!(lost > 0 && known >= WAITING, "{known} known, {lost} lost");
}

/// Three queues and five messages, as in the books that this is from.
#[tokio::test]
async fn the_exchange_routes_by_topics_for_others_too() {
    let broker = RabbitMq::shared();
    let options = options(&broker.url());
    let (stream, publishing) = publish_log(&options);
    say(&stream, Topic::Debug, 0);
    publishing.stop(DEADLINE).await;
    let exchange = format!("{}.log", options.instance);
    let other = Other::connect(&broker.url()).await;
    let name = |number: usize| format!("{}.queue-{number}", options.instance);
    let patterns = ["animals.*.shorthaired", "#", "*.cats.*"];
    let mut queues = Vec::new();
    for (number, pattern) in patterns.iter().enumerate() {
        queues.push(other.listen(&name(number), &exchange, pattern).await);
    }
    let keys = [
        "animals.dogs.poodles",
        "animals.dogs.dachshund",
        "animals.cats.shorthaired",
        "animals.dogs.shorthaired",
        "misc",
    ];
    for key in keys {
        other.publish(&exchange, key, key).await;
    }
    let expected = [&[keys[2], keys[3]][..], &keys[..], &[keys[2]][..]];
    for (queue, expected) in queues.iter_mut().zip(expected) {
        let mut heard = Vec::new();
        for _ in expected {
            heard.push(String::from_utf8(next(queue).await.data).unwrap());
        }
        assert_eq!(heard, expected);
    }
    for (number, pattern) in patterns.iter().enumerate() {
        assert_eq!(other.left_in(&name(number)).await, 0, "{pattern} has no more");
    }
}

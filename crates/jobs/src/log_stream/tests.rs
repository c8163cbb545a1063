use serde_json::{Value, json};

use super::{ENTRY_BYTES, LogStream, Topic, WAITING};

#[test]
fn what_is_said_has_its_time() {
    let (stream, mut entries) = LogStream::new();
    stream.say(Topic::Error, &json!({ "error": "the moon is full" }));
    let entry = entries.waiting.try_recv().unwrap();
    assert_eq!(entry.topic.key(), "error.log");
    let body: Value = serde_json::from_slice(&entry.body).unwrap();
    assert_eq!(body["error"], "the moon is full");
    // 2026-01-01.
    assert!(body["ts"].as_i64().unwrap() > 1_767_225_600_000);
}

#[test]
fn what_nobody_takes_is_counted_and_lost() {
    let (stream, mut entries) = LogStream::new();
    for number in 0..WAITING + 3 {
        stream.say(Topic::Debug, &json!({ "number": number }));
    }
    stream.say(Topic::Debug, &json!({ "long": "x".repeat(ENTRY_BYTES) }));
    assert_eq!(entries.lost(), 4);
    assert_eq!(entries.lost(), 0, "counted once");
    let first: Value = serde_json::from_slice(&entries.waiting.try_recv().unwrap().body).unwrap();
    assert_eq!(first["number"], 0, "what was there first stays");
}

#[test]
fn nobody_is_told_by_default() {
    let stream = LogStream::default();
    assert!(!stream.is_on());
    stream.say(Topic::Debug, &json!({}));
}

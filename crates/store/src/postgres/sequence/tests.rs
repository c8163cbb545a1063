use chinwag_model::{Epoch, Rev};
use uuid::Uuid;

use super::*;
use crate::feed::FeedReceiver;

fn sequence() -> (Arc<Sequence>, FeedReceiver) {
    let (feed, mut receivers) = Feed::new(1);
    (Sequence::new(feed), receivers.remove(0))
}

fn changes(stream: StreamId, from: u64) -> StreamChanges {
    StreamChanges { stream, epoch: Epoch(1), from: Rev(from), changes: Vec::new() }
}

/// What the feed tells without waiting: where each part begins.
fn told(feed: &mut FeedReceiver, stream: StreamId) -> Vec<u64> {
    let mut told = Vec::new();
    while let Ok(changes) = feed.try_recv() {
        assert_eq!(changes.stream, stream);
        told.push(changes.from.0);
    }
    told
}

#[test]
fn what_was_first_is_told_first() {
    let (sequence, mut feed) = sequence();
    let stream = StreamId(Uuid::now_v7());
    let [first, second, third] = [0, 3, 4].map(|from| sequence.take_places(vec![changes(stream, from)]));
    second.tell();
    assert!(told(&mut feed, stream).is_empty(), "the first may have been committed as well");
    first.tell();
    assert_eq!(told(&mut feed, stream), [0, 3]);
    third.tell();
    assert_eq!(told(&mut feed, stream), [4]);
    assert!(sequence.waiting.lock().unwrap().streams.is_empty(), "nothing is kept");
}

#[test]
fn what_was_not_committed_holds_nobody_up() {
    let (sequence, mut feed) = sequence();
    let stream = StreamId(Uuid::now_v7());
    let [first, second] = [0, 0].map(|from| sequence.take_places(vec![changes(stream, from)]));
    second.tell();
    drop(first);
    assert_eq!(told(&mut feed, stream), [0]);
    assert!(sequence.waiting.lock().unwrap().streams.is_empty(), "nothing is kept");
}

#[test]
fn streams_do_not_wait_for_each_other() {
    let (sequence, mut feed) = sequence();
    let [one, another] = [StreamId(Uuid::now_v7()), StreamId(Uuid::now_v7())];
    let both = sequence.take_places(vec![changes(one, 0), changes(another, 0)]);
    let behind = sequence.take_places(vec![changes(one, 1)]);
    let alone = sequence.take_places(vec![changes(StreamId(Uuid::now_v7()), 0)]);
    alone.tell();
    assert!(feed.try_recv().is_ok());
    behind.tell();
    assert!(feed.try_recv().is_err());
    both.tell();
    assert_eq!(std::iter::from_fn(|| feed.try_recv().ok()).count(), 3);
}

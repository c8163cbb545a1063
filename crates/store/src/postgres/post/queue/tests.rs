use std::sync::Arc;
use std::time::Instant;

use chinwag_model::{MessageText, Nonce, UserId};
use tokio::sync::{Semaphore, oneshot};
use uuid::Uuid;

use super::*;
use crate::{Once, Post};

/// A message to a room, with a number that it is known by.
fn waiting(room: RoomId, number: u32) -> Waiting {
    let nonce = Nonce::parse(number.to_string()).unwrap();
    let once = Once { nonce, digest: [0; 8] };
    let text = MessageText::parse(number.to_string()).unwrap();
    let post = Post { room, author: UserId(Uuid::nil()), text, once };
    let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
    Waiting { post, reply: oneshot::channel().0, since: Instant::now(), left_out: 0, _place: place }
}

/// Everything was done for a room.
fn done(room: RoomId) -> Done {
    Done { room, again: Vec::new(), refused: false }
}

fn numbers(waiting: &[Waiting]) -> Vec<u32> {
    waiting.iter().map(|waiting| waiting.post.text.as_str().parse().unwrap()).collect()
}

fn room(number: u128) -> RoomId {
    RoomId(Uuid::from_u128(number))
}

#[test]
fn what_waits_for_many_rooms_goes_together_and_no_more_than_fits() {
    let mut queue = Queue::default();
    for number in 0..300 {
        queue.add(waiting(room(u128::from(number % 3)), number));
    }
    let first = queue.take(Line::Together).unwrap();
    let counts: Vec<usize> = first.rooms.iter().map(|(_, waiting)| waiting.len()).collect();
    assert_eq!(counts, [100, 100, 56]);
    assert!(queue.take(Line::Together).is_none(), "each room is in one transaction at a time");
    for (room, _) in first.rooms {
        queue.is_done(done(room));
    }
    let second = queue.take(Line::Together).unwrap();
    assert_eq!(numbers(&second.rooms[0].1)[0], 56 * 3 + 2, "in order");
    queue.is_done(done(room(2)));
    assert!(queue.rooms.is_empty(), "nothing is kept of rooms in which nothing waits");
}

#[test]
fn what_was_left_out_often_goes_alone_and_before_what_came_later() {
    let mut queue = Queue::default();
    for number in 0..4 {
        queue.add(waiting(room(u128::from(number % 2)), number));
    }
    for _ in 0..TRIES {
        let batch = queue.take(Line::Together).unwrap();
        assert_eq!((batch.rooms.len(), numbers(&batch.rooms[0].1)), (2, vec![0, 2]));
        for (room, again) in batch.rooms {
            queue.is_done(Done { room, again, refused: false });
        }
    }
    queue.add(waiting(room(0), 4));
    queue.add(waiting(room(2), 5));
    let together = queue.take(Line::Together).unwrap();
    assert_eq!(together.rooms.len(), 1, "only the room that was not left out");
    assert_eq!(numbers(&together.rooms[0].1), [5]);
    let alone = queue.take(Line::Alone).unwrap();
    assert_eq!((alone.rooms.len(), numbers(&alone.rooms[0].1)), (1, vec![0, 2, 4]));
    let next = queue.take(Line::Alone).unwrap();
    assert_eq!(numbers(&next.rooms[0].1), [1, 3]);
    assert!(queue.take(Line::Alone).is_none());
    queue.is_done(done(room(0)));
    queue.add(waiting(room(0), 6));
    assert_eq!(
        (queue.rooms_in(Line::Together), queue.rooms_in(Line::Alone)),
        (1, 0),
        "it is as good as others again"
    );
}

#[test]
fn a_room_that_was_refused_goes_alone_for_a_while() {
    let mut queue = Queue::default();
    queue.add(waiting(room(0), 0));
    queue.take(Line::Together).unwrap();
    queue.is_done(Done { room: room(0), again: Vec::new(), refused: true });
    for number in 0..10 {
        queue.add(waiting(room(u128::from(number % 2)), number));
    }
    assert_eq!((queue.rooms_in(Line::Together), queue.rooms_in(Line::Alone)), (1, 1));
    let alone = queue.take(Line::Alone).unwrap();
    assert_eq!((alone.rooms.len(), alone.rooms[0].0), (1, room(0)));
    let long_ago = Instant::now().checked_sub(REFUSED).unwrap();
    queue.refused.insert(room(0), long_ago);
    queue.is_done(done(room(0)));
    queue.add(waiting(room(0), 11));
    assert_eq!(queue.rooms_in(Line::Together), 2, "it may be well again");
}

#[test]
fn no_more_rooms_are_remembered_than_a_few() {
    let mut queue = Queue::default();
    for number in 0..2 * MOST_REFUSED {
        queue.is_done(Done { room: room(number as u128), again: Vec::new(), refused: true });
    }
    assert_eq!(queue.refused.len(), MOST_REFUSED);
}

#[test]
fn what_nobody_waits_for_any_more_is_not_posted() {
    let mut queue = Queue::default();
    for number in 0..4 {
        let mut waiting = waiting(room(u128::from(number % 2)), number);
        // All of one room, and the first of the other.
        if number != 3 {
            waiting.since = Instant::now().checked_sub(2 * crate::postgres::failure::DEADLINE).unwrap();
        }
        queue.add(waiting);
    }
    let batch = queue.take(Line::Together).unwrap();
    assert_eq!((batch.rooms.len(), numbers(&batch.rooms[0].1)), (1, vec![3]));
    queue.is_done(done(room(1)));
    assert!(queue.rooms.is_empty());
}

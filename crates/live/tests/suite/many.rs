//! What two nodes do together.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chinwag_live::redis::RedisLive;
use chinwag_live::{Delivery, FanOut, Penalty};
use chinwag_model::Rev;
use tokio::sync::Mutex;

use super::one::{PENALTY, QUOTA};
use super::{Node, Told, changes, key, person, session, stream, user};

/// Two nodes over the same Redis.
pub(crate) struct Two {
    pub(crate) one: Mutex<Node>,
    pub(crate) other: Mutex<Node>,
    /// The other as it is, to be closed.
    pub(crate) closes: Arc<RedisLive>,
}

impl Two {
    /// Waits until both hear each other.
    pub(crate) async fn new(one: Arc<RedisLive>, other: Arc<RedisLive>) -> Self {
        let closes = Arc::clone(&other);
        let (one, other) = (Node::new(one), Node::new(other));
        one.is_suspect(false).await;
        other.is_suspect(false).await;
        Self { one: Mutex::new(one), other: Mutex::new(other), closes }
    }
}

pub(crate) async fn what_one_publishes_the_other_hears_in_order_and_whole(two: &Two) {
    let (mut one, mut other) = (two.one.lock().await, two.other.lock().await);
    let (room, except) = (stream(), user());
    for node in [&one, &other] {
        assert!(node.live.subscribe(room).await.unwrap(), "the head is to be read");
    }
    for rev in 1..=500 {
        one.publish(room, rev).await;
    }
    for node in [&mut *one, &mut *other] {
        for rev in 1..=500 {
            let (envelope, Delivery::Changes(expected)) = (node.next_change().await, changes(room, rev))
            else {
                unreachable!()
            };
            assert_eq!(envelope, expected);
        }
    }
    let (event, payload) = (Cow::Borrowed("typing:changed"), Bytes::from_static(b"{}"));
    one.live.publish(Delivery::Passing { stream: room, event, payload, except }).await.unwrap();
    match other.next().await {
        Delivery::Passing { stream, event, payload, except: whom } => {
            assert_eq!((stream, &*event, &*payload, whom), (room, "typing:changed", &b"{}"[..], except));
        }
        delivery => panic!("{delivery:?}"),
    }
    // What one has published does not come back to it.
    assert!(matches!(one.next().await, Delivery::Passing { .. }));
    one.hears_nothing().await;
}

pub(crate) async fn who_has_not_subscribed_hears_nothing(two: &Two) {
    let (one, mut other) = (two.one.lock().await, two.other.lock().await);
    let [wanted, unwanted, left] = [(), (), ()].map(|()| stream());
    other.live.subscribe(wanted).await.unwrap();
    other.live.subscribe(left).await.unwrap();
    other.live.unsubscribe(left).await;
    let begun = tokio::time::Instant::now();
    // After a while, what is not wanted any more does not come.
    for rev in 1.. {
        one.publish(unwanted, rev).await;
        one.publish(left, rev).await;
        match tokio::time::timeout(super::MOMENT, other.next_change()).await {
            Ok(heard) => assert_eq!(heard.stream, left),
            Err(_) => break,
        }
        assert!(begun.elapsed() < super::DEADLINE, "what was left is heard for ever");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(2), "who comes back soon has nothing to wait for");
    one.publish(wanted, 1).await;
    assert_eq!(other.next_change().await.stream, wanted);
    other.hears_nothing().await;
}

pub(crate) async fn who_comes_back_soon_has_missed_nothing(two: &Two) {
    let (one, mut other) = (two.one.lock().await, two.other.lock().await);
    let room = stream();
    assert!(other.live.subscribe(room).await.unwrap());
    for rev in 1..=20 {
        other.live.unsubscribe(room).await;
        one.publish(room, rev).await;
        assert!(!other.live.subscribe(room).await.unwrap(), "it was heard all along");
    }
    for rev in 1..=20 {
        assert_eq!(other.next_change().await.through, Rev(rev));
    }
}

pub(crate) async fn ended_sessions_are_told_to_all_and_not_believed_by_any(two: &Two) {
    let (one, mut other) = (two.one.lock().await, two.other.lock().await);
    let (ended, stays) = (key(), key());
    for key in [ended, stays] {
        one.live.cache(key, session("Ann")).await;
        assert!(other.live.cached(key).await.is_some());
    }
    one.live.end(&[ended]).await;
    one.live.publish(Delivery::SessionsEnded(vec![ended])).await.unwrap();
    assert!(matches!(other.next().await, Delivery::SessionsEnded(keys) if keys == [ended]));
    for node in [&one, &other] {
        assert!(node.live.cached(ended).await.is_none() && node.live.has_ended(ended).await);
        assert!(node.live.cached(stays).await.is_some() && !node.live.has_ended(stays).await);
        // The store was asked before.
        node.live.cache(ended, session("Ann")).await;
        assert!(node.live.cached(ended).await.is_none());
    }
}

pub(crate) async fn a_session_that_ended_elsewhere_is_not_cached_even_if_nobody_said_so(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let key = key();
    one.live.end(&[key]).await;
    other.live.cache(key, session("Ann")).await;
    assert!(other.live.cached(key).await.is_none() && other.live.has_ended(key).await);
}

pub(crate) async fn what_does_not_fit_is_made_known(two: &Two) {
    let (one, mut other) = (two.one.lock().await, two.other.lock().await);
    let room = stream();
    other.live.subscribe(room).await.unwrap();
    other.hears_nothing_more().await;
    // More than may wait; nothing else runs meanwhile.
    for rev in 1..=40 {
        let Delivery::Changes(envelope) = changes(room, rev) else { unreachable!() };
        let payload = Bytes::from(vec![b' '; 1024 * 1024]);
        let large = chinwag_live::Envelope { payload, ..(*envelope).clone() };
        one.live.publish(Delivery::Changes(Arc::new(large))).await.unwrap();
    }
    other.is_told_to_compare().await;
}

pub(crate) async fn stale_sessions_are_forgotten_by_all(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let key = key();
    one.live.cache(key, session("Ann")).await;
    assert!(other.live.cached(key).await.is_some());
    one.live.forget(&[key]).await;
    assert!(one.live.cached(key).await.is_none());
    let begun = tokio::time::Instant::now();
    while other.live.cached(key).await.is_some() {
        assert!(begun.elapsed() < super::DEADLINE, "it is remembered");
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn a_session_that_one_knows_all_know(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let (key, session) = (key(), session("Ann"));
    one.live.cache(key, session.clone()).await;
    assert_eq!(other.live.cached(key).await, Some(session));
}

pub(crate) async fn two_nodes_and_two_tabs_are_one_person(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let (place, ann, bob) = (stream(), person("Ann"), person("Bob"));
    one.live.enter(place, &bob).await.unwrap();
    other.live.enter(place, &bob).await.unwrap();
    for node in [&one, &other] {
        assert_eq!(node.told_until(place, 1).await, Told::came(&["Bob"]));
    }
    for node in [&one, &one, &other, &other] {
        node.live.enter(place, &ann).await.unwrap();
    }
    for node in [&one, &other] {
        assert_eq!(node.told_until(place, 2).await, Told::came(&["Ann"]));
        assert_eq!(node.live.here(place, 10).await.unwrap().online, 2);
    }
    for node in [&one, &other, &one] {
        node.live.leave(place, ann.id).await.unwrap();
        node.tells_nothing().await;
    }
    other.live.leave(place, ann.id).await.unwrap();
    for node in [&one, &other] {
        assert_eq!(node.told_until(place, 1).await, Told::went(&["Ann"]));
    }
}

pub(crate) async fn who_moves_to_another_node_was_never_gone(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let (place, ann, bob) = (stream(), person("Ann"), person("Bob"));
    one.live.enter(place, &ann).await.unwrap();
    one.live.enter(place, &bob).await.unwrap();
    other.live.enter(place, &bob).await.unwrap();
    one.counts(place, 2).await;
    other.told_until(place, 2).await;
    one.told_until(place, 2).await;
    one.live.leave(place, ann.id).await.unwrap();
    other.live.enter(place, &ann).await.unwrap();
    one.tells_nothing().await;
    other.tells_nothing().await;
    one.counts(place, 2).await;
}

pub(crate) async fn who_comes_later_sees_who_is_there(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let place = stream();
    for number in 0..700 {
        one.live.enter(place, &person(&number.to_string())).await.unwrap();
    }
    one.told_until(place, 700).await;
    let ann = person("Ann");
    other.live.enter(place, &ann).await.unwrap();
    assert_eq!(other.told_until(place, 701).await.came.len(), 701);
    one.counts(place, 701).await;
    other.counts(place, 701).await;
}

pub(crate) async fn a_node_that_follows_nothing_sees_who_is_there(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let (place, ann) = (stream(), person("Ann"));
    one.live.enter(place, &ann).await.unwrap();
    other.counts(place, 1).await;
    assert_eq!(other.live.here(place, 10).await.unwrap().people, [ann]);
    other.tells_nothing().await;
}

pub(crate) async fn many_people_are_all_told(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let place = stream();
    other.live.enter(place, &person("Ann")).await.unwrap();
    let people: Vec<_> = (0..1_500).map(|number| person(&number.to_string())).collect();
    for person in &people {
        one.live.enter(place, person).await.unwrap();
    }
    assert_eq!(other.told_until(place, 1_501).await.came.len(), 1_501);
    for person in &people {
        one.live.leave(place, person.id).await.unwrap();
    }
    assert_eq!(other.told_until(place, 1).await.went.len(), 1_500);
}

pub(crate) async fn people_of_a_node_that_closes_go(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let (place, ann, bob) = (stream(), person("Ann"), person("Bob"));
    one.live.enter(place, &ann).await.unwrap();
    other.live.enter(place, &bob).await.unwrap();
    one.told_until(place, 2).await;
    let begun = tokio::time::Instant::now();
    two.closes.close().await;
    assert_eq!(one.told_until(place, 1).await, Told::went(&["Bob"]));
    assert!(begun.elapsed() < Duration::from_secs(5), "its lease need not be waited for");
    // Whatever is asked of it now is answered.
    two.closes.publish(changes(place, 1)).await.unwrap();
    assert!(two.closes.subscribe(place).await.unwrap());
}

pub(crate) async fn limits_are_shared(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let name = key().id().0.to_string();
    for node in [&one, &other, &one, &other, &one] {
        assert_eq!(node.live.take(&name, QUOTA).await.unwrap(), None);
    }
    for node in [&one, &other] {
        assert!(node.live.take(&name, QUOTA).await.unwrap().is_some());
    }
}

pub(crate) async fn failures_are_shared(two: &Two) {
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let name = key().id().0.to_string();
    let penalty = Penalty { free: 1, ..PENALTY };
    assert_eq!(one.live.attempt(&name, penalty).await.unwrap(), None);
    assert_eq!(other.live.attempt(&name, penalty).await.unwrap(), None);
    for node in [&one, &other] {
        assert!(node.live.attempt(&name, penalty).await.unwrap().is_some());
    }
    other.live.pardon(&name).await.unwrap();
    assert_eq!(one.live.attempt(&name, penalty).await.unwrap(), None);
}

//! What one node does.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use chinwag_live::{Delivery, Penalty, Quota};
use chinwag_model::Rev;

use super::{Node, Told, key, person, session, stream, user};

/// Once a minute or so, but for a burst.
pub(crate) const QUOTA: Quota = Quota { burst: 5, per: Duration::from_secs(300) };

pub(crate) const PENALTY: Penalty = Penalty {
    free: 2,
    first: Duration::from_secs(60),
    longest: Duration::from_secs(600),
    memory: Duration::from_secs(600),
};

/// A node behind a lock, since tests borrow it.
pub(crate) type Shared = tokio::sync::Mutex<Node>;

pub(crate) async fn what_is_published_reaches_the_node_itself_in_order(node: &Shared) {
    let mut node = node.lock().await;
    let (one, except, session) = (stream(), user(), key());
    assert!(node.live.subscribe(one).await.is_ok());
    for rev in 1..=50 {
        node.publish(one, rev).await;
    }
    let (event, payload) = (Cow::Borrowed("typing:changed"), Bytes::from_static(b"{}"));
    node.live.publish(Delivery::Passing { stream: one, event, payload, except }).await.unwrap();
    node.live.publish(Delivery::SessionsEnded(vec![session])).await.unwrap();
    for rev in 1..=50 {
        assert_eq!(node.next_change().await.through, Rev(rev));
    }
    assert!(matches!(node.next().await, Delivery::Passing { event, .. } if event == "typing:changed"));
    assert!(matches!(node.next().await, Delivery::SessionsEnded(keys) if keys == [session]));
    node.hears_nothing().await;
}

pub(crate) async fn the_inbox_is_given_once(node: &Shared) {
    assert!(node.lock().await.live.take_inbox().is_none());
}

pub(crate) async fn somebody_is_there_as_long_as_one_connection_is(node: &Shared) {
    let node = node.lock().await;
    let (place, ann, bob) = (stream(), person("Ann"), person("Bob"));
    for person in [&ann, &ann, &bob] {
        node.live.enter(place, person).await.unwrap();
    }
    assert_eq!(node.told_until(place, 2).await, Told::came(&["Ann", "Bob"]));
    node.live.leave(place, ann.id).await.unwrap();
    node.tells_nothing().await;
    node.counts(place, 2).await;
    node.live.leave(place, ann.id).await.unwrap();
    assert_eq!(node.told_until(place, 1).await, Told::went(&["Ann"]));
    // A reload is not told.
    node.live.leave(place, bob.id).await.unwrap();
    node.live.enter(place, &bob).await.unwrap();
    node.tells_nothing().await;
    let here = node.live.here(place, 10).await.unwrap();
    assert_eq!((here.online, here.people), (1, vec![bob]));
}

pub(crate) async fn a_place_is_as_large_as_it_is(node: &Shared) {
    let node = node.lock().await;
    let place = stream();
    for number in 0..1_200 {
        node.live.enter(place, &person(&number.to_string())).await.unwrap();
    }
    assert_eq!(node.told_until(place, 1_200).await.came.len(), 1_200);
    let here = node.live.here(place, 10).await.unwrap();
    assert_eq!((here.online, here.people.len()), (1_200, 10));
    assert_eq!(node.live.here(stream(), 10).await.unwrap().online, 0, "another place");
}

pub(crate) async fn a_burst_is_allowed_and_then_the_limit_holds(node: &Shared) {
    let live = &node.lock().await.live;
    let name = key().id().0.to_string();
    for _ in 0..5 {
        assert_eq!(live.take(&name, QUOTA).await.unwrap(), None);
    }
    for _ in 0..3 {
        let wait = live.take(&name, QUOTA).await.unwrap().unwrap();
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
    }
    assert_eq!(live.take(&format!("{name} another"), QUOTA).await.unwrap(), None);
    // A limit comes to its end.
    let quick = Quota { burst: 1, per: Duration::from_millis(20) };
    let name = key().id().0.to_string();
    assert_eq!(live.take(&name, quick).await.unwrap(), None);
    let wait = live.take(&name, quick).await.unwrap().unwrap_or_default();
    assert!(wait <= quick.per, "{wait:?}");
    tokio::time::sleep(quick.per).await;
    assert_eq!(live.take(&name, quick).await.unwrap(), None);
}

pub(crate) async fn many_at_once_are_no_more_than_the_burst(node: &Shared) {
    let live = &node.lock().await.live;
    let name = key().id().0.to_string();
    let taken = futures_util::future::join_all((0..100).map(|_| live.take(&name, QUOTA))).await;
    assert_eq!(taken.iter().filter(|taken| matches!(taken, Ok(None))).count(), 5);
    let tried = futures_util::future::join_all((0..100).map(|_| live.attempt(&name, PENALTY))).await;
    assert_eq!(tried.iter().filter(|tried| matches!(tried, Ok(None))).count(), 3);
}

pub(crate) async fn failures_cost_a_wait_until_they_are_pardoned(node: &Shared) {
    let live = &node.lock().await.live;
    let name = key().id().0.to_string();
    for _ in 0..2 {
        for _ in 0..3 {
            assert_eq!(live.attempt(&name, PENALTY).await.unwrap(), None);
        }
        let wait = live.attempt(&name, PENALTY).await.unwrap().unwrap();
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
        live.pardon(&name).await.unwrap();
    }
    // Waits double, and end.
    let quick = Penalty { free: 0, first: Duration::from_millis(40), ..PENALTY };
    assert_eq!(live.attempt(&name, quick).await.unwrap(), None);
    assert!(live.attempt(&name, quick).await.unwrap().unwrap() <= quick.first);
    tokio::time::sleep(quick.first).await;
    assert_eq!(live.attempt(&name, quick).await.unwrap(), None);
    let wait = live.attempt(&name, quick).await.unwrap().unwrap();
    assert!(wait > quick.first && wait <= quick.first * 2, "{wait:?}");
}

pub(crate) async fn what_came_to_no_end_does_not_count(node: &Shared) {
    let live = &node.lock().await.live;
    let name = key().id().0.to_string();
    for _ in 0..10 {
        assert_eq!(live.attempt(&name, PENALTY).await.unwrap(), None);
        live.take_back(&name, PENALTY).await.unwrap();
    }
    for _ in 0..3 {
        assert_eq!(live.attempt(&name, PENALTY).await.unwrap(), None);
    }
    live.take_back(&name, PENALTY).await.unwrap();
    assert_eq!(live.attempt(&name, PENALTY).await.unwrap(), None, "two failures cost nothing");
    assert!(live.attempt(&name, PENALTY).await.unwrap().is_some());
}

pub(crate) async fn a_session_is_known_until_it_is_forgotten(node: &Shared) {
    let live = &node.lock().await.live;
    let (key, session) = (key(), session("Ann"));
    assert_eq!(live.cached(key).await, None);
    live.cache(key, session.clone()).await;
    assert_eq!(live.cached(key).await, Some(session.clone()));
    live.forget(&[key]).await;
    assert_eq!(live.cached(key).await, None);
    assert!(!live.has_ended(key).await);
    live.cache(key, session.clone()).await;
    assert_eq!(live.cached(key).await, Some(session));
}

pub(crate) async fn an_ended_session_does_not_come_back(node: &Shared) {
    let live = &node.lock().await.live;
    let key = key();
    live.cache(key, session("Ann")).await;
    live.end(&[key]).await;
    assert_eq!(live.cached(key).await, None);
    assert!(live.has_ended(key).await);
    // A question to the store was under way.
    live.cache(key, session("Ann")).await;
    live.forget(&[key]).await;
    assert_eq!(live.cached(key).await, None);
    assert!(live.has_ended(key).await);
}

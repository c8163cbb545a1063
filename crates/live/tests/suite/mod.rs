//! What every back end does, whatever it is made of. `one` is for one node, `many` for two that share a Redis.
//!
//! Nothing here waits by time but where something is not to happen.

pub(crate) mod many;
pub(crate) mod one;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chinwag_live::{CachedSession, Delivery, Envelope, Live, PlaceChange};
use chinwag_model::{Millis, Person, Rev, Role, SessionKey, StreamId, User, UserId};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// How long something may take that has to come.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// How long one waits for something that must not come.
pub(crate) const MOMENT: Duration = Duration::from_millis(300);

/// Runs the named tests, each with what `fresh` makes.
macro_rules! tests {
    ($group:ident, $fresh:path, $($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let fresh = $fresh().await;
            suite::$group::$name(&fresh).await;
        }
    )*};
}

/// What one node does, for a function that makes a [`Node`].
macro_rules! tests_of_one {
    ($fresh:path) => {
        suite::tests! { one, $fresh,
            what_is_published_reaches_the_node_itself_in_order
            the_inbox_is_given_once
            somebody_is_there_as_long_as_one_connection_is
            a_place_is_as_large_as_it_is
            a_burst_is_allowed_and_then_the_limit_holds
            many_at_once_are_no_more_than_the_burst
            failures_cost_a_wait_until_they_are_pardoned
            what_came_to_no_end_does_not_count
            a_session_is_known_until_it_is_forgotten
            an_ended_session_does_not_come_back
        }
    };
}

/// What two nodes do together, for a function that makes [`many::Two`].
macro_rules! tests_of_two {
    ($fresh:path) => {
        suite::tests! { many, $fresh,
            what_one_publishes_the_other_hears_in_order_and_whole
            who_has_not_subscribed_hears_nothing
            who_comes_back_soon_has_missed_nothing
            ended_sessions_are_told_to_all_and_not_believed_by_any
            stale_sessions_are_forgotten_by_all
            a_session_that_one_knows_all_know
            a_session_that_ended_elsewhere_is_not_cached_even_if_nobody_said_so
            what_does_not_fit_is_made_known
            two_nodes_and_two_tabs_are_one_person
            who_moves_to_another_node_was_never_gone
            who_comes_later_sees_who_is_there
            a_node_that_follows_nothing_sees_who_is_there
            many_people_are_all_told
            people_of_a_node_that_closes_go
            limits_are_shared
            failures_are_shared
        }
    };
}

/// What two nodes of different versions do together: at least one message of each kind.
macro_rules! tests_of_versions {
    ($fresh:path) => {
        suite::tests! { many, $fresh,
            what_one_publishes_the_other_hears_in_order_and_whole
            ended_sessions_are_told_to_all_and_not_believed_by_any
            stale_sessions_are_forgotten_by_all
            two_nodes_and_two_tabs_are_one_person
            people_of_a_node_that_closes_go
        }
    };
}

pub(crate) use {tests, tests_of_one, tests_of_two, tests_of_versions};

/// A node under test.
pub(crate) struct Node {
    pub(crate) live: Arc<dyn Live>,
    pub(crate) inbox: mpsc::Receiver<Delivery>,
}

impl Node {
    pub(crate) fn new(live: Arc<dyn Live>) -> Self {
        let inbox = live.take_inbox().unwrap();
        Self { live, inbox }
    }

    /// The next delivery that is not the advice to compare heads.
    pub(crate) async fn next(&mut self) -> Delivery {
        loop {
            match timeout(DEADLINE, self.inbox.recv()).await.expect("nothing is delivered").unwrap() {
                Delivery::MayHaveMissed => {}
                delivery => return delivery,
            }
        }
    }

    /// The next change of a stream.
    pub(crate) async fn next_change(&mut self) -> Arc<Envelope> {
        match self.next().await {
            Delivery::Changes(envelope) => envelope,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until it is told to compare heads.
    pub(crate) async fn is_told_to_compare(&mut self) {
        loop {
            let delivery = timeout(DEADLINE, self.inbox.recv()).await.expect("it is never told").unwrap();
            if matches!(delivery, Delivery::MayHaveMissed) {
                return;
            }
        }
    }

    /// Nothing but that advice comes for a moment.
    pub(crate) async fn hears_nothing(&mut self) {
        let end = Instant::now() + MOMENT;
        while let Ok(delivery) = tokio::time::timeout_at(end, self.inbox.recv()).await {
            assert!(matches!(delivery, Some(Delivery::MayHaveMissed)), "{delivery:?}");
        }
    }

    /// Forgets what it has heard, until nothing comes for a moment.
    pub(crate) async fn hears_nothing_more(&mut self) {
        while timeout(Duration::from_millis(100), self.inbox.recv()).await.is_ok() {}
    }

    /// Waits until the node does or does not rely on the others.
    pub(crate) async fn is_suspect(&self, expected: bool) {
        let mut suspect = self.live.suspect();
        timeout(DEADLINE, suspect.wait_for(|suspect| *suspect == expected))
            .await
            .expect("it stays so")
            .unwrap();
    }

    pub(crate) async fn publish(&self, stream: StreamId, rev: u64) {
        self.live.publish(changes(stream, rev)).await.unwrap();
    }

    /// Waits for the next change of who is where.
    pub(crate) async fn changed(&self) -> Vec<PlaceChange> {
        timeout(DEADLINE, self.live.changed()).await.expect("nobody comes or goes")
    }

    /// Waits until so many are in a place, as told by changes.
    pub(crate) async fn told_until(&self, place: StreamId, online: usize) -> Told {
        let mut told = Told::default();
        loop {
            for change in self.changed().await.into_iter().filter(|change| change.place == place) {
                told.came.extend(change.came.iter().map(|person| person.name.clone()));
                told.went.extend(change.went.iter().map(|person| person.name.clone()));
                if change.online == online {
                    told.came.sort();
                    told.went.sort();
                    return told;
                }
            }
        }
    }

    /// Nobody is told anything for a moment that is longer than an absence which is not told.
    pub(crate) async fn tells_nothing(&self) {
        let told = timeout(Duration::from_millis(2_500), self.live.changed()).await;
        assert!(told.is_err(), "{told:?}");
    }

    /// Waits until so many are in a place.
    pub(crate) async fn counts(&self, place: StreamId, online: usize) {
        let begun = Instant::now();
        loop {
            let here = self.live.here(place, 1_000).await.unwrap();
            if here.online == online {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "{} are there, and not {online}", here.online);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Who came and who went, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) came: Vec<String>,
    pub(crate) went: Vec<String>,
}

impl Told {
    pub(crate) fn came(names: &[&str]) -> Self {
        Self { came: names.iter().map(|name| (*name).to_owned()).collect(), went: vec![] }
    }

    pub(crate) fn went(names: &[&str]) -> Self {
        Self { came: vec![], went: names.iter().map(|name| (*name).to_owned()).collect() }
    }
}

pub(crate) fn stream() -> StreamId {
    StreamId(Uuid::now_v7())
}

pub(crate) fn user() -> UserId {
    UserId(Uuid::now_v7())
}

pub(crate) fn key() -> SessionKey {
    let mut key = [0; 32];
    key[..16].copy_from_slice(Uuid::now_v7().as_bytes());
    SessionKey(key)
}

pub(crate) fn person(name: &str) -> Arc<Person> {
    Arc::new(Person { id: user(), name: name.into(), avatar: 3, guest: true })
}

/// The change of that revision.
pub(crate) fn changes(stream: StreamId, rev: u64) -> Delivery {
    Delivery::Changes(Arc::new(Envelope {
        stream,
        // The version before does not have it.
        epoch: None,
        from: Rev(rev - 1),
        through: Rev(rev),
        left: vec![(Rev(rev), UserId(stream.0))],
        moved: rev.is_multiple_of(2),
        payload: Bytes::from(format!("{{\"rev\":{rev}}}")),
    }))
}

pub(crate) fn session(name: &str) -> CachedSession {
    let user = User {
        id: user(),
        name: name.into(),
        role: Role::Moderator,
        avatar: 2,
        status: "at \"lunch\"".into(),
        gone: false,
    };
    CachedSession {
        user,
        has_second_factor: true,
        scopes: None,
        at: Millis(0),
        expires_at: Millis(1),
        ends_at: Millis(2),
        used_at: Millis(3),
    }
}

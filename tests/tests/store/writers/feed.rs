//! What the feed of a node tells: each stream in order, and nothing before it is committed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use chinwag_checker::Stored;
use chinwag_checker::stored::Target;
use chinwag_model::change::State;
use chinwag_model::{Change, Rev, StreamId};
use chinwag_store::Streams;
use chinwag_store::postgres::PostgresStore;

/// Most that is compared at once.
const AT_ONCE: usize = 256;

/// What a feed told.
#[derive(Default)]
pub(super) struct Told {
    /// How many changes.
    pub(super) changes: usize,
    /// By stream, whom or what a membership is of, and revision: whether somebody was a member after it.
    memberships: BTreeMap<(String, String, u64), bool>,
}

impl Told {
    /// And what another feed told.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.changes += other.changes;
        self.memberships.extend(other.memberships);
        self
    }

    fn note(&mut self, stream: StreamId, change: &Change) {
        let (target, is_member) = match &change.state {
            State::Member(member) => (member.person.id.to_string(), true),
            State::MemberGone(user) => (user.to_string(), false),
            State::Membership { room, .. } => (room.id.to_string(), true),
            State::MembershipGone { room, .. } => (room.to_string(), false),
            _ => return,
        };
        self.memberships.insert((stream.to_string(), target, change.rev.0), is_member);
    }

    /// Whoever gets another role in a room stays a member. The checker, whose histories have no roles, takes each change
    /// of a membership for its beginning or its end; so it is not shown these.
    pub(super) fn take_out_roles(&self, stored: &mut Stored) {
        let mut before: Option<(&str, &str, bool)> = None;
        for ((stream, target, rev), is_member) in &self.memberships {
            if before == Some((stream, target, true)) && *is_member {
                let changes = stored.streams.get_mut(stream).map(|stream| &mut stream.changes);
                let change = changes.and_then(|changes| changes.iter_mut().find(|change| change.rev == *rev));
                change.unwrap_or_else(|| panic!("{stream} has no revision {rev}")).target = Target::Other;
            }
            before = Some((stream, target, *is_member));
        }
    }
}

/// Listens until the store is gone, and compares what is told with what another node sees.
pub(super) async fn listen(own: Arc<PostgresStore>, other: Weak<PostgresStore>) -> Told {
    let mut feed = own.take_feed().unwrap().remove(0);
    // The feed ends with its store, and no store is to wait for a listener.
    drop(own);
    let mut through: HashMap<StreamId, Rev> = HashMap::new();
    let (mut told, mut waiting) = (Told::default(), Vec::new());
    while feed.recv_many(&mut waiting, AT_ONCE).await > 0 {
        let mut newest: HashMap<StreamId, Rev> = HashMap::new();
        for changes in waiting.drain(..) {
            let before = through.insert(changes.stream, changes.through()).unwrap_or(Rev(0));
            assert!(changes.from >= before, "{} is told after {before:?}: {changes:?}", changes.stream);
            let revs: Vec<u64> = changes.changes.iter().map(|change| change.rev.0).collect();
            let expected: Vec<u64> = (changes.from.0 + 1..=changes.through().0).collect();
            assert_eq!(revs, expected, "all of {:?}", changes.stream);
            told.changes += revs.len();
            changes.changes.iter().for_each(|change| told.note(changes.stream, change));
            newest.insert(changes.stream, changes.through());
        }
        let streams: Vec<StreamId> = newest.keys().copied().collect();
        // Once the other store is closed the writers are done.
        let Some(other) = other.upgrade() else { continue };
        let Ok((_, heads)) = other.heads(streams.clone()).await else { continue };
        for (stream, head) in streams.into_iter().zip(heads) {
            assert!(
                head >= newest[&stream],
                "{stream} is told up to {:?} and is at {head:?}",
                newest[&stream]
            );
        }
    }
    told
}

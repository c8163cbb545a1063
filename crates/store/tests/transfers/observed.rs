//! Everything that a store answers, in words.

use std::fmt::Write;

use chinwag_model::{Cursor, Query, Rev, StreamId, UserName};
use chinwag_store::{JobState, Listed, Search};

use super::filled::Filled;
use crate::suite::Subject;

/// Everything that it answers about what was filled in.
pub async fn observe(subject: &Subject, filled: &Filled) -> String {
    let mut seen = String::new();
    let store = &subject.store;
    macro_rules! see {
        ($($answer:expr),* $(,)?) => {
            $(writeln!(seen, "{}: {:?}", stringify!($answer), $answer).unwrap();)*
        };
    }
    let root = filled.root.id;
    see!(store.epoch(), store.workspace(), store.settings().await, store.has_administrator().await);
    see!(store.audit(root, None, None, 100).await, store.invitations(root, None, 10).await);
    see!(
        store
            .signing_keys()
            .await
            .unwrap()
            .into_iter()
            .map(|key| (key.id, key.at, key.secret))
            .collect::<Vec<_>>()
    );
    see!(store.room_list(root, None, None, 50).await, store.workspace_page(root, None, 50).await);
    for listed in [Listed::All, Listed::Named("a".into()), Listed::Staff, Listed::Restricted] {
        see!(store.accounts(None, listed, None, 50).await);
    }
    for key in filled.sessions.iter().copied() {
        see!(store.session(key).await);
    }
    for key in filled.invitations.iter().copied() {
        see!(store.invitation(key).await);
    }
    for key in filled.resets.iter().copied() {
        see!(store.reset(key).await);
    }
    for state in [JobState::Waiting, JobState::Leased, JobState::Dead] {
        see!(store.jobs(state, None, 50).await);
    }
    for id in filled.jobs.iter().copied() {
        see!(store.job(id).await);
    }
    for user in &filled.people {
        let id = user.id;
        let known = store.credentials_of(id).await.unwrap();
        see!(known.map(|known| (known.user, known.standing, known.password_hash)));
        let known = store.credentials(&UserName::parse(&user.name).unwrap()).await.unwrap();
        see!(known.map(|known| known.user));
        see!(
            store.sessions(id).await,
            store.tokens(id).await,
            store.me(id).await,
            store.person(id).await,
            store.account(None, id).await,
            store.avatar(id).await,
            store.own_messages(id, None, 100).await,
            store.audit(root, Some(id), None, 100).await,
            store.followed(vec![id]).await,
            store.search_people(id, "a", 10).await,
        );
        for room in filled.rooms.iter().copied() {
            see!(store.room_page(room, id, None, 200).await, store.members(room, id, None, 50).await);
            let query = Query::parse("hello").unwrap();
            see!(store.search(Search { room, by: id, query, before: None, limit: 9 }).await);
        }
    }
    for stream in streams(subject, filled) {
        see!(store.heads(vec![stream]).await, store.changes(vec![(stream, Rev(0))]).await);
    }
    seen
}

/// All streams.
fn streams(subject: &Subject, filled: &Filled) -> Vec<StreamId> {
    let mut streams = vec![subject.store.workspace()];
    streams.extend(filled.rooms.iter().map(|room| StreamId::from(*room)));
    streams.extend(filled.people.iter().map(|user| StreamId::from(user.id)));
    streams
}

/// Where a client of this person is that has seen everything.
pub async fn cursors(subject: &Subject, filled: &Filled) -> Vec<(StreamId, Cursor)> {
    let streams = streams(subject, filled);
    let (_, heads) = subject.store.heads(streams.clone()).await.unwrap();
    streams.into_iter().zip(heads).map(|(stream, head)| (stream, subject.cursor(head.0))).collect()
}

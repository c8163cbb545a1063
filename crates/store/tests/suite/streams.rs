//! The delivery rule: revisions without holes, catching up, the feed.

use chinwag_model::change::{Departure, State};
use chinwag_model::{Cursor, Epoch, MessageText, Rev, StreamId};
use chinwag_store::{Caught, Edit, SYNC_CHANGES};

use super::{Picture, Subject};

pub async fn a_client_that_follows_sees_what_a_fresh_load_shows(mut subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = subject.store.clone();
    store.join(room, bob.id, None).await.unwrap();
    let mut seqs = Vec::new();
    for number in 0..20 {
        seqs.push(subject.post(room, &bob, &format!("{number}")).await);
    }
    let before = subject.head(room).await;
    let mut picture = Picture::load(&subject, room, &ann).await;
    assert!(!subject.told(room).await.is_empty());

    for &seq in &seqs[3..6] {
        let text = MessageText::parse("edited".into()).unwrap();
        store.edit(Edit { room, seq, version: seq, by: bob.id, text }, None).await.unwrap();
    }
    store.delete(room, seqs[4], bob.id, None).await.unwrap();
    store.leave(room, bob.id, None).await.unwrap();
    subject.post(room, &ann, "bye").await;
    let fresh = Picture::load(&subject, room, &ann).await;
    assert_ne!(picture, fresh);

    let mut followed = Picture { messages: picture.messages.clone(), members: picture.members.clone() };
    for change in subject.told(room).await {
        followed.apply(change);
    }
    assert_eq!(followed, fresh, "by the feed");

    let Some(Caught::Page(page)) = subject.caught(&ann, room, before.0).await else { panic!("a page") };
    assert_eq!((page.from, page.through, page.head), (before, page.head, subject.head(room).await));
    assert!(page.changes.is_sorted_by_key(|change| change.rev));
    let targets = page.changes.iter().filter(|c| matches!(&c.state, State::Message(m) if m.seq == seqs[4]));
    assert_eq!(targets.count(), 1, "each thing once");
    for change in page.changes {
        picture.apply(change);
    }
    assert_eq!(picture, fresh, "by catching up");
    assert!(subject.caught(&ann, room, page.head.0).await.is_none(), "nothing differs any more");
}

pub async fn the_feed_carries_every_revision_with_its_nonce(mut subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    for number in 0..5 {
        subject.try_post(room, &ann, "x", &format!("nonce-{number}")).await.unwrap();
    }
    let told = subject.told(room).await;
    let revs: Vec<_> = told.iter().map(|change| change.rev.0).collect();
    assert_eq!(revs, (1..=subject.head(room).await.0).collect::<Vec<_>>());
    assert_eq!(told.last().unwrap().nonce.as_deref(), Some("nonce-4"));
}

pub async fn memberships_are_told_to_the_user(mut subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    subject.store.join(room, bob.id, None).await.unwrap();
    subject.store.remove(room, bob.id, ann.id, None).await.unwrap();
    let told = subject.told(bob.id).await;
    let garden: Vec<_> = told.into_iter().skip(1).map(|change| change.state).collect();
    assert!(matches!(&garden[0], State::Membership { room: data, .. } if data.id == room));
    assert_eq!(garden[1], State::MembershipGone { room, why: Some(Departure::Removed) });
    let Some(Caught::Page(page)) = subject.caught(&bob, bob.id, 0).await else { panic!("a page") };
    assert_eq!(page.changes.len(), 2, "the lobby and the garden, each in its present state");
    assert_eq!(page.changes[1].state, State::MembershipGone { room, why: None });
}

pub async fn new_rooms_are_told_to_everybody(mut subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let workspace = subject.store.workspace();
    let cursor = subject.store.workspace_page(bob.id, None, 50).await.unwrap().cursor;
    let room = subject.room("Garden", &ann).await;
    let Some(Caught::Page(page)) = subject.caught(&bob, workspace, cursor.rev.0).await else {
        panic!("a page")
    };
    assert!(matches!(&page.changes[0].state, State::Room(data) if data.id == room));
    assert_eq!(subject.told(workspace).await.len(), 1);
}

pub async fn cursors_that_cannot_be_continued_are_reset(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    assert!(matches!(subject.caught(&bob, room, 0).await, Some(Caught::Gone)), "not his room");
    assert!(matches!(subject.caught(&bob, ann.id, 0).await, Some(Caught::Gone)), "not his stream");
    let since = store.join(room, bob.id, None).await.unwrap().rev;
    assert!(matches!(subject.caught(&bob, room, since.0 - 1).await, Some(Caught::Reset)), "before he came");
    assert!(matches!(subject.caught(&bob, room, since.0).await, Some(Caught::Page(_))));
    let beyond = subject.head(room).await.0 + 1;
    assert!(matches!(subject.caught(&bob, room, beyond).await, Some(Caught::Reset)), "beyond the head");
    let other = Cursor { epoch: Epoch(store.epoch().0 ^ 1), rev: since };
    let caught = store.sync(bob.id, vec![(room.into(), other)]).await.unwrap();
    assert!(matches!(caught.streams[..], [(_, Caught::Reset)]), "another epoch");
    store.leave(room, bob.id, None).await.unwrap();
    store.join(room, bob.id, None).await.unwrap();
    assert!(matches!(subject.caught(&bob, room, since.0).await, Some(Caught::Reset)), "he was away");
}

pub async fn catching_up_comes_in_pages(subject: Subject) {
    let ann = subject.user("Ann").await;
    let rooms = [subject.room("Garden", &ann).await, subject.room("Cellar", &ann).await];
    for room in rooms {
        for number in 0..SYNC_CHANGES * 3 / 4 {
            subject.post(room, &ann, &format!("{number}")).await;
        }
    }
    let mut cursors = rooms.map(|room| (room.into(), subject.cursor(2)));
    let mut questions = 0;
    loop {
        let caught = subject.store.sync(ann.id, cursors.to_vec()).await.unwrap();
        questions += 1;
        if caught.streams.is_empty() {
            assert!(!caught.more);
            break;
        }
        let mut rows = 0;
        for (stream, caught) in caught.streams {
            let Caught::Page(page) = caught else { panic!("a page") };
            rows += page.changes.len();
            let cursor = cursors.iter_mut().find(|(id, _)| *id == stream).unwrap();
            assert_eq!(page.from, cursor.1.rev);
            assert!(page.through > page.from, "it moves on");
            cursor.1.rev = page.through;
        }
        assert!(rows <= SYNC_CHANGES);
        assert!(questions < 20);
    }
    for (stream, cursor) in cursors {
        assert_eq!(cursor.rev, subject.head(stream).await);
    }
}

pub async fn nodes_fill_holes_from_any_revision(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seq = subject.post(room, &ann, "hello").await;
    let page = subject.changes(room, seq.previous()).await.unwrap();
    assert_eq!((page.through, page.changes.len()), (seq, 1));
    let page = subject.changes(room, seq).await.unwrap();
    assert_eq!((page.from, page.through, page.head, page.changes.len()), (seq, seq, seq, 0));
    assert!(subject.changes(room, Rev(9_999)).await.is_none());
    let nowhere = StreamId(uuid::Uuid::now_v7());
    assert!(subject.changes(nowhere, Rev(0)).await.is_none());
    let heads = subject.store.heads(vec![nowhere, room.into()]).await.unwrap();
    assert_eq!(heads, (subject.store.epoch(), vec![Rev(0), seq]));
}

pub async fn who_follows_what_is_known_from_one_snapshot(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let nobody = chinwag_model::UserId(uuid::Uuid::now_v7());
    let (epoch, followed) = subject.store.followed(vec![ann.id, nobody, bob.id]).await.unwrap();
    assert_eq!(epoch, subject.store.epoch());
    let rooms: Vec<_> = followed.iter().map(|one| one.rooms.len()).collect();
    assert_eq!(rooms, [2, 0, 1]);
    let garden = followed[0].rooms.iter().find(|followed| followed.room == room).unwrap();
    assert_eq!((garden.head, garden.since), (subject.head(room).await, Rev(2)));
    assert_eq!(followed[2].own, subject.head(bob.id).await);
}

pub async fn nodes_fill_many_holes_at_once(subject: Subject) {
    let ann = subject.user("Ann").await;
    let mut after = Vec::new();
    for number in 0..3 {
        let room = subject.room(&format!("Room {number}"), &ann).await;
        let first = subject.post(room, &ann, "the first").await;
        for text in 0..SYNC_CHANGES / 2 - 10 {
            subject.post(room, &ann, &format!("message {text}")).await;
        }
        after.push((StreamId::from(room), first));
    }
    after.insert(1, (StreamId(uuid::Uuid::now_v7()), Rev(0)));
    // Two rooms fit into an answer, and a little of the third; what is left comes with the next.
    let (mut questions, mut found) = (0, 0);
    while !after.is_empty() {
        questions += 1;
        let (epoch, answers) = subject.store.changes(after.clone()).await.unwrap();
        assert_eq!(epoch, subject.store.epoch());
        assert!(!answers.is_empty() && questions < 5);
        let pages: Vec<_> = answers.iter().filter_map(|(_, page)| page.as_ref()).collect();
        let in_this: usize = pages.iter().map(|page| page.changes.len()).sum();
        assert!(in_this <= SYNC_CHANGES, "{in_this}");
        found += in_this;
        for (answered, page) in answers {
            let place = after.iter().position(|(stream, _)| *stream == answered).unwrap();
            match page {
                Some(page) if page.through < page.head => after[place].1 = page.through,
                _ => drop(after.remove(place)),
            }
        }
    }
    assert_eq!((questions, found), (2, 3 * (SYNC_CHANGES / 2 - 10)));
}

//! Messages.

use chinwag_model::{Body, MessageText, Refusal, Rev, Role, RoomId, User};
use chinwag_store::Edit;
use uuid::Uuid;

use super::{Subject, once, post, refused};

fn edit(room: RoomId, seq: Rev, version: Rev, by: &User, text: &str) -> Edit {
    Edit { room, seq, version, by: by.id, text: MessageText::parse(text.into()).unwrap() }
}

pub async fn posts_are_numbered_and_paged(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let mut seqs = Vec::new();
    for number in 0..12 {
        seqs.push(subject.post(room, &ann, &format!("message {number}")).await);
    }
    assert!(seqs.is_sorted());
    let newest = subject.store.room_page(room, ann.id, None, 5).await.unwrap();
    assert!(newest.more);
    assert_eq!(newest.messages.iter().map(|m| m.seq).collect::<Vec<_>>(), seqs[7..]);
    let older = subject.store.room_page(room, ann.id, Some(seqs[7]), 50).await.unwrap();
    assert!(!older.more);
    assert_eq!(older.messages.len(), 8, "seven messages and the line about the maker");
    let text = Body::Text { text: "message 11".into(), edited_at: None };
    assert_eq!(newest.messages[4].body, text);
    assert!(newest.messages.is_sorted_by_key(|m| m.at), "times never go backwards");
}

pub async fn a_nonce_is_carried_out_once(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    subject.store.join(room, bob.id, None).await.unwrap();
    let first = subject.try_post(room, &ann, "hello", "n").await.unwrap();
    let again = subject.try_post(room, &ann, "hello", "n").await.unwrap();
    assert_eq!((first.repeated, again.repeated), (false, true));
    assert_eq!(first.seq, again.seq);
    assert_eq!(refused(subject.try_post(room, &ann, "other", "n").await), Refusal::NonceReused);
    let theirs = subject.try_post(room, &bob, "hello", "n").await.unwrap();
    assert!(!theirs.repeated, "a nonce is its author's own");
    // Whatever happened since: the answer is the first one.
    subject.store.leave(room, ann.id, None).await.unwrap();
    assert_eq!(subject.try_post(room, &ann, "hello", "n").await.unwrap().seq, first.seq);
    assert_eq!(refused(subject.try_post(room, &ann, "new", "m").await), Refusal::NotAMember);
}

pub async fn many_at_once_and_a_bad_one_fails_alone(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let mut tasks = Vec::new();
    for number in 0..300_usize {
        let store = subject.store.clone();
        let author = if number % 3 == 0 { &bob } else { &ann };
        let post = post(room, author, &format!("{number}"), &format!("{}", number / 2 * 2));
        tasks.push(tokio::spawn(async move { store.post(post).await }));
    }
    let mut stored = Vec::new();
    for (number, task) in tasks.into_iter().enumerate() {
        match task.await.unwrap() {
            Ok(posted) => stored.push((posted.seq, number.to_string())),
            Err(_) if number % 3 == 0 => {}
            // Two posts of one author shared a nonce.
            other => assert_eq!(refused(other), Refusal::NonceReused),
        }
    }
    stored.sort();
    let page = subject.store.room_page(room, ann.id, None, 1_000).await.unwrap();
    let found: Vec<_> = page
        .messages
        .into_iter()
        .filter_map(|m| match m.body {
            Body::Text { text, .. } => Some((m.seq, text)),
            _ => None,
        })
        .collect();
    assert_eq!(stored, found);
    let head = subject.head(room).await;
    assert_eq!(found.last().unwrap().0, head, "refused commands took no revision");
}

pub async fn editing_names_the_version(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let root = subject.try_user("Root", Role::Administrator).await.unwrap();
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    for user in [&bob, &root] {
        store.join(room, user.id, None).await.unwrap();
    }
    let seq = subject.post(room, &bob, "first").await;
    for stranger in [&ann, &root] {
        let answer = store.edit(edit(room, seq, seq, stranger, "x"), None).await;
        assert_eq!(refused(answer), Refusal::Forbidden, "nobody edits another's words");
    }
    let second = store.edit(edit(room, seq, seq, &bob, "second"), Some(once("e", "second"))).await.unwrap();
    let again = store.edit(edit(room, seq, seq, &bob, "second"), Some(once("e", "second"))).await.unwrap();
    assert_eq!(second, again);
    let Refusal::EditConflict { current } =
        refused(store.edit(edit(room, seq, seq, &bob, "third"), None).await)
    else {
        panic!("a conflict")
    };
    assert_eq!((current.seq, current.rev), (seq, second));
    store.edit(edit(room, seq, second, &bob, "third"), None).await.unwrap();
    let unknown = store.edit(edit(room, Rev(9_999), Rev(1), &bob, "x"), None).await;
    assert_eq!(refused(unknown), Refusal::MessageUnknown);
    // The line about one's own joining is not a text.
    let line = store.room_page(room, bob.id, None, 50).await.unwrap().messages;
    let line = line.iter().find(|m| m.author.id == bob.id && m.body == Body::Joined).unwrap();
    let answer = store.edit(edit(room, line.seq, line.rev, &bob, "x"), None).await;
    assert_eq!(refused(answer), Refusal::Forbidden);
}

pub async fn deleting_leaves_a_place(subject: Subject) {
    let (ann, bob, cem) = (subject.user("Ann").await, subject.user("Bob").await, subject.user("Cem").await);
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    for user in [&bob, &cem] {
        store.join(room, user.id, None).await.unwrap();
    }
    let seq = subject.post(room, &bob, "secret").await;
    assert_eq!(refused(store.delete(room, seq, cem.id, None).await), Refusal::Forbidden);
    let rev = store.delete(room, seq, bob.id, None).await.unwrap();
    assert_eq!(store.delete(room, seq, bob.id, None).await.unwrap(), rev, "deleting again is the same");
    let page = store.room_page(room, ann.id, None, 50).await.unwrap();
    let message = page.messages.iter().find(|m| m.seq == seq).unwrap();
    assert_eq!((message.rev, &message.body), (rev, &Body::Deleted));
    assert_eq!(refused(store.edit(edit(room, seq, rev, &bob, "x"), None).await), Refusal::MessageUnknown);
    let other = subject.post(room, &bob, "rude").await;
    store.delete(room, other, ann.id, None).await.unwrap();
    assert_eq!(refused(store.delete(room, Rev(9_999), ann.id, None).await), Refusal::MessageUnknown);
}

pub async fn strangers_are_told_nothing(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let seq = subject.post(room, &ann, "hello").await;
    let store = &subject.store;
    assert_eq!(refused(subject.try_post(room, &bob, "x", "n").await), Refusal::NotAMember);
    for target in [seq, Rev(9_999)] {
        assert_eq!(refused(store.delete(room, target, bob.id, None).await), Refusal::NotAMember);
        let answer = store.edit(edit(room, target, target, &bob, "x"), None).await;
        assert_eq!(refused(answer), Refusal::NotAMember);
    }
    let nowhere = RoomId(Uuid::now_v7());
    assert_eq!(refused(subject.try_post(nowhere, &bob, "x", "n").await), Refusal::RoomUnknown);
}

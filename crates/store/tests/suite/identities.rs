//! Accounts at other services: each is one person's here, and none is the last thing to be taken away.

use chinwag_model::{Refusal, Role, SessionKey, User, UserId, UserName};
use chinwag_store::{Confirmation, Entry, FirstProof, IDENTITIES_PER_USER, NewIdentity, NewUser, Proof};
use uuid::Uuid;

use super::sessions::{FAR, session};
use super::{HASH, Subject, refused};

const GITHUB: &str = "https://github.com";

fn octocat(subject: &str) -> NewIdentity {
    NewIdentity { issuer: GITHUB.into(), subject: subject.into(), name: "octocat".into() }
}

fn newcomer(name: &str, identity: NewIdentity) -> NewUser {
    NewUser {
        id: UserId(Uuid::now_v7()),
        name: UserName::parse(name).unwrap(),
        password_hash: None,
        identity: Some(identity),
        role: Role::Member,
        entry: Entry::Free,
        session: Some(session(1, FAR)),
    }
}

fn by(subject: &str, name: &str) -> Proof {
    let first = FirstProof::Identity { issuer: GITHUB.into(), subject: subject.into(), name: name.into() };
    Proof { first, second: None }
}

/// Somebody who is signed in by a password.
async fn signed_in(subject: &Subject, name: &str, number: u8) -> (User, SessionKey) {
    let user = subject.user(name).await;
    subject
        .store
        .create_session(user.id, Proof::password(HASH), session(number, FAR))
        .await
        .unwrap()
        .unwrap();
    (user, SessionKey([number; 32]))
}

pub async fn an_account_is_made_and_signed_in_to_by_one(subject: Subject) {
    let store = &subject.store;
    assert!(store.credentials_by_identity(GITHUB, "583231").await.unwrap().is_none());
    let nell = store.create_user(newcomer("Nell", octocat("583231"))).await.unwrap();
    let known = store.credentials_by_identity(GITHUB, "583231").await.unwrap().unwrap();
    assert_eq!((known.user.id, known.password_hash), (nell.id, None));
    assert!(store.credentials_by_identity("https://github.example", "583231").await.unwrap().is_none());
    assert!(store.credentials_by_identity(GITHUB, "583232").await.unwrap().is_none());
    let again = store.create_user(newcomer("Other", octocat("583231"))).await;
    assert_eq!(refused(again), Refusal::IdentityTaken);
    assert!(
        store.credentials(&UserName::parse("Other").unwrap()).await.unwrap().is_none(),
        "nothing is left of it"
    );

    store.create_session(nell.id, by("583231", "octo-cat"), session(2, FAR)).await.unwrap().unwrap();
    assert_eq!(store.identities(nell.id).await.unwrap()[0].of.name, "octo-cat", "as it is called now");
    assert!(store.create_session(nell.id, by("583232", "x"), session(3, FAR)).await.unwrap().is_none());
    let ann = subject.user("Ann").await;
    assert!(store.create_session(ann.id, by("583231", "x"), session(3, FAR)).await.unwrap().is_none());
    assert!(store.create_session(nell.id, Proof::password(""), session(3, FAR)).await.unwrap().is_none());
}

pub async fn who_is_signed_in_links_and_unlinks(subject: Subject) {
    let store = &subject.store;
    let (ann, hers) = signed_in(&subject, "Ann", 1).await;
    let (bob, his) = signed_in(&subject, "Bob", 2).await;
    assert!(store.link_identity(ann.id, hers, octocat("1")).await.unwrap().is_some());
    assert!(store.link_identity(ann.id, hers, octocat("1")).await.unwrap().is_some(), "it is hers");
    assert_eq!(refused(store.link_identity(bob.id, his, octocat("1")).await), Refusal::IdentityTaken);
    assert!(store.link_identity(bob.id, hers, octocat("2")).await.unwrap().is_none(), "by her session");
    assert!(store.link_identity(bob.id, SessionKey([9; 32]), octocat("2")).await.unwrap().is_none());
    assert_eq!(store.identities(bob.id).await.unwrap(), []);

    let unlink = async |user: UserId, password: &str, which: &str| {
        let confirmation = Confirmation::password(password);
        store.unlink_identity(user, confirmation, GITHUB.into(), which.into()).await.unwrap()
    };
    assert!(unlink(ann.id, "other", "1").await.is_none());
    unlink(bob.id, HASH, "1").await.unwrap();
    assert_eq!(store.identities(ann.id).await.unwrap().len(), 1, "it was not his to unlink");
    unlink(ann.id, HASH, "1").await.unwrap();
    assert_eq!(store.identities(ann.id).await.unwrap(), []);
    assert!(store.create_session(ann.id, by("1", "x"), session(3, FAR)).await.unwrap().is_none());
    assert!(store.link_identity(bob.id, his, octocat("1")).await.unwrap().is_some(), "it is free");
    for number in 1..IDENTITIES_PER_USER {
        store.link_identity(bob.id, his, octocat(&format!("more {number}"))).await.unwrap().unwrap();
    }
    let beyond = store.link_identity(bob.id, his, octocat("too many")).await;
    assert_eq!(refused(beyond), Refusal::TooManyIdentities);
}

pub async fn of_two_who_link_the_same_one_has_it(subject: Subject) {
    let store = &subject.store;
    let (ann, hers) = signed_in(&subject, "Ann", 1).await;
    let (bob, his) = signed_in(&subject, "Bob", 2).await;
    let (one, other) = tokio::join!(
        store.link_identity(ann.id, hers, octocat("1")),
        store.link_identity(bob.id, his, octocat("1"))
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

pub async fn the_last_way_in_stays(subject: Subject) {
    let store = &subject.store;
    let nell = store.create_user(newcomer("Nell", octocat("1"))).await.unwrap();
    let since = store.session(SessionKey([1; 32])).await.unwrap().unwrap().at;
    let just_now = || Confirmation::SignedIn { session: SessionKey([1; 32]), since };
    let unlink =
        async |which: &str| store.unlink_identity(nell.id, just_now(), GITHUB.into(), which.into()).await;
    assert_eq!(refused(unlink("1").await), Refusal::LastWayIn);
    assert_eq!(store.identities(nell.id).await.unwrap().len(), 1, "it is still there");
    store.link_identity(nell.id, SessionKey([1; 32]), octocat("2")).await.unwrap().unwrap();
    unlink("1").await.unwrap().unwrap();
    assert_eq!(refused(unlink("2").await), Refusal::LastWayIn);
    let changed = store.change_password(nell.id, just_now(), HASH.into(), SessionKey([1; 32])).await.unwrap();
    assert!(changed.is_some(), "who has no password sets one");
    assert!(unlink("2").await.unwrap().is_none(), "and gives it from then on");
    let confirmed = Confirmation::password(HASH);
    store.unlink_identity(nell.id, confirmed, GITHUB.into(), "2".into()).await.unwrap().unwrap();
    assert_eq!(store.identities(nell.id).await.unwrap(), []);
}

pub async fn they_go_with_the_account(subject: Subject) {
    let store = &subject.store;
    let (ann, hers) = signed_in(&subject, "Ann", 1).await;
    store.link_identity(ann.id, hers, octocat("1")).await.unwrap().unwrap();
    store.delete_account(ann.id, Confirmation::password(HASH), false).await.unwrap().unwrap();
    assert!(store.credentials_by_identity(GITHUB, "1").await.unwrap().is_none());
    store.create_user(newcomer("Nell", octocat("1"))).await.unwrap();
}

//! Access tokens, and the keys by which short-lived ones are signed.

use chinwag_model::{Line, Millis, Refusal, Scope, Scopes, SessionKey, User};
use chinwag_store::{Confirmation, Decision, NewSigningKey, NewToken, Proof, TOKENS_PER_USER, Use, Which};
use uuid::Uuid;

use super::sessions::{FAR, guest, session};
use super::{HASH, Subject, refused};

pub fn token(number: u8, name: &str, ends_at: i64) -> NewToken {
    NewToken {
        key: SessionKey([number; 32]),
        name: Line::token_name(name).unwrap(),
        scopes: [Scope::Read, Scope::Post].into_iter().collect(),
        ends_at: Millis(ends_at),
    }
}

/// Somebody with the session of this number.
async fn somebody(subject: &Subject, name: &str, number: u8) -> (User, SessionKey) {
    let user = subject.user(name).await;
    let began = subject.store.create_session(user.id, Proof::password(HASH), session(number, FAR)).await;
    began.unwrap().unwrap();
    (user, SessionKey([number; 32]))
}

pub async fn a_token_is_a_session_with_scopes(subject: Subject) {
    let (ann, hers) = somebody(&subject, "Ann", 1).await;
    let (bob, his) = somebody(&subject, "Bob", 2).await;
    let store = &subject.store;
    assert!(store.make_token(ann.id, hers, token(11, "  deploy   bot ", FAR)).await.unwrap());
    assert!(store.make_token(ann.id, hers, token(12, "old", 1)).await.unwrap());
    let known = store.session(SessionKey([11; 32])).await.unwrap().unwrap();
    assert_eq!((known.user, known.ends_at, known.expires_at), (ann.clone(), Millis(FAR), Millis(FAR)));
    assert_eq!(known.scopes.map(|scopes| scopes.to_string()), Some("read post".into()));
    assert!(store.session(SessionKey([12; 32])).await.unwrap().is_none(), "its time is over");
    assert!(store.session(hers).await.unwrap().unwrap().scopes.is_none());

    let listed = store.tokens(ann.id).await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    let first = &listed[0];
    assert_eq!((first.name.as_str(), first.used_at, first.device.as_str()), ("deploy bot", None, ""));
    assert_eq!((first.id, first.ends_at), (SessionKey([11; 32]).id(), Millis(FAR)));
    let used = Use {
        key: SessionKey([11; 32]),
        expires_at: Millis(FAR),
        device: "curl".into(),
        address: "192.0.2.2".into(),
    };
    assert!(store.use_session(used).await.unwrap());
    let first = store.tokens(ann.id).await.unwrap().remove(0);
    assert!(first.used_at >= Some(first.at), "{first:?}");
    assert_eq!((first.device.as_str(), first.address.as_str()), ("curl", "192.0.2.2"));

    // It is none of the sessions, and not ended as one.
    assert_eq!(store.sessions(ann.id).await.unwrap().len(), 1);
    assert_eq!(store.end_sessions(ann.id, Which::One(SessionKey([11; 32]).id())).await.unwrap(), []);
    assert_eq!(store.end_sessions(ann.id, Which::AllBut(hers)).await.unwrap(), []);
    assert_eq!(store.tokens(bob.id).await.unwrap().len(), 0);
    let not_his = store.revoke_token(bob.id, SessionKey([11; 32]).id()).await;
    assert_eq!(refused(not_his), Refusal::TokenUnknown);
    let no_token = store.revoke_token(bob.id, his.id()).await;
    assert_eq!(refused(no_token), Refusal::TokenUnknown);
    assert_eq!(store.revoke_token(ann.id, SessionKey([11; 32]).id()).await.unwrap(), SessionKey([11; 32]));
    assert!(store.session(SessionKey([11; 32])).await.unwrap().is_none());
    assert!(store.session(his).await.unwrap().is_some() && store.session(hers).await.unwrap().is_some());
    assert_eq!(refused(store.revoke_token(ann.id, SessionKey([11; 32]).id()).await), Refusal::TokenUnknown);

    let root = subject.try_user("Root", chinwag_model::Role::Owner).await.unwrap();
    let noted = store.audit(root.id, Some(ann.id), None, 10).await.unwrap();
    let noted: Vec<_> = noted.iter().map(|entry| (entry.action.as_str(), entry.detail.as_str())).collect();
    assert_eq!(
        noted,
        [
            ("token.revoked", "deploy bot"),
            ("token.made", "old: read post"),
            ("token.made", "deploy bot: read post")
        ]
    );
}

pub async fn only_who_has_a_session_makes_a_token(subject: Subject) {
    let (ann, hers) = somebody(&subject, "Ann", 1).await;
    let (bob, his) = somebody(&subject, "Bob", 2).await;
    let store = &subject.store;
    assert!(!store.make_token(ann.id, his, token(11, "x", FAR)).await.unwrap(), "another's session");
    assert!(!store.make_token(ann.id, SessionKey([9; 32]), token(11, "x", FAR)).await.unwrap());
    assert!(store.make_token(ann.id, hers, token(11, "x", FAR)).await.unwrap());
    let by_token = store.make_token(ann.id, SessionKey([11; 32]), token(12, "y", FAR)).await;
    assert!(!by_token.unwrap(), "a token makes no tokens");
    store.end_session(hers).await.unwrap().unwrap();
    assert!(!store.make_token(ann.id, hers, token(12, "y", FAR)).await.unwrap(), "it has ended");
    assert!(store.session(SessionKey([12; 32])).await.unwrap().is_none());

    let visitor = guest(&subject, "Visitor", 3, FAR).await;
    let made = store.make_token(visitor, SessionKey([3; 32]), token(13, "z", FAR)).await;
    assert_eq!(refused(made), Refusal::Forbidden);
    assert_eq!(refused(store.tokens(visitor).await), Refusal::Forbidden);
    drop(bob);
}

pub async fn there_are_only_so_many_tokens(subject: Subject) {
    let (ann, hers) = somebody(&subject, "Ann", 255).await;
    let store = &subject.store;
    // What is over does not count.
    assert!(store.make_token(ann.id, hers, token(200, "over", 1)).await.unwrap());
    let most = u8::try_from(TOKENS_PER_USER).unwrap();
    for number in 1..=most {
        assert!(store.make_token(ann.id, hers, token(number, "one more", FAR)).await.unwrap());
    }
    let more = store.make_token(ann.id, hers, token(most + 1, "too many", FAR)).await;
    assert_eq!(refused(more), Refusal::TooManyTokens);
    assert_eq!(store.tokens(ann.id).await.unwrap().len(), TOKENS_PER_USER);
    // Sessions are counted by themselves.
    let began = store.create_session(ann.id, Proof::password(HASH), session(254, FAR)).await;
    assert_eq!(began.unwrap().unwrap(), []);
    store.revoke_token(ann.id, SessionKey([1; 32]).id()).await.unwrap();
    assert!(store.make_token(ann.id, hers, token(most + 1, "fits", FAR)).await.unwrap());
}

pub async fn what_ends_sessions_ends_tokens(subject: Subject) {
    let (ann, hers) = somebody(&subject, "Ann", 1).await;
    let store = &subject.store;
    let there = async |number: u8| store.session(SessionKey([number; 32])).await.unwrap().is_some();
    assert!(store.make_token(ann.id, hers, token(11, "one", FAR)).await.unwrap());
    let changed = store
        .change_password(ann.id, Confirmation::password(HASH), HASH.into(), hers)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(changed.ended, [SessionKey([11; 32])]);
    assert!(!there(11).await && there(1).await);

    assert!(store.make_token(ann.id, hers, token(12, "two", FAR)).await.unwrap());
    let root = subject.try_user("Root", chinwag_model::Role::Owner).await.unwrap();
    store.decide(Some(root.id), ann.id, Decision::Suspend, Line::default()).await.unwrap();
    assert!(!there(12).await && !there(1).await);
    store.decide(Some(root.id), ann.id, Decision::Restore, Line::default()).await.unwrap();
    assert!(!there(12).await, "it does not come back");

    let began = store.create_session(ann.id, Proof::password(HASH), session(2, FAR)).await;
    began.unwrap().unwrap();
    assert!(store.make_token(ann.id, SessionKey([2; 32]), token(13, "three", FAR)).await.unwrap());
    assert!(store.make_token(ann.id, SessionKey([2; 32]), token(14, "over", 1)).await.unwrap());
    assert_eq!(store.sweep_sessions().await.unwrap(), [SessionKey([14; 32])]);
    assert!(there(13).await);
    store.delete_account(ann.id, Confirmation::password(HASH), false).await.unwrap().unwrap();
    assert!(!there(13).await);
}

fn fresh(number: u8) -> NewSigningKey {
    NewSigningKey { id: Uuid::from_u128(number.into()), secret: vec![number; 48] }
}

pub async fn one_key_signs_for_all_who_ask(subject: Subject) {
    let store = &subject.store;
    assert_eq!(store.signing_keys().await.unwrap(), []);
    let (one, other) = tokio::join!(store.renew_signing_key(fresh(1)), store.renew_signing_key(fresh(2)));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one, other, "whoever comes second is told the first");
    assert_eq!(one.len(), 1);
    assert_eq!(one[0].secret, vec![u8::try_from(one[0].id.as_u128()).unwrap(); 48]);
    assert_eq!(store.signing_keys().await.unwrap(), one);
    // It has not had its time.
    assert_eq!(store.renew_signing_key(fresh(3)).await.unwrap(), one);
    let shown = format!("{one:?} {:?}", fresh(1));
    assert!(!shown.contains("secret") && !shown.contains("[1"), "{shown}");
}

pub async fn scopes_are_kept_as_they_are(subject: Subject) {
    let (ann, hers) = somebody(&subject, "Ann", 255).await;
    for (number, scope) in (1..).zip(Scope::ALL) {
        let scopes: Scopes = [scope].into_iter().collect();
        let new = NewToken { scopes, ..token(number, scope.as_str(), FAR) };
        assert!(subject.store.make_token(ann.id, hers, new).await.unwrap());
        let known = subject.store.session(SessionKey([number; 32])).await.unwrap().unwrap();
        assert_eq!(known.scopes, Some(scopes));
    }
}

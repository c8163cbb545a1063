//! Second factors: with them a password alone lets nobody in, and each code does so once.

use chinwag_model::{Refusal, Role, SessionKey, User, UserId, UserName};
use chinwag_store::{
    AuthenticatorSecret, Confirmation, Entry, FirstProof, NewReset, NewSecondFactor, NewUser, Proof,
    SecondProof,
};
use uuid::Uuid;

use super::sessions::{FAR, session};
use super::{HASH, Subject, refused};

const STEP: u64 = 58_000_000;

fn secret() -> AuthenticatorSecret {
    AuthenticatorSecret(vec![7; 20])
}

fn new() -> NewSecondFactor {
    NewSecondFactor { secret: secret(), step: STEP, recovery_codes: vec![vec![1; 32], vec![2; 32]] }
}

fn code(step: u64) -> SecondProof {
    SecondProof::Code { secret: secret(), step }
}

fn proof(second: Option<SecondProof>) -> Proof {
    Proof { first: FirstProof::Password { verified: HASH.into(), fresh: None }, second }
}

async fn ann_with_one(subject: &Subject) -> User {
    let ann = subject.user("Ann").await;
    let set = subject.store.set_second_factor(ann.id, Confirmation::password(HASH), new()).await.unwrap();
    assert_eq!(set.unwrap().user, ann);
    ann
}

/// Whether this lets her in, once more.
async fn lets_in(subject: &Subject, user: UserId, second: Option<SecondProof>) -> bool {
    let key = SessionKey(Uuid::new_v4().as_bytes().repeat(2).try_into().unwrap());
    let session = chinwag_store::NewSession { key, ..session(0, FAR) };
    let begun = subject.store.create_session(user, proof(second), session).await.unwrap();
    assert_eq!(subject.store.session(key).await.unwrap().is_some(), begun.is_some());
    begun.is_some()
}

pub async fn a_password_alone_does_not_do(subject: Subject) {
    let ann = ann_with_one(&subject).await;
    assert!(!lets_in(&subject, ann.id, None).await);
    assert!(lets_in(&subject, ann.id, Some(code(STEP + 1))).await);
    let known = subject.store.credentials_of(ann.id).await.unwrap().unwrap();
    assert!(known.has_second_factor);
    let bob = subject.user("Bob").await;
    assert!(!subject.store.credentials_of(bob.id).await.unwrap().unwrap().has_second_factor);
    assert!(lets_in(&subject, bob.id, None).await);
    assert!(!lets_in(&subject, bob.id, Some(code(STEP + 1))).await, "he has none");
}

pub async fn a_code_is_good_for_once(subject: Subject) {
    let ann = ann_with_one(&subject).await;
    assert!(!lets_in(&subject, ann.id, Some(code(STEP))).await, "by it she has set it up");
    let (one, other) = tokio::join!(
        lets_in(&subject, ann.id, Some(code(STEP + 2))),
        lets_in(&subject, ann.id, Some(code(STEP + 2)))
    );
    assert!(one != other, "one of both");
    assert!(!lets_in(&subject, ann.id, Some(code(STEP + 1))).await, "nor is an earlier one");
    let other = SecondProof::Code { secret: AuthenticatorSecret(vec![8; 20]), step: STEP + 9 };
    assert!(!lets_in(&subject, ann.id, Some(other)).await, "by another secret");
    // A wrong password does not use it up.
    let wrong = Proof { second: Some(code(STEP + 3)), ..Proof::password("other") };
    assert!(subject.store.create_session(ann.id, wrong, session(1, FAR)).await.unwrap().is_none());
    assert!(lets_in(&subject, ann.id, Some(code(STEP + 3))).await);
}

pub async fn a_recovery_code_is_good_for_once(subject: Subject) {
    let (ann, store) = (ann_with_one(&subject).await, &subject.store);
    let left = async || store.second_factor(ann.id).await.unwrap().unwrap().recovery_codes;
    assert_eq!(left().await, 2);
    assert!(lets_in(&subject, ann.id, Some(SecondProof::RecoveryCode(vec![1; 32]))).await);
    assert!(!lets_in(&subject, ann.id, Some(SecondProof::RecoveryCode(vec![1; 32]))).await);
    assert!(!lets_in(&subject, ann.id, Some(SecondProof::RecoveryCode(vec![3; 32]))).await);
    assert_eq!(left().await, 1);

    let fresh = vec![vec![4; 32], vec![5; 32], vec![6; 32]];
    let renew = async |password: &str, second| {
        store
            .renew_recovery_codes(ann.id, Confirmation::password(password), second, fresh.clone())
            .await
            .unwrap()
    };
    assert!(!renew("other", code(STEP + 1)).await);
    assert!(!renew(HASH, code(STEP)).await);
    assert_eq!(left().await, 1);
    assert!(renew(HASH, code(STEP + 1)).await);
    assert_eq!(left().await, 3);
    assert!(!lets_in(&subject, ann.id, Some(SecondProof::RecoveryCode(vec![2; 32]))).await);
    assert!(lets_in(&subject, ann.id, Some(SecondProof::RecoveryCode(vec![5; 32]))).await);
    let audited = store
        .audit(subject.try_user("Root", Role::Owner).await.unwrap().id, Some(ann.id), None, 9)
        .await
        .unwrap();
    let actions: Vec<&str> = audited.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        ["recovery_code.used", "recovery_codes.made", "recovery_code.used", "second_factor.set"]
    );
}

pub async fn it_is_set_up_and_removed_by_its_owner(subject: Subject) {
    let (ann, store) = (subject.user("Ann").await, &subject.store);
    assert!(lets_in(&subject, ann.id, None).await);
    assert_eq!(store.second_factor(ann.id).await.unwrap(), None);
    assert!(store.set_second_factor(ann.id, Confirmation::password("other"), new()).await.unwrap().is_none());
    assert_eq!(store.authenticator(ann.id).await.unwrap(), None);
    let set = store.set_second_factor(ann.id, Confirmation::password(HASH), new()).await.unwrap().unwrap();
    assert_eq!((set.stale.len(), set.ended.len()), (1, 0), "sessions go on, with something to learn");
    assert!(store.session(set.stale[0]).await.unwrap().unwrap().has_second_factor);
    assert_eq!(store.authenticator(ann.id).await.unwrap(), Some(secret()));
    let again = store.set_second_factor(ann.id, Confirmation::password(HASH), new()).await;
    assert_eq!(refused(again), Refusal::SecondFactorExists);

    let remove = async |password: &str, second| {
        store.remove_second_factor(ann.id, Confirmation::password(password), second).await.unwrap()
    };
    assert!(remove("other", code(STEP + 1)).await.is_none());
    assert!(remove(HASH, code(STEP)).await.is_none());
    assert_eq!(remove(HASH, code(STEP + 1)).await.unwrap().stale, set.stale);
    assert_eq!(store.second_factor(ann.id).await.unwrap(), None);
    assert!(lets_in(&subject, ann.id, None).await);
    assert!(!lets_in(&subject, ann.id, Some(SecondProof::RecoveryCode(vec![1; 32]))).await);
    // Whoever comes back to one begins with what is theirs.
    store.set_second_factor(ann.id, Confirmation::password(HASH), new()).await.unwrap().unwrap();
    assert_eq!(store.second_factor(ann.id).await.unwrap().unwrap().recovery_codes, 2);
}

pub async fn administrators_take_it_from_who_has_lost_it(subject: Subject) {
    let (ann, store) = (ann_with_one(&subject).await, &subject.store);
    let (mo, ada) = (
        subject.try_user("Mo", Role::Moderator).await.unwrap(),
        subject.try_user("Ada", Role::Administrator).await.unwrap(),
    );
    assert!(lets_in(&subject, ann.id, Some(code(STEP + 1))).await);
    assert_eq!(refused(store.take_second_factor(Some(mo.id), ann.id).await), Refusal::Forbidden);
    assert_eq!(refused(store.take_second_factor(Some(ann.id), ann.id).await), Refusal::Forbidden);
    assert_eq!(store.take_second_factor(Some(ada.id), ann.id).await.unwrap().ended.len(), 1);
    assert!(lets_in(&subject, ann.id, None).await);
    assert_eq!(
        store.take_second_factor(None, ann.id).await.unwrap().ended.len(),
        0,
        "there is none any more"
    );
}

pub async fn a_link_for_a_new_password_does_not_get_round_it(subject: Subject) {
    let (ann, store) = (ann_with_one(&subject).await, &subject.store);
    let key = SessionKey([77; 32]);
    let reset = NewReset { user: ann.id, key, expires_at: chinwag_model::Millis(FAR) };
    store.make_reset(None, reset).await.unwrap();
    let reset = store.reset_password(key, "new".into(), session(1, FAR)).await.unwrap();
    assert!(!reset.signed_in);
    assert!(store.session(SessionKey([1; 32])).await.unwrap().is_none());
    let with_both = Proof { second: Some(code(STEP + 1)), ..Proof::password("new") };
    assert!(store.create_session(ann.id, with_both, session(1, FAR)).await.unwrap().is_some());
}

pub async fn who_has_no_password_has_just_signed_in(subject: Subject) {
    let store = &subject.store;
    let newcomer = NewUser {
        id: UserId(Uuid::now_v7()),
        name: UserName::parse("Nell").unwrap(),
        password_hash: None,
        identity: None,
        role: Role::Member,
        entry: Entry::Free,
        session: Some(session(1, FAR)),
    };
    let nell = store.create_user(newcomer).await.unwrap();
    let at = store.session(SessionKey([1; 32])).await.unwrap().unwrap().at;
    let by = |number: u8, since: i64| Confirmation::SignedIn {
        session: SessionKey([number; 32]),
        since: chinwag_model::Millis(since),
    };
    let set = async |confirmation| store.set_second_factor(nell.id, confirmation, new()).await.unwrap();
    assert!(set(by(1, at.0 + 1)).await.is_none(), "too long ago");
    assert!(set(by(2, 0)).await.is_none(), "no session of hers");
    assert!(set(Confirmation::password("")).await.is_none());
    let ann = subject.user("Ann").await;
    store.create_session(ann.id, Proof::password(HASH), session(3, FAR)).await.unwrap().unwrap();
    let hers = Confirmation::SignedIn { session: SessionKey([3; 32]), since: chinwag_model::Millis(0) };
    assert!(set(hers.clone()).await.is_none(), "somebody else's");
    assert!(
        store.set_second_factor(ann.id, hers, new()).await.unwrap().is_none(),
        "who has a password gives it"
    );
    assert!(set(by(1, at.0)).await.is_some());
}

pub async fn it_goes_with_the_account(subject: Subject) {
    let (ann, store) = (ann_with_one(&subject).await, &subject.store);
    store.delete_account(ann.id, Confirmation::password(HASH), false).await.unwrap().unwrap();
    assert_eq!(store.second_factor(ann.id).await.unwrap(), None);
    assert_eq!(store.authenticator(ann.id).await.unwrap(), None);
}

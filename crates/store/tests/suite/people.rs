//! People: how they are shown and found, and what is decided about them.

use chinwag_model::change::State;
use chinwag_model::name::search_key;
use chinwag_model::{Line, Millis, Refusal, Role, SessionKey, Standing, UserName};
use chinwag_store::{Decision, Listed, NewReset, Profile, Proof};
use uuid::Uuid;

use super::sessions::{FAR, session};
use super::{HASH, Subject, refused};

fn named(name: &str) -> Profile {
    Profile { name: Some(UserName::parse(name).unwrap()), status: None }
}

pub async fn a_new_name_is_told_and_the_old_one_is_free(mut subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let store = subject.store.clone();
    store.create_session(ann.id, Proof::password(HASH), session(1, FAR)).await.unwrap().unwrap();
    assert_eq!(refused(store.change_profile(ann.id, named("bоb")).await), Refusal::NameTaken);
    let changed = store.change_profile(ann.id, named("Anna Lee")).await.unwrap();
    assert_eq!((changed.user.name.as_str(), &*changed.stale), ("Anna Lee", &[SessionKey([1; 32])][..]));
    assert!(changed.ended.is_empty());
    // Only the way of writing is different: it is her own.
    store.change_profile(ann.id, named("ANNA LEE")).await.unwrap();
    let status = Profile { name: None, status: Some(Line::status("out for lunch").unwrap()) };
    store.change_profile(ann.id, status).await.unwrap();

    let told: Vec<_> = subject
        .told(store.workspace())
        .await
        .into_iter()
        .filter_map(|change| match change.state {
            State::Person(user) => Some((user.name, user.status)),
            _ => None,
        })
        .collect();
    let said = |name: &str, status: &str| (name.to_owned(), status.to_owned());
    assert_eq!(told, [said("Anna Lee", ""), said("ANNA LEE", ""), said("ANNA LEE", "out for lunch")]);

    let found = store.search_people(bob.id, &search_key("le"), 10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(
        store.search_people(bob.id, &search_key("ann"), 10).await.unwrap().len() == 1,
        "by each word once"
    );
    subject.user("Ann").await;
}

pub async fn pictures_have_versions(subject: Subject) {
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    assert!(store.avatar(ann.id).await.unwrap().is_none());
    assert_eq!(store.set_avatar(ann.id, Some(vec![1])).await.unwrap().user.avatar, 1);
    assert_eq!(store.set_avatar(ann.id, Some(vec![2])).await.unwrap().user.avatar, 2);
    assert_eq!(store.avatar(ann.id).await.unwrap(), Some((2, vec![2])));
    assert_eq!(store.set_avatar(ann.id, None).await.unwrap().user.avatar, 0);
    assert!(store.avatar(ann.id).await.unwrap().is_none());
    // No version names two pictures.
    assert_eq!(store.set_avatar(ann.id, Some(vec![3])).await.unwrap().user.avatar, 3);
}

pub async fn small_pictures_are_of_the_version_that_there_is(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let store = &subject.store;
    assert!(store.picture_without_thumbnail().await.unwrap().is_none());
    store.set_avatar(ann.id, Some(vec![1])).await.unwrap();
    assert!(store.count_jobs().await.unwrap().waiting > 0, "somebody is asked to make it");
    assert_eq!(store.picture_without_thumbnail().await.unwrap(), Some((ann.id, 1, vec![1])));
    assert!(store.thumbnail(ann.id).await.unwrap().is_none());
    store.keep_thumbnail(ann.id, 1, vec![10]).await.unwrap();
    assert_eq!(store.thumbnail(ann.id).await.unwrap(), Some((1, vec![10])));
    assert!(store.picture_without_thumbnail().await.unwrap().is_none());

    // Whoever was slow has made one of what is not there any more.
    store.set_avatar(ann.id, Some(vec![2])).await.unwrap();
    assert!(store.thumbnail(ann.id).await.unwrap().is_none());
    store.keep_thumbnail(ann.id, 1, vec![10]).await.unwrap();
    assert!(store.thumbnail(ann.id).await.unwrap().is_none());
    store.keep_thumbnail(ann.id, 2, vec![20]).await.unwrap();
    store.keep_thumbnail(ann.id, 1, vec![10]).await.unwrap();
    assert_eq!(store.thumbnail(ann.id).await.unwrap(), Some((2, vec![20])), "and does not take away what is");
    store.set_avatar(ann.id, Some(vec![3])).await.unwrap();
    // One of which there can be none is not tried again.
    assert_eq!(store.picture_without_thumbnail().await.unwrap(), Some((ann.id, 3, vec![3])));
    store.keep_thumbnail(ann.id, 3, Vec::new()).await.unwrap();
    assert!(store.thumbnail(ann.id).await.unwrap().is_none());
    assert!(store.picture_without_thumbnail().await.unwrap().is_none());

    store.set_avatar(bob.id, Some(vec![3])).await.unwrap();
    store.keep_thumbnail(bob.id, 1, vec![30]).await.unwrap();
    store.set_avatar(bob.id, None).await.unwrap();
    assert!(store.thumbnail(bob.id).await.unwrap().is_none(), "what is taken away is gone in all forms");
    store.keep_thumbnail(bob.id, 1, vec![30]).await.unwrap();
    assert!(store.thumbnail(bob.id).await.unwrap().is_none(), "whoever was slow does not bring it back");
    assert!(store.picture_without_thumbnail().await.unwrap().is_none(), "what was taken away needs none");
}

pub async fn people_are_listed_in_pages_and_found_by_any_word(subject: Subject) {
    let admin = subject.try_user("zoe", Role::Administrator).await.unwrap();
    for name in ["Ann Bly", "bob", "Cem", "Anna Annert", "Dora van Ann"] {
        subject.user(name).await;
    }
    let mut ways = Vec::new();
    for listed in [Listed::All, Listed::Named("ann".into()), Listed::Staff, Listed::Restricted] {
        let mut names = Vec::new();
        let mut after = None;
        loop {
            let page = subject.store.accounts(Some(admin.id), listed.clone(), after, 2).await.unwrap();
            names.extend(page.accounts.into_iter().map(|account| account.user.name));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        ways.push(names.join(", "));
    }
    let expected = [
        "Ann Bly, Anna Annert, bob, Cem, Dora van Ann, zoe",
        "Dora van Ann, Ann Bly, Anna Annert",
        "zoe",
        "",
    ];
    assert_eq!(ways, expected);
    let member = subject.user("Eve").await;
    assert_eq!(
        refused(subject.store.accounts(Some(member.id), Listed::All, None, 2).await),
        Refusal::Forbidden
    );
}

pub async fn who_is_muted_reads_and_does_not_write(subject: Subject) {
    let moderator = subject.try_user("Mo", Role::Moderator).await.unwrap();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seq = subject.post(room, &ann, "before").await;
    let store = &subject.store;
    let decide = async |decision| store.decide(Some(moderator.id), ann.id, decision, Line::default()).await;
    decide(Decision::Mute(Millis(FAR))).await.unwrap();
    assert_eq!(refused(subject.try_post(room, &ann, "now", "n1").await), Refusal::Muted);
    assert_eq!(refused(subject.try_room("Another", &ann, None).await), Refusal::Muted);
    assert_eq!(refused(store.change_profile(ann.id, named("LOUD")).await), Refusal::Muted);
    store.room_page(room, ann.id, None, 5).await.unwrap();
    store.delete(room, seq, ann.id, None).await.unwrap();
    decide(Decision::Unmute).await.unwrap();
    subject.post(room, &ann, "again").await;
    // It is over by itself.
    decide(Decision::Mute(Millis(1))).await.unwrap();
    subject.post(room, &ann, "and again").await;
}

pub async fn who_is_suspended_is_out_until_it_is_lifted(subject: Subject) {
    let moderator = subject.try_user("Mo", Role::Moderator).await.unwrap();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    store.create_session(ann.id, Proof::password(HASH), session(1, FAR)).await.unwrap().unwrap();
    let suspended = store
        .decide(Some(moderator.id), ann.id, Decision::Suspend, Line::reason("spam").unwrap())
        .await
        .unwrap();
    assert_eq!(suspended.ended, [SessionKey([1; 32])]);
    assert!(store.session(SessionKey([1; 32])).await.unwrap().is_none());
    // Whatever was under way finds it so.
    assert_eq!(refused(subject.try_post(room, &ann, "now", "n1").await), Refusal::Suspended);
    assert_eq!(refused(store.room_page(room, ann.id, None, 5).await), Refusal::Suspended);
    assert_eq!(
        refused(store.create_session(ann.id, Proof::password(HASH), session(2, FAR)).await),
        Refusal::Suspended
    );
    let account = store.account(Some(moderator.id), ann.id).await.unwrap();
    assert_eq!(account.standing, Standing::Suspended);
    let restricted = store.accounts(Some(moderator.id), Listed::Restricted, None, 5).await.unwrap();
    assert_eq!(restricted.accounts.len(), 1);
    store.decide(Some(moderator.id), ann.id, Decision::Restore, Line::default()).await.unwrap();
    subject.post(room, &ann, "back").await;
}

pub async fn who_is_banned_is_in_no_room(subject: Subject) {
    let admin = subject.try_user("Root", Role::Administrator).await.unwrap();
    let moderator = subject.try_user("Mo", Role::Moderator).await.unwrap();
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &bob).await;
    let store = &subject.store;
    store.join(room, ann.id, None).await.unwrap();
    subject.post(room, &ann, "rude").await;
    let ban = Decision::Ban { remove_messages: false };
    assert_eq!(
        refused(store.decide(Some(moderator.id), ann.id, ban.clone(), Line::default()).await),
        Refusal::Forbidden
    );
    store.decide(Some(admin.id), ann.id, ban, Line::default()).await.unwrap();
    assert_eq!(store.room_page(room, bob.id, None, 50).await.unwrap().members, 1);
    assert_eq!(refused(store.add(room, ann.id, bob.id, None).await), Refusal::UserUnknown);
    assert_eq!(store.own_messages(ann.id, None, 10).await.unwrap().len(), 1, "what she wrote stays");
    // Nobody makes less of it without the right to ban: a suspension would be lifted more easily.
    let suspend = store.decide(Some(moderator.id), ann.id, Decision::Suspend, Line::default()).await;
    assert_eq!(refused(suspend), Refusal::Forbidden);
    // Lifting it takes as much as banning.
    let restore = async |by| store.decide(Some(by), ann.id, Decision::Restore, Line::default()).await;
    assert_eq!(refused(restore(moderator.id).await), Refusal::Forbidden);
    restore(admin.id).await.unwrap();
    store.join(room, ann.id, None).await.unwrap();
}

pub async fn roles_are_given_from_above(subject: Subject) {
    let owner = subject.try_user("Own", Role::Owner).await.unwrap();
    let admin = subject.try_user("Root", Role::Administrator).await.unwrap();
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    let give = async |by: &chinwag_model::User, to: &chinwag_model::User, role| {
        store.decide(Some(by.id), to.id, Decision::SetRole(role), Line::default()).await
    };
    assert_eq!(refused(give(&ann, &ann, Role::Moderator).await), Refusal::Forbidden);
    assert_eq!(refused(give(&admin, &ann, Role::Administrator).await), Refusal::Forbidden, "not below");
    assert_eq!(refused(give(&admin, &owner, Role::Member).await), Refusal::Forbidden);
    assert_eq!(refused(give(&owner, &owner, Role::Member).await), Refusal::Forbidden, "nobody their own");
    assert_eq!(refused(give(&owner, &ann, Role::Guest).await), Refusal::Forbidden);
    assert_eq!(give(&admin, &ann, Role::Moderator).await.unwrap().user.role, Role::Moderator);
    assert_eq!(give(&owner, &ann, Role::Owner).await.unwrap().user.role, Role::Owner);
    // One owner may take it from another, but not from the last.
    give(&ann, &owner, Role::Member).await.unwrap();
    assert_eq!(
        refused(store.decide(None, ann.id, Decision::SetRole(Role::Member), Line::default()).await),
        Refusal::LastOwner
    );
    assert_eq!(
        refused(store.decide(None, ann.id, Decision::Suspend, Line::default()).await),
        Refusal::LastOwner
    );
}

pub async fn a_link_for_a_new_password_works_once(subject: Subject) {
    let admin = subject.try_user("Root", Role::Administrator).await.unwrap();
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    let link = |number: u8, expires_at: i64| NewReset {
        user: ann.id,
        key: SessionKey([number; 32]),
        expires_at: Millis(expires_at),
    };
    assert_eq!(refused(store.make_reset(Some(ann.id), link(1, FAR)).await), Refusal::Forbidden);
    store.make_reset(Some(admin.id), link(1, 1)).await.unwrap();
    assert!(store.reset(SessionKey([1; 32])).await.unwrap().is_none(), "it has expired");
    store.make_reset(Some(admin.id), link(2, FAR)).await.unwrap();
    store.make_reset(Some(admin.id), link(3, FAR)).await.unwrap();
    assert!(store.reset(SessionKey([2; 32])).await.unwrap().is_none(), "there is a newer one");
    assert_eq!(store.reset(SessionKey([3; 32])).await.unwrap().unwrap().id, ann.id);
    store.create_session(ann.id, Proof::password(HASH), session(9, FAR)).await.unwrap().unwrap();
    let set = async |number: u8| {
        store.reset_password(SessionKey([number; 32]), "new".into(), session(number + 40, FAR)).await
    };
    assert_eq!(set(3).await.unwrap().changed.ended, [SessionKey([9; 32])]);
    assert!(store.session(SessionKey([43; 32])).await.unwrap().is_some(), "and signs in");
    assert_eq!(refused(set(3).await), Refusal::ResetInvalid);
    // A link does not outlive the right to make it: of who has less now, and over who has more.
    store.make_reset(Some(admin.id), link(5, FAR)).await.unwrap();
    store.decide(None, ann.id, Decision::SetRole(Role::Owner), Line::default()).await.unwrap();
    assert_eq!(refused(set(5).await), Refusal::ResetInvalid);
    subject.try_user("Other", Role::Owner).await.unwrap();
    store.decide(None, ann.id, Decision::SetRole(Role::Member), Line::default()).await.unwrap();
    let other = subject.try_user("Root 2", Role::Administrator).await.unwrap();
    store.make_reset(Some(other.id), link(6, FAR)).await.unwrap();
    store.decide(None, other.id, Decision::Suspend, Line::default()).await.unwrap();
    assert_eq!(refused(set(6).await), Refusal::ResetInvalid);
    store.make_reset(None, link(7, FAR)).await.unwrap();
    set(7).await.unwrap();
    // A link does not bring back who may not be here.
    store.make_reset(Some(admin.id), link(4, FAR)).await.unwrap();
    store.decide(Some(admin.id), ann.id, Decision::Suspend, Line::default()).await.unwrap();
    assert_eq!(refused(set(4).await), Refusal::ResetInvalid);
}

pub async fn ones_own_messages_are_paged(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let rooms = [subject.room("One", &ann).await, subject.room("Two", &ann).await];
    for number in 0..5 {
        subject.post(rooms[number % 2], &ann, &number.to_string()).await;
    }
    let first = subject.store.own_messages(ann.id, None, 3).await.unwrap();
    let last = first.last().unwrap();
    let second = subject.store.own_messages(ann.id, Some((last.room, last.seq)), 3).await.unwrap();
    let texts: Vec<_> = first.iter().chain(&second).map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["0", "2", "4", "1", "3"]);
    assert!(subject.store.own_messages(bob.id, None, 3).await.unwrap().is_empty());
    assert_ne!(rooms[0].0, Uuid::nil());
}

pub async fn a_guest_who_is_suspended_is_gone(subject: Subject) {
    let moderator = subject.try_user("Mo", Role::Moderator).await.unwrap();
    let guest = super::sessions::guest(&subject, "Visitor", 1, FAR).await;
    let decided =
        subject.store.decide(Some(moderator.id), guest, Decision::Suspend, Line::default()).await.unwrap();
    assert!(decided.user.gone && decided.ended.len() == 1);
    subject.user("Visitor").await;
}

pub async fn restoring_who_may_be_here_changes_nothing(subject: Subject) {
    let moderator = subject.try_user("Mo", Role::Moderator).await.unwrap();
    let admin = subject.try_user("Root", Role::Administrator).await.unwrap();
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    let link = NewReset { user: ann.id, key: SessionKey([1; 32]), expires_at: Millis(FAR) };
    store.make_reset(Some(admin.id), link).await.unwrap();
    store.decide(Some(moderator.id), ann.id, Decision::Restore, Line::default()).await.unwrap();
    assert!(store.reset(SessionKey([1; 32])).await.unwrap().is_some());
    assert_eq!(store.audit(admin.id, None, None, 10).await.unwrap().len(), 1, "the link alone");
}

//! The workspace: invitations, settings, who did what.

use chinwag_model::{Line, Millis, Refusal, Role, SessionKey, SignUp, UserId, UserName, WorkspaceSettings};
use chinwag_store::{Decision, Entry, NewInvitation, NewUser};
use uuid::Uuid;

use super::sessions::FAR;
use super::{HASH, Subject, refused};

fn invitation(number: u8, expires_at: i64, most_uses: u32) -> NewInvitation {
    NewInvitation {
        id: Uuid::now_v7(),
        key: SessionKey([number; 32]),
        note: Line::note("for the team").unwrap(),
        expires_at: Millis(expires_at),
        most_uses,
    }
}

async fn come_by(subject: &Subject, name: &str, number: u8) -> chinwag_store::Result<chinwag_model::User> {
    let new = NewUser {
        id: UserId(Uuid::now_v7()),
        name: UserName::parse(name).unwrap(),
        password_hash: Some(HASH.into()),
        identity: None,
        role: Role::Member,
        entry: Entry::Invitation(SessionKey([number; 32])),
        session: None,
    };
    subject.store.create_user(new).await
}

pub async fn an_invitation_is_counted_and_expires_and_is_revoked(subject: Subject) {
    let admin = subject.try_user("Root", Role::Administrator).await.unwrap();
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    assert_eq!(refused(store.make_invitation(ann.id, invitation(1, FAR, 1)).await), Refusal::Forbidden);
    let kept = invitation(1, FAR, 2);
    let id = kept.id;
    store.make_invitation(admin.id, kept).await.unwrap();
    store.make_invitation(admin.id, invitation(2, 1, 2)).await.unwrap();
    come_by(&subject, "Bob", 1).await.unwrap();
    // A refused name does not use it up.
    assert_eq!(refused(come_by(&subject, "bob", 1).await), Refusal::NameTaken);
    assert_eq!(store.invitation(SessionKey([1; 32])).await.unwrap().unwrap().uses, 1);
    come_by(&subject, "Cem", 1).await.unwrap();
    for number in [1, 2, 3] {
        assert_eq!(refused(come_by(&subject, "Dan", number).await), Refusal::InvitationInvalid, "{number}");
    }
    let revoked = invitation(4, FAR, 5);
    store.make_invitation(admin.id, revoked.clone()).await.unwrap();
    assert_eq!(refused(store.revoke_invitation(ann.id, revoked.id).await), Refusal::Forbidden);
    store.revoke_invitation(admin.id, revoked.id).await.unwrap();
    store.revoke_invitation(admin.id, revoked.id).await.unwrap();
    assert_eq!(refused(come_by(&subject, "Dan", 4).await), Refusal::InvitationInvalid);
    assert_eq!(refused(store.revoke_invitation(admin.id, Uuid::now_v7()).await), Refusal::InvitationUnknown);

    // Nor does one outlive the right to invite.
    let other = subject.try_user("Root 2", Role::Administrator).await.unwrap();
    store.make_invitation(other.id, invitation(6, FAR, 5)).await.unwrap();
    store.decide(None, other.id, Decision::SetRole(Role::Member), Line::default()).await.unwrap();
    assert_eq!(refused(come_by(&subject, "Dan", 6).await), Refusal::InvitationInvalid);
    assert_eq!(store.invitation(SessionKey([6; 32])).await.unwrap().unwrap().uses, 0);

    let first = store.invitations(admin.id, None, 2).await.unwrap();
    let second = store.invitations(admin.id, first.last().map(|last| last.id), 2).await.unwrap();
    let ids: Vec<_> = first.iter().chain(&second).map(|listed| listed.id).collect();
    assert_eq!((ids.len(), ids[3]), (4, id), "the newest first");
    assert_eq!((second[1].maker.as_str(), second[1].uses, second[1].most_uses), ("Root", 2, 2));
    assert_eq!(refused(store.invitations(ann.id, None, 2).await), Refusal::Forbidden);
}

pub async fn settings_are_kept(subject: Subject) {
    let admin = subject.try_user("Root", Role::Administrator).await.unwrap();
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    assert_eq!(store.settings().await.unwrap(), WorkspaceSettings::default());
    let open = WorkspaceSettings { sign_up: Some(SignUp::Open), guests: Some(true), ..Default::default() };
    assert_eq!(refused(store.change_settings(Some(ann.id), open).await), Refusal::Forbidden);
    assert_eq!(refused(store.may_see_settings(ann.id).await), Refusal::Forbidden);
    store.may_see_settings(admin.id).await.unwrap();
    store.change_settings(Some(admin.id), open).await.unwrap();
    assert_eq!(store.settings().await.unwrap(), open);
}

pub async fn it_is_noted_who_did_what(subject: Subject) {
    let admin = subject.try_user("Root", Role::Administrator).await.unwrap();
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &bob).await;
    let store = &subject.store;
    let seq = subject.post(room, &bob, "rude").await;
    store.delete(room, seq, admin.id, None).await.unwrap();
    store.decide(Some(admin.id), bob.id, Decision::Suspend, Line::reason("spam").unwrap()).await.unwrap();
    store.decide(None, ann.id, Decision::SetRole(Role::Moderator), Line::default()).await.unwrap();
    // What was refused is not noted.
    assert_eq!(
        refused(store.decide(Some(ann.id), admin.id, Decision::Suspend, Line::default()).await),
        Refusal::Forbidden
    );

    let all = store.audit(admin.id, None, None, 10).await.unwrap();
    let told: Vec<_> = all
        .iter()
        .map(|entry| {
            let name = |who: &Option<(UserId, String)>| {
                who.as_ref().map_or("-", |(_, name)| name.as_str()).to_owned()
            };
            format!("{} {} {} {}", name(&entry.actor), entry.action, name(&entry.target), entry.detail)
        })
        .collect();
    assert_eq!(
        told,
        [
            "- person.role Ann member → moderator",
            "Root person.suspended Bob spam",
            &format!("Root message.deleted Bob message {seq}")
        ]
    );
    assert_eq!(all[2].room.as_ref().unwrap().1, "Garden");
    let page = store.audit(admin.id, None, Some(all[0].id), 1).await.unwrap();
    assert_eq!(page[0].id, all[1].id);
    let about = store.audit(admin.id, Some(bob.id), None, 10).await.unwrap();
    assert_eq!(about.len(), 2);
    assert_eq!(
        store.audit(admin.id, Some(admin.id), None, 10).await.unwrap().len(),
        2,
        "as the one who did it"
    );
    assert_eq!(refused(store.audit(ann.id, None, None, 10).await), Refusal::Forbidden);
}

pub async fn all_rooms_are_listed_for_administrators(subject: Subject) {
    let admin = subject.try_user("Root", Role::Administrator).await.unwrap();
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    subject.room("Rose Garden", &ann).await;
    subject.closed_room("Secret garden", &ann).await;
    subject
        .store
        .open_direct(chinwag_model::RoomId(Uuid::now_v7()), ann.id, vec![bob.id], None)
        .await
        .unwrap();
    let store = &subject.store;
    let names = async |text: Option<&str>| {
        let mut names = Vec::new();
        let mut after = None;
        loop {
            let page = store.room_list(admin.id, text.map(str::to_owned), after, 1).await.unwrap();
            names.extend(page.rooms.into_iter().map(|(room, _)| room.name));
            after = page.next;
            if after.is_none() {
                return names.join(", ");
            }
        }
    };
    assert_eq!(names(Some("garden")).await, "Rose Garden, Secret garden");
    let mut all: Vec<_> = names(None).await.split(", ").map(str::to_owned).collect();
    all.sort();
    assert_eq!(all, ["Rose Garden", "Secret garden", "lobby"]);
    assert_eq!(refused(store.room_list(ann.id, None, None, 5).await), Refusal::Forbidden);
}

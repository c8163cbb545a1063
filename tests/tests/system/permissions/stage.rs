//! A room for one case: of its kind, with the one who acts as what they are to be in it.

use chinwag_model::permission::Action;
use chinwag_model::{MemberRole, Role, RoomKind};
use chinwag_tests::api::Person;
use serde_json::json;

use super::cast::Cast;

/// The room, and what is in it.
pub(super) struct Stage {
    pub(super) room: String,
    /// A message of the one who acts, if they can have written one.
    pub(super) own: u64,
    /// A message of the host.
    pub(super) other: u64,
    /// To whom it is done.
    pub(super) target: String,
}

/// Whether a case can come about at all: guests are in open rooms alone and own none, and a direct conversation has no
/// owners.
pub(super) fn can_be(
    action: Action,
    kind: RoomKind,
    membership: Option<MemberRole>,
    role: Role,
    target: Role,
) -> bool {
    let guest_inside = role == Role::Guest
        && (membership == Some(MemberRole::Owner) || (kind != RoomKind::Open && membership.is_some()));
    let no_owners = kind == RoomKind::Direct && membership == Some(MemberRole::Owner);
    let guest_target = target == Role::Guest
        && (kind == RoomKind::Closed || matches!(action, Action::RemoveOwner | Action::UnmakeOwner));
    // To whom it is done in a direct conversation is its other person.
    let other_target = kind == RoomKind::Direct && target != Role::Member;
    !guest_inside && !no_owners && !guest_target && !other_target
}

impl Stage {
    /// Makes the room.
    pub(super) async fn set(
        cast: &mut Cast,
        kind: RoomKind,
        membership: Option<MemberRole>,
        role: Role,
        target: Role,
        action: Action,
    ) -> Self {
        if kind == RoomKind::Direct {
            return Self::direct(cast, membership, role).await;
        }
        let name = cast.fresh("room");
        let made = json!({"name": name, "kind": kind.as_str()});
        let made = cast.host.http.post("/api/v1/rooms", &made).await.expect(201);
        let room = made["room"]["id"].as_str().unwrap().to_owned();
        let other = cast.host.post(&room, "the host's").await;

        // Whoever is not to be in it was there once, and may have written something.
        let guest_outside = role == Role::Guest && kind == RoomKind::Closed;
        let mut own = other;
        if !guest_outside {
            let actor = cast.actor(role).id.clone();
            enter(cast, &room, kind, &actor, Who::Actor(role)).await;
            own = cast.actor(role).post(&room, "my own").await;
            match membership {
                None => leave(cast.actor(role), &room).await,
                Some(MemberRole::Member) => {}
                Some(MemberRole::Owner) => own_it(cast, &room, &actor).await,
            }
        }
        let target_id = cast.target(target).id.clone();
        match action {
            Action::Remove | Action::MakeOwner | Action::UnmakeOwner | Action::RemoveOwner => {
                enter(cast, &room, kind, &target_id, Who::Target(target)).await;
                if matches!(action, Action::RemoveOwner | Action::UnmakeOwner) {
                    own_it(cast, &room, &target_id).await;
                }
            }
            Action::MakeGuestOwner if kind == RoomKind::Open => {
                let guest = cast.target(Role::Guest).id.clone();
                enter(cast, &room, kind, &guest, Who::Target(Role::Guest)).await;
            }
            _ => {}
        }
        Self { room, own, other, target: target_id }
    }

    /// A conversation between the host and the one who acts or, if that is to be a stranger, somebody else.
    async fn direct(cast: &mut Cast, membership: Option<MemberRole>, role: Role) -> Self {
        let with = match membership {
            None => cast.target(Role::Member).id.clone(),
            Some(_) => cast.actor(role).id.clone(),
        };
        let opened = cast.host.http.post("/api/v1/direct", &json!({"people": [with]})).await.expect(200);
        let room = opened["room"]["id"].as_str().unwrap().to_owned();
        let other = cast.host.post(&room, "the host's").await;
        let own = if membership.is_some() { cast.actor(role).post(&room, "my own").await } else { other };
        Self { room, own, other, target: cast.host.id.clone() }
    }
}

impl Stage {
    /// The host leaves: there are only so many rooms that somebody may be in.
    pub(super) async fn strike(self, cast: &mut Cast) {
        cast.host.http.delete(&format!("/api/v1/rooms/{}/members/me", self.room)).await;
    }
}

/// Who comes in.
enum Who {
    Actor(Role),
    Target(Role),
}

/// By themselves where that is possible, else brought in by the host.
async fn enter(cast: &mut Cast, room: &str, kind: RoomKind, id: &str, who: Who) {
    if kind == RoomKind::Closed {
        let path = format!("/api/v1/rooms/{room}/members/{id}");
        cast.host.http.put(&path, &json!({})).await.expect(200);
        return;
    }
    let person = match who {
        Who::Actor(role) => cast.actor(role),
        Who::Target(role) => cast.target(role),
    };
    person.join(room).await;
}

async fn leave(person: &mut Person, room: &str) {
    person.http.delete(&format!("/api/v1/rooms/{room}/members/me")).await.expect(200);
}

async fn own_it(cast: &mut Cast, room: &str, id: &str) {
    let path = format!("/api/v1/rooms/{room}/members/{id}/role");
    cast.host.http.put(&path, &json!({"role": "owner"})).await.expect(200);
}

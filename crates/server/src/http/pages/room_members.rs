//! Who is in a room, and what its owners decide about it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::permission::{self, Action as Allowed, Case};
use chinwag_model::{Member, MemberRole, Refusal, Role, Room, RoomId, RoomKind, UserId, UserName};
use serde::Deserialize;

use super::form::done_or_again;
use super::frame::{Frame, SHOWN};
use super::notice::Notice;
use super::{page, retention, room_title};
use crate::accounts::now;
use crate::actions::{
    Action, Kept, Limit, RoomAdd, RoomLoad, RoomMembers, RoomRemove, RoomRename, RoomSetRetention,
    RoomSetRole,
};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Path, Query};

#[derive(Deserialize)]
pub(super) struct Shown {
    after: Option<UserId>,
    done: Option<String>,
}

/// What a form of this page asks for.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Order {
    Add { name: String },
    Remove { person: UserId },
    SetRole { person: UserId, role: MemberRole },
    Rename { name: String },
    SetRetention { days: String },
}

#[derive(Template)]
#[template(path = "room_members.html")]
struct MembersPage {
    frame: Frame,
    notice: Notice,
    room: Room,
    title: String,
    members: Vec<Member>,
    /// After whom the next page begins, if there is one.
    next: Option<UserId>,
    me: UserId,
    may_add: bool,
    may_remove: bool,
    may_remove_owners: bool,
    may_make_owners: bool,
    may_rename: bool,
    may_set_retention: bool,
    /// For how long the room keeps its messages, if not for ever.
    kept: Option<String>,
    /// What is filled in: whom to bring in, what to call the room, and for how many days it keeps its messages.
    add: String,
    name: String,
    days: String,
}

impl MembersPage {
    async fn load(
        app: &App,
        who: &Who,
        room: RoomId,
        after: Option<UserId>,
        notice: Notice,
    ) -> Result<Self, Error> {
        let loaded = RoomLoad { room, before: None, limit: Limit::of(1) }.run(app, who).await?;
        let page = RoomMembers { room, after, limit: Limit::of(SHOWN) }.run(app, who).await?;
        // Only what is of use is shown; the store decides.
        let case =
            Case::of(who.user.role, false).in_room(loaded.room.kind, Some(loaded.role)).upon(Role::Guest);
        let may = |action| permission::check(action, case).is_ok();
        let kept = loaded.room.retention;
        let chosen = kept.next.map(|next| next.days).or(kept.days);
        Ok(Self {
            frame: Frame::new(app, Some(who)),
            notice,
            title: room_title(&loaded.room, who),
            next: page.members.last().map(|member| member.person.id).filter(|_| page.more),
            members: page.members,
            may_add: may(Allowed::Add),
            me: who.user.id,
            may_remove: may(Allowed::Remove),
            may_remove_owners: may(Allowed::RemoveOwner),
            may_make_owners: may(Allowed::MakeOwner),
            may_rename: may(Allowed::Rename),
            may_set_retention: may(Allowed::SetRetention),
            kept: retention::rule(kept, now()),
            add: String::new(),
            name: loaded.room.name.clone(),
            days: chosen.map_or_else(String::new, |days| days.get().to_string()),
            room: loaded.room,
        })
    }

    /// Whether a button to give them the other role in the room is of use.
    fn may_be_set(&self, member: &Member) -> bool {
        let may =
            if member.role == MemberRole::Owner { self.may_remove_owners } else { self.may_make_owners };
        may && !member.person.guest
    }

    /// Whether a button to remove somebody is of use: oneself one leaves.
    fn may_be_removed(&self, member: &Member) -> bool {
        let may = if member.role == MemberRole::Owner { self.may_remove_owners } else { self.may_remove };
        may && member.person.id != self.me
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Query(Shown { after, done }): Query<Shown>,
) -> Result<Response, Error> {
    let notice = Notice::done(done.as_deref());
    Ok(page(&MembersPage::load(&app, &who, room, after, notice).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Form(order): Form<Order>,
) -> Result<Response, Error> {
    let done = carry_out(&app, &who, room, &order).await;
    let done = done.map(|done| format!("/rooms/{room}/members?done={done}"));
    let again = async |notice| {
        let page = MembersPage::load(&app, &who, room, None, notice).await?;
        Ok(match order {
            Order::Add { name: add } => MembersPage { add, ..page },
            Order::Rename { name } => MembersPage { name, ..page },
            Order::SetRetention { days } => MembersPage { days, ..page },
            Order::Remove { .. } | Order::SetRole { .. } => page,
        })
    };
    done_or_again(done, again).await
}

/// Answers what was done.
async fn carry_out(app: &App, who: &Who, room: RoomId, order: &Order) -> Result<&'static str, Error> {
    let nonce = None;
    match order {
        Order::Add { name } => {
            // Before anybody is looked up by name.
            permission::check(Allowed::SeePeople, Case::of(who.user.role, false))?;
            let known = app.store.credentials(&UserName::parse(name)?).await?;
            let user = known.ok_or(Refusal::UserUnknown)?.user.id;
            RoomAdd { room, user, nonce }.run(app, who).await?;
            Ok("added")
        }
        Order::Remove { person: user } => {
            RoomRemove { room, user: *user, nonce }.run(app, who).await?;
            Ok("removed")
        }
        Order::SetRole { person, role } => {
            RoomSetRole { room, user: *person, role: *role, nonce }.run(app, who).await?;
            Ok("room-role")
        }
        Order::Rename { name } => {
            RoomRename { room, name: name.clone(), nonce }.run(app, who).await?;
            Ok("renamed")
        }
        Order::SetRetention { days } => {
            let days = match days.trim() {
                "" => None,
                days => Some(days.parse().map_err(|_| Refusal::RetentionInvalid)?),
            };
            RoomSetRetention { room, kept: Kept { days, nonce } }.run(app, who).await?;
            Ok("retention")
        }
    }
}

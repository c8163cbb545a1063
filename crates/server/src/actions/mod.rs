//! What people do, one file per action. Sockets and HTTP call the same ones: a socket event's payload is the action
//! itself, an HTTP request is made into one.

mod account_delete;
mod account_password;
mod account_profile;
mod audit_list;
mod command_list;
mod direct_open;
mod identity;
mod invitation_list;
mod invitation_make;
mod invitation_revoke;
mod me_load;
mod message_delete;
mod message_edit;
mod message_send;
mod person_ban;
mod person_list;
mod person_load;
mod person_mute;
mod person_reset;
mod person_restore;
mod person_search;
mod person_set_role;
mod person_suspend;
mod person_take_second_factor;
mod presence_list;
mod room_add;
mod room_create;
mod room_join;
mod room_leave;
mod room_list;
mod room_load;
mod room_members;
mod room_remove;
mod room_rename;
mod room_search;
mod room_set_retention;
mod room_set_role;
mod second_factor;
mod session_end;
mod session_list;
mod settings_change;
mod settings_load;
mod sync;
mod token_list;
mod token_make;
mod token_revoke;
mod token_short;
mod workspace_load;

pub(crate) use account_delete::AccountDelete;
pub(crate) use account_password::AccountPassword;
pub(crate) use account_profile::{AccountProfile, Shown};
pub(crate) use audit_list::{AuditList, Entry};
pub(crate) use command_list::CommandList;
pub(crate) use direct_open::DirectOpen;
pub(crate) use identity::{IdentityList, IdentityUnlink, Linked as LinkedIdentity};
pub(crate) use invitation_list::{InvitationList, Listed as ListedInvitation};
pub(crate) use invitation_make::{INVITATION_HOURS, InvitationMake};
pub(crate) use invitation_revoke::InvitationRevoke;
pub(crate) use me_load::{MeLoad, MyRoom};
pub(crate) use message_delete::MessageDelete;
pub(crate) use message_edit::MessageEdit;
pub(crate) use message_send::{Answer as Sent, MessageSend};
pub(crate) use person_ban::PersonBan;
pub(crate) use person_list::{Group, Listing, PersonList};
pub(crate) use person_load::PersonLoad;
pub(crate) use person_mute::{FOREVER, PersonMute};
pub(crate) use person_reset::PersonReset;
pub(crate) use person_restore::PersonRestore;
pub(crate) use person_search::PersonSearch;
pub(crate) use person_set_role::PersonSetRole;
pub(crate) use person_suspend::PersonSuspend;
pub(crate) use person_take_second_factor::PersonTakeSecondFactor;
pub(crate) use presence_list::{PresenceList, people};
pub(crate) use room_add::RoomAdd;
pub(crate) use room_create::{NewKind, RoomCreate};
pub(crate) use room_join::RoomJoin;
pub(crate) use room_leave::RoomLeave;
pub(crate) use room_list::{Listed as ListedRoom, RoomList};
pub(crate) use room_load::RoomLoad;
pub(crate) use room_members::RoomMembers;
pub(crate) use room_remove::RoomRemove;
pub(crate) use room_rename::RoomRename;
pub(crate) use room_search::RoomSearch;
pub(crate) use room_set_retention::{Kept, RoomSetRetention};
pub(crate) use room_set_role::RoomSetRole;
pub(crate) use second_factor::{
    SecondFactorBegin, SecondFactorLoad, SecondFactorRemove, SecondFactorRenew, SecondFactorSet,
};
pub(crate) use session_end::SessionEnd;
pub(crate) use session_list::{Listed as ListedSession, SessionList};
pub(crate) use settings_change::SettingsChange;
pub(crate) use settings_load::SettingsLoad;
pub(crate) use sync::Sync;
pub(crate) use token_list::{Listed as ListedToken, TokenList};
pub(crate) use token_make::{TOKEN_DAYS, TokenMake};
pub(crate) use token_revoke::TokenRevoke;
pub(crate) use token_short::TokenShort;
pub(crate) use workspace_load::WorkspaceLoad;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_model::{Line, Nonce, Refusal, Rev, User, UserId};
use chinwag_store::{After, Decision, Once};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::accounts::settle;
use crate::app::{App, Needs, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Most things in a page.
pub(crate) const PAGE: usize = 100;
/// Things in a page if nothing else is asked for.
const PAGE_DEFAULT: usize = 50;

/// Something that people do.
pub(crate) trait Action: DeserializeOwned + Send + 'static {
    /// The socket event that asks for it.
    const EVENT: &'static str;
    /// By what somebody must be known to do it.
    const NEEDS: Needs;
    /// What it answers beside `ok`.
    type Answer: Serialize + Send + 'static;

    /// Does it, for whoever may by what they are known by. To be called by [`run`](Self::run) alone.
    fn act(self, app: &App, who: &Who) -> impl Future<Output = Result<Self::Answer, Error>> + Send;

    /// Does it. Here, for sockets, HTTP and pages alike, it is decided what a token is good for; what its owner may do is
    /// decided where it is done.
    fn run(self, app: &App, who: &Who) -> impl Future<Output = Result<Self::Answer, Error>> + Send {
        async move {
            who.may(Self::NEEDS)?;
            self.act(app, who).await
        }
    }
}

/// An answer as it is sent.
#[derive(Debug, Serialize)]
pub(crate) struct Success<T> {
    ok: bool,
    #[serde(flatten)]
    answer: T,
}

impl<T> Success<T> {
    /// All went well.
    pub(crate) fn new(answer: T) -> Self {
        Self { ok: true, answer }
    }
}

/// An answer that has nothing to say beside `ok`.
#[derive(Debug, Serialize)]
pub(crate) struct Nothing {}

/// A revision, for actions that answer where they took effect.
#[derive(Debug, Serialize)]
pub(crate) struct At {
    pub(crate) rev: Rev,
}

/// Who somebody is after something was decided about them.
#[derive(Debug, Serialize)]
pub(crate) struct Decided {
    pub(crate) user: User,
}

/// Decides about somebody, and lets everybody know what follows from it at once.
async fn decide(
    app: &App,
    who: &Who,
    user: UserId,
    decision: Decision,
    reason: &str,
) -> Result<Decided, Error> {
    let reason = Line::reason(reason)?;
    limits::take(app, Limited::Administration(who.user.id)).await?;
    let changed = app.store.decide(Some(who.user.id), user, decision.clone(), reason).await?;
    tracing::info!(by = %who.user.id, user = %user, ?decision, "it was decided about somebody");
    Ok(Decided { user: settle(app, changed).await })
}

/// Where a page of a list begins, as it is handed out and taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Place(After);

impl From<After> for Place {
    fn from(after: After) -> Self {
        Self(after)
    }
}

impl From<Place> for After {
    fn from(place: Place) -> Self {
        place.0
    }
}

impl From<Place> for String {
    fn from(Place(After { key, id }): Place) -> Self {
        format!("{}.{}", id.simple(), URL_SAFE_NO_PAD.encode(key))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from(self.clone()))
    }
}

impl TryFrom<String> for Place {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const BAD: &str = "a place in a list is what an earlier page has named as the next";
        let (id, key) = text.split_once('.').ok_or(BAD)?;
        let id = Uuid::try_parse(id).map_err(|_| BAD)?;
        let key = URL_SAFE_NO_PAD.decode(key).map_err(|_| BAD)?;
        let key = String::from_utf8(key).ok().filter(|key| !key.contains('\0')).ok_or(BAD)?;
        Ok(Self(After { key, id }))
    }
}

/// How many things a page has.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(try_from = "Option<i64>")]
pub(crate) struct Limit(Option<usize>);

impl TryFrom<Option<i64>> for Limit {
    type Error = &'static str;

    fn try_from(limit: Option<i64>) -> Result<Self, Self::Error> {
        match limit.map(usize::try_from).transpose() {
            Ok(limit) if limit != Some(0) => Ok(Self(limit)),
            _ => Err("a page has at least 1 thing"),
        }
    }
}

impl Limit {
    /// At most this many.
    pub(crate) fn of(limit: usize) -> Self {
        Self(Some(limit))
    }

    pub(crate) fn get(self) -> usize {
        self.0.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE)
    }
}

/// A client's own name for a command, where it gave one.
fn once(nonce: Option<String>, parts: &[&[u8]]) -> Result<Option<Once>, Refusal> {
    nonce.map(|nonce| Ok(Once::new(Nonce::parse(nonce)?, parts))).transpose()
}

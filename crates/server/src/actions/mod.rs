//! What people do, one file per action. Sockets and HTTP call the same ones: a socket event's payload is the action
//! itself, an HTTP request is made into one.

mod me_load;
mod message_delete;
mod message_edit;
mod message_send;
mod presence_list;
mod room_create;
mod room_join;
mod room_leave;
mod room_load;
mod room_members;
mod room_remove;
mod sync;
mod workspace_load;

pub(crate) use me_load::MeLoad;
pub(crate) use message_delete::MessageDelete;
pub(crate) use message_edit::MessageEdit;
pub(crate) use message_send::MessageSend;
pub(crate) use presence_list::{PresenceList, people};
pub(crate) use room_create::RoomCreate;
pub(crate) use room_join::RoomJoin;
pub(crate) use room_leave::RoomLeave;
pub(crate) use room_load::RoomLoad;
pub(crate) use room_members::RoomMembers;
pub(crate) use room_remove::RoomRemove;
pub(crate) use sync::Sync;
pub(crate) use workspace_load::WorkspaceLoad;

use chinwag_model::{Nonce, Refusal, Rev};
use chinwag_store::Once;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::{App, Who};
use crate::error::Error;

/// Most things in a page.
pub(crate) const PAGE: usize = 100;
/// Things in a page if nothing else is asked for.
const PAGE_DEFAULT: usize = 50;

/// Something that people do.
pub(crate) trait Action: DeserializeOwned + Send + 'static {
    /// The socket event that asks for it.
    const EVENT: &'static str;
    /// What it answers beside `ok`.
    type Answer: Serialize + Send + 'static;

    /// Does it.
    fn run(self, app: &App, who: &Who) -> impl Future<Output = Result<Self::Answer, Error>> + Send;
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

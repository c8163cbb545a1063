//! Who did what.

use chinwag_model::{Millis, RoomId, Scope, UserId};
use chinwag_store::AuditEntry;
use serde::{Deserialize, Serialize};

use super::{Action, Limit, Needs};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Loads a page of the audit log, the newest first.
#[derive(Deserialize)]
pub(crate) struct AuditList {
    /// Only of this person: what they did, and what was done to them.
    pub(crate) about: Option<UserId>,
    pub(crate) before: Option<u64>,
    #[serde(default)]
    pub(crate) limit: Limit,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) entries: Vec<Entry>,
    pub(crate) more: bool,
}

#[derive(Serialize)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) at: Millis,
    /// `null`: somebody at the command line.
    pub(crate) actor: Option<Named<UserId>>,
    pub(crate) action: String,
    pub(crate) target: Option<Named<UserId>>,
    pub(crate) room: Option<Named<RoomId>>,
    pub(crate) detail: String,
}

#[derive(Serialize)]
pub(crate) struct Named<Id> {
    pub(crate) id: Id,
    pub(crate) name: String,
}

impl<Id> From<(Id, String)> for Named<Id> {
    fn from((id, name): (Id, String)) -> Self {
        Self { id, name }
    }
}

impl From<AuditEntry> for Entry {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, actor, action, target, room, detail } = entry;
        Self {
            id,
            at,
            actor: actor.map(Into::into),
            action,
            target: target.map(Into::into),
            room: room.map(Into::into),
            detail,
        }
    }
}

impl Action for AuditList {
    const EVENT: &'static str = "audit:list";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        limits::take(app, Limited::Search(who.user.id)).await?;
        let limit = self.limit.get();
        let mut found = app.store.audit(who.user.id, self.about, self.before, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok(Answer { entries: found.into_iter().map(Into::into).collect(), more })
    }
}

//! Commands: what each does, one subject per file, whatever database it is done in.
//!
//! A command names what it [locks](Locks) and is then carried out within a [`Batch`], which knows who may do what, gives
//! revisions, and gathers what the feed is to tell. A back end brings the [`Transaction`].

mod audit;
mod batch;
mod create_room;
mod create_user;
mod decide;
mod delete;
mod direct;
mod edit;
mod identity;
mod invitation;
mod jobs;
mod locks;
mod maintain;
mod membership;
mod nodes;
mod nonce;
mod password;
mod pending;
mod profile;
mod proof;
mod purge;
mod retention;
mod retire;
mod room_rules;
mod search;
mod second_factor;
mod session;
mod settings;
mod sweep;
mod thumbnail;
mod token;
mod transaction;

use std::time::SystemTime;

use chinwag_model::Millis;

pub(crate) use batch::{Batch, Installation, Memory};
pub(crate) use create_room::CreateRoom;
pub(crate) use create_user::CreateUser;
pub(crate) use decide::Decide;
pub(crate) use delete::Delete;
pub(crate) use direct::OpenDirect;
pub(crate) use edit::EditMessage;
pub(crate) use identity::{LinkIdentity, UnlinkIdentity};
pub(crate) use invitation::{MakeInvitation, RevokeInvitation};
pub(crate) use jobs::{
    AskFor, DropJob, Due, ExtendLease, FailJob, FinishJob, LeaseJobs, PutBackJob, RetryJob, TakeJobs,
};
pub(crate) use locks::Locks;
pub(crate) use maintain::{maintain, pause};
pub(crate) use membership::{Add, Join, Leave, Remove};
pub(crate) use nodes::{EnterNode, LeaveNode};
pub(crate) use nonce::{Entry, NonceKey};
pub(crate) use password::{ChangePassword, MakeReset, ResetPassword, SetPassword};
pub(crate) use pending::{BeginPending, TakePending, TryPending};
pub(crate) use profile::{ChangeProfile, SetAvatar};
pub(crate) use purge::Purge;
pub(crate) use retention::SetRetention;
pub(crate) use retire::DeleteAccount;
pub(crate) use room_rules::{RenameRoom, SetRoomRole};
pub(crate) use search::indexed;
pub(crate) use second_factor::{RemoveSecondFactor, RenewRecoveryCodes, SetSecondFactor, TakeSecondFactor};
pub(crate) use session::{CreateSession, EndSession, EndSessions, SweepSessions, UseSession};
pub(crate) use settings::{ChangeSettings, KEY as SETTINGS};
pub(crate) use sweep::{Step, Sweep};
pub(crate) use thumbnail::KeepThumbnail;
pub(crate) use token::{MakeToken, RenewSigningKey, RevokeToken};
pub(crate) use transaction::{Counter, Target, Transaction};

use crate::database::{Database, DatabaseError, Failed};

/// Something that changes what is stored.
pub(crate) trait Command: Clone + Send + 'static {
    /// What it answers once it is on disk.
    type Answer: Send + 'static;

    /// What it holds still. What must be looked up for that is looked up again once it is locked.
    ///
    /// # Errors
    /// The database could not be asked.
    fn locks(&self, database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError>;

    /// Does it. What a refused or failed command did is undone by whoever carries it out.
    ///
    /// # Errors
    /// It may not be, or could not be.
    fn execute(self, batch: &mut Batch<'_>) -> Result<Self::Answer, Failed>;
}

/// Milliseconds since 1970 on this machine's clock.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

//! The workspace: invitations, settings, and who did what.

use async_trait::async_trait;
use chinwag_model::{Line, Millis, Room, RoomId, SessionKey, UserId, WorkspaceSettings};
use uuid::Uuid;

use super::After;
use crate::Result;

/// Most uses of one invitation.
pub const INVITATION_USES: u32 = 10_000;

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Fresh.
    pub id: Uuid,
    /// What it will be known by.
    pub key: SessionKey,
    /// What it is for.
    pub note: Line,
    /// Until when it is good.
    pub expires_at: Millis,
    /// How many accounts may be made with it, at most [`INVITATION_USES`].
    pub most_uses: u32,
}

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Names it.
    pub id: Uuid,
    /// The name of who made it.
    pub maker: String,
    /// What it is for.
    pub note: String,
    /// When it was made.
    pub at: Millis,
    /// Until when it is good.
    pub expires_at: Millis,
    /// How many accounts were made with it.
    pub uses: u32,
    /// How many may be.
    pub most_uses: u32,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Millis>,
}

impl Invitation {
    /// Whether an account can be made with it at this time.
    pub fn is_good(&self, now: Millis) -> bool {
        self.revoked_at.is_none() && self.uses < self.most_uses && self.expires_at > now
    }
}

/// Something that somebody did.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// Counts up.
    pub id: u64,
    /// When.
    pub at: Millis,
    /// Who, with their present name; nobody if it was an operator at the command line.
    pub actor: Option<(UserId, String)>,
    /// What: a stable word.
    pub action: String,
    /// To whom, with their present name.
    pub target: Option<(UserId, String)>,
    /// Where, with its present name.
    pub room: Option<(RoomId, String)>,
    /// More about it.
    pub detail: String,
}

/// A page of rooms, by name.
#[derive(Clone, Debug)]
pub struct RoomList {
    /// With how many members each has.
    pub rooms: Vec<(Room, u64)>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
}

/// The workspace.
#[async_trait]
pub trait WorkspaceRules {
    /// Makes an invitation.
    ///
    /// # Errors
    /// `forbidden`.
    async fn make_invitation(&self, by: UserId, invitation: NewInvitation) -> Result<()>;

    /// Invitations, the newest first, before `before`, at most `limit`.
    ///
    /// # Errors
    /// `forbidden`.
    async fn invitations(&self, by: UserId, before: Option<Uuid>, limit: usize) -> Result<Vec<Invitation>>;

    /// Revokes an invitation. Revoking again is the same.
    ///
    /// # Errors
    /// `forbidden`, `invitation_unknown`.
    async fn revoke_invitation(&self, by: UserId, id: Uuid) -> Result<()>;

    /// The invitation with this key, good or not.
    async fn invitation(&self, key: SessionKey) -> Result<Option<Invitation>>;

    /// What administrators have decided.
    async fn settings(&self) -> Result<WorkspaceSettings>;

    /// Decides. `by` nobody: an operator.
    ///
    /// # Errors
    /// `forbidden`.
    async fn change_settings(&self, by: Option<UserId>, settings: WorkspaceSettings) -> Result<()>;

    /// Whether somebody may see the settings.
    ///
    /// # Errors
    /// `forbidden`.
    async fn may_see_settings(&self, by: UserId) -> Result<()>;

    /// Who did what, the newest first, before `before`, at most `limit`; of one person, as the one who did it or to whom it
    /// was done, if `about` says so.
    ///
    /// # Errors
    /// `forbidden`.
    async fn audit(
        &self,
        by: UserId,
        about: Option<UserId>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>>;

    /// Open and closed rooms by name, or with a word in their name that begins with `text`, folded by
    /// [`search_key`](chinwag_model::name::search_key).
    ///
    /// # Errors
    /// `forbidden`.
    async fn room_list(
        &self,
        by: UserId,
        text: Option<String>,
        after: Option<After>,
        limit: usize,
    ) -> Result<RoomList>;
}

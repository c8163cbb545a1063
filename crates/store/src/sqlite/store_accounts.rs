//! The store's accounts, sessions, people and workspace: which command or question is which.

use async_trait::async_trait;
use chinwag_model::permission::Action;
use chinwag_model::{Line, Rev, RoomId, SessionKey, User, UserId, UserName, WorkspaceSettings};
use uuid::Uuid;

use super::read;
use super::store::SqliteStore;
use super::write;
use super::writer::now;
use crate::{
    Account, AccountPage, Accounts, After, AuditEntry, Changed, Credentials, Decision, Invitation, Listed,
    ListedSession, NewInvitation, NewReset, NewSession, NewUser, OwnMessage, People, Profile, Result,
    RoomList, Session, Sessions, Use, Which, WorkspaceRules,
};

#[async_trait]
impl Accounts for SqliteStore {
    async fn create_user(&self, user: NewUser) -> Result<User> {
        self.carry_out(write::CreateUser(user)).await
    }

    async fn credentials(&self, name: &UserName) -> Result<Option<Credentials>> {
        let name = name.clone();
        self.ask(move |connection| read::credentials(connection, &name)).await
    }

    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>> {
        self.ask(move |connection| read::credentials_of(connection, user)).await
    }

    async fn has_administrator(&self) -> Result<bool> {
        self.ask(read::has_administrator).await
    }

    async fn change_password(
        &self,
        user: UserId,
        verified: String,
        password_hash: String,
        keep: SessionKey,
    ) -> Result<Option<Changed>> {
        self.carry_out(write::ChangePassword { user, verified, password_hash, keep }).await
    }

    async fn set_password(&self, user: UserId, password_hash: String) -> Result<Changed> {
        self.carry_out(write::SetPassword { user, password_hash }).await
    }

    async fn delete_account(
        &self,
        user: UserId,
        verified: String,
        remove_messages: bool,
    ) -> Result<Option<Changed>> {
        let deleted = self.carry_out(write::DeleteAccount { user, verified, remove_messages }).await;
        self.maintenance_is_due();
        deleted
    }
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn create_session(
        &self,
        user: UserId,
        verified: String,
        fresh: Option<String>,
        session: NewSession,
    ) -> Result<Option<Vec<SessionKey>>> {
        self.carry_out(write::CreateSession { user, verified, fresh, session }).await
    }

    async fn session(&self, key: SessionKey) -> Result<Option<Session>> {
        self.ask(move |connection| read::session(connection, key, now())).await
    }

    async fn use_session(&self, used: Use) -> Result<bool> {
        self.carry_out(write::UseSession(used)).await
    }

    async fn end_session(&self, key: SessionKey) -> Result<Option<Changed>> {
        self.carry_out(write::EndSession(key)).await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<ListedSession>> {
        self.ask(move |connection| read::sessions(connection, user, now())).await
    }

    async fn end_sessions(&self, user: UserId, which: Which) -> Result<Vec<SessionKey>> {
        self.carry_out(write::EndSessions { user, which }).await
    }

    async fn sweep_sessions(&self) -> Result<Vec<SessionKey>> {
        if self.ask(|connection| read::any_session_over(connection, now())).await? {
            self.carry_out(write::SweepSessions).await
        } else {
            Ok(Vec::new())
        }
    }
}

#[async_trait]
impl People for SqliteStore {
    async fn change_profile(&self, user: UserId, profile: Profile) -> Result<Changed> {
        self.carry_out(write::ChangeProfile { user, profile }).await
    }

    async fn set_avatar(&self, user: UserId, png: Option<Vec<u8>>) -> Result<Changed> {
        self.carry_out(write::SetAvatar { user, png }).await
    }

    async fn avatar(&self, user: UserId) -> Result<Option<(u32, Vec<u8>)>> {
        self.ask(move |connection| read::avatar(connection, user)).await
    }

    async fn person(&self, user: UserId) -> Result<Option<User>> {
        self.ask(move |connection| read::person(connection, user)).await
    }

    async fn search_people(&self, by: UserId, text: &str, limit: usize) -> Result<Vec<User>> {
        let text = text.to_owned();
        self.ask(move |connection| read::search_people(connection, by, &text, limit)).await
    }

    async fn accounts(
        &self,
        by: Option<UserId>,
        listed: Listed,
        after: Option<After>,
        limit: usize,
    ) -> Result<AccountPage> {
        self.ask(move |connection| read::accounts(connection, by, &listed, after, limit)).await
    }

    async fn account(&self, by: Option<UserId>, user: UserId) -> Result<Account> {
        self.ask(move |connection| read::account(connection, by, user)).await
    }

    async fn decide(
        &self,
        by: Option<UserId>,
        user: UserId,
        decision: Decision,
        reason: Line,
    ) -> Result<Changed> {
        let decided = self.carry_out(write::Decide { by, user, decision, reason }).await;
        self.maintenance_is_due();
        decided
    }

    async fn make_reset(&self, by: Option<UserId>, reset: NewReset) -> Result<User> {
        self.carry_out(write::MakeReset { by, reset }).await
    }

    async fn reset(&self, key: SessionKey) -> Result<Option<User>> {
        self.ask(move |connection| read::reset(connection, key, now())).await
    }

    async fn reset_password(
        &self,
        key: SessionKey,
        password_hash: String,
        session: NewSession,
    ) -> Result<Changed> {
        self.carry_out(write::ResetPassword { key, password_hash, session }).await
    }

    async fn own_messages(
        &self,
        user: UserId,
        after: Option<(RoomId, Rev)>,
        limit: usize,
    ) -> Result<Vec<OwnMessage>> {
        self.ask(move |connection| read::own_messages(connection, user, after, limit)).await
    }
}

#[async_trait]
impl WorkspaceRules for SqliteStore {
    async fn make_invitation(&self, by: UserId, invitation: NewInvitation) -> Result<()> {
        self.carry_out(write::MakeInvitation { by, invitation }).await
    }

    async fn invitations(&self, by: UserId, before: Option<Uuid>, limit: usize) -> Result<Vec<Invitation>> {
        self.ask(move |connection| read::invitations(connection, by, before, limit)).await
    }

    async fn revoke_invitation(&self, by: UserId, id: Uuid) -> Result<()> {
        self.carry_out(write::RevokeInvitation { by, id }).await
    }

    async fn invitation(&self, key: SessionKey) -> Result<Option<Invitation>> {
        self.ask(move |connection| read::invitation(connection, key)).await
    }

    async fn settings(&self) -> Result<WorkspaceSettings> {
        self.ask(read::settings).await
    }

    async fn change_settings(&self, by: Option<UserId>, settings: WorkspaceSettings) -> Result<()> {
        self.carry_out(write::ChangeSettings { by, settings }).await
    }

    async fn may_see_settings(&self, by: UserId) -> Result<()> {
        self.ask(move |connection| read::permit(connection, Action::Settings, Some(by))).await
    }

    async fn audit(
        &self,
        by: UserId,
        about: Option<UserId>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>> {
        self.ask(move |connection| read::audit(connection, by, about, before, limit)).await
    }

    async fn room_list(
        &self,
        by: UserId,
        text: Option<String>,
        after: Option<After>,
        limit: usize,
    ) -> Result<RoomList> {
        self.ask(move |connection| read::room_list(connection, by, text.as_deref(), after, limit)).await
    }
}

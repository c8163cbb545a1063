//! The contract, kept by whatever carries out commands and answers questions: which command or question is which.

mod jobs;
mod nodes;
mod sessions;
mod upkeep;

use async_trait::async_trait;
use chinwag_model::permission::Action;
use chinwag_model::{
    Days, Line, MemberRole, Rev, RoomId, RoomName, SessionKey, User, UserId, UserName, WorkspaceSettings,
};
use uuid::Uuid;

use crate::commands::{self, Command, Installation, now};
use crate::database::{Database, Failed};
use crate::places::fills_chunk;
use crate::questions;
use crate::{
    Account, AccountPage, Accounts, After, AuditEntry, Changed, Confirmation, Credentials, Decision, Edit,
    Found, InRoom, Invitation, Listed, Me, Members, Messages, NewInvitation, NewReset, NewRoom, NewSession,
    NewUser, Once, OwnMessage, PasswordReset, People, Post, Posted, Profile, Result, RoomList, RoomPage,
    Rooms, Search, SessionNews, Workspace, WorkspaceRules,
};

/// What carries out commands and answers questions.
pub(crate) trait BackEnd: Send + Sync + 'static {
    /// What is true of the whole installation.
    fn installation(&self) -> Installation;

    /// Carries out a command, whether or not anybody waits for the answer.
    fn carry_out<C: Command>(&self, command: C) -> impl Future<Output = Result<C::Answer>> + Send;

    /// Answers a question from one snapshot.
    fn ask<T, F>(&self, question: F) -> impl Future<Output = Result<T>> + Send
    where
        T: Send + 'static,
        F: FnOnce(&dyn Database) -> std::result::Result<T, Failed> + Send + 'static,
    {
        self.ask_of_installation(|database, _| question(database))
    }

    /// The same, with what is true of the installation in that snapshot: its epoch belongs to the revisions there.
    fn ask_of_installation<T, F>(&self, question: F) -> impl Future<Output = Result<T>> + Send
    where
        T: Send + 'static,
        F: FnOnce(&dyn Database, Installation) -> std::result::Result<T, Failed> + Send + 'static;

    /// Posts a message.
    fn write_post(&self, post: Post) -> impl Future<Output = Result<Posted>> + Send;

    /// Answers with a page of a room.
    fn read_room_page(
        &self,
        room: RoomId,
        user: UserId,
        before: Option<Rev>,
        limit: usize,
    ) -> impl Future<Output = Result<RoomPage>> + Send {
        self.ask_of_installation(move |database, installation| {
            questions::room_page(database, installation, room, user, before, limit)
        })
    }

    /// What became of sessions on other nodes.
    fn read_session_news(&self) -> impl Future<Output = Result<SessionNews>> + Send {
        std::future::ready(Ok(SessionNews::default()))
    }

    /// Lets maintenance begin at once with what a command has left to it.
    fn maintenance_is_due(&self);
}

#[async_trait]
impl<B: BackEnd> Accounts for B {
    async fn create_user(&self, user: NewUser) -> Result<User> {
        self.carry_out(commands::CreateUser(user)).await
    }

    async fn credentials(&self, name: &UserName) -> Result<Option<Credentials>> {
        let name = name.clone();
        self.ask(move |database| questions::credentials(database, &name)).await
    }

    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>> {
        self.ask(move |database| questions::credentials_of(database, user)).await
    }

    async fn has_administrator(&self) -> Result<bool> {
        self.ask(|database| questions::has_administrator(database)).await
    }

    async fn change_password(
        &self,
        user: UserId,
        confirmation: Confirmation,
        password_hash: String,
        keep: SessionKey,
    ) -> Result<Option<Changed>> {
        self.carry_out(commands::ChangePassword { user, confirmation, password_hash, keep }).await
    }

    async fn set_password(&self, user: UserId, password_hash: String) -> Result<Changed> {
        self.carry_out(commands::SetPassword { user, password_hash }).await
    }

    async fn delete_account(
        &self,
        user: UserId,
        confirmation: Confirmation,
        remove_messages: bool,
    ) -> Result<Option<Changed>> {
        let deleted = self.carry_out(commands::DeleteAccount { user, confirmation, remove_messages }).await;
        self.maintenance_is_due();
        deleted
    }
}

#[async_trait]
impl<B: BackEnd> People for B {
    async fn change_profile(&self, user: UserId, profile: Profile) -> Result<Changed> {
        self.carry_out(commands::ChangeProfile { user, profile }).await
    }

    async fn set_avatar(&self, user: UserId, png: Option<Vec<u8>>) -> Result<Changed> {
        self.carry_out(commands::SetAvatar { user, png }).await
    }

    async fn avatar(&self, user: UserId) -> Result<Option<(u32, Vec<u8>)>> {
        self.ask(move |database| questions::avatar(database, user)).await
    }

    async fn thumbnail(&self, user: UserId) -> Result<Option<(u32, Vec<u8>)>> {
        self.ask(move |database| questions::thumbnail(database, user)).await
    }

    async fn person(&self, user: UserId) -> Result<Option<User>> {
        self.ask(move |database| Ok(questions::person(database, user)?)).await
    }

    async fn search_people(&self, by: UserId, text: &str, limit: usize) -> Result<Vec<User>> {
        let text = text.to_owned();
        self.ask(move |database| questions::search_people(database, by, &text, limit)).await
    }

    async fn accounts(
        &self,
        by: Option<UserId>,
        listed: Listed,
        after: Option<After>,
        limit: usize,
    ) -> Result<AccountPage> {
        self.ask(move |database| questions::accounts(database, by, &listed, after, limit)).await
    }

    async fn account(&self, by: Option<UserId>, user: UserId) -> Result<Account> {
        self.ask(move |database| questions::account(database, by, user)).await
    }

    async fn decide(
        &self,
        by: Option<UserId>,
        user: UserId,
        decision: Decision,
        reason: Line,
    ) -> Result<Changed> {
        let decided = self.carry_out(commands::Decide { by, user, decision, reason }).await;
        self.maintenance_is_due();
        decided
    }

    async fn make_reset(&self, by: Option<UserId>, reset: NewReset) -> Result<User> {
        self.carry_out(commands::MakeReset { by, reset }).await
    }

    async fn reset(&self, key: SessionKey) -> Result<Option<User>> {
        self.ask(move |database| questions::reset(database, key, now())).await
    }

    async fn reset_password(
        &self,
        key: SessionKey,
        password_hash: String,
        session: NewSession,
    ) -> Result<PasswordReset> {
        self.carry_out(commands::ResetPassword { key, password_hash, session }).await
    }

    async fn own_messages(
        &self,
        user: UserId,
        after: Option<(RoomId, Rev)>,
        limit: usize,
    ) -> Result<Vec<OwnMessage>> {
        self.ask(move |database| questions::own_messages(database, user, after, limit)).await
    }
}

#[async_trait]
impl<B: BackEnd> WorkspaceRules for B {
    async fn make_invitation(&self, by: UserId, invitation: NewInvitation) -> Result<()> {
        self.carry_out(commands::MakeInvitation { by, invitation }).await
    }

    async fn invitations(&self, by: UserId, before: Option<Uuid>, limit: usize) -> Result<Vec<Invitation>> {
        self.ask(move |database| questions::invitations(database, by, before, limit)).await
    }

    async fn revoke_invitation(&self, by: UserId, id: Uuid) -> Result<()> {
        self.carry_out(commands::RevokeInvitation { by, id }).await
    }

    async fn invitation(&self, key: SessionKey) -> Result<Option<Invitation>> {
        self.ask(move |database| questions::invitation(database, key)).await
    }

    async fn settings(&self) -> Result<WorkspaceSettings> {
        self.ask(|database| questions::settings(database)).await
    }

    async fn change_settings(&self, by: Option<UserId>, settings: WorkspaceSettings) -> Result<()> {
        self.carry_out(commands::ChangeSettings { by, settings }).await
    }

    async fn may_see_settings(&self, by: UserId) -> Result<()> {
        self.ask(move |database| questions::permit(database, Action::Settings, Some(by))).await
    }

    async fn audit(
        &self,
        by: UserId,
        about: Option<UserId>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>> {
        self.ask(move |database| questions::audit(database, by, about, before, limit)).await
    }

    async fn room_list(
        &self,
        by: UserId,
        text: Option<String>,
        after: Option<After>,
        limit: usize,
    ) -> Result<RoomList> {
        self.ask(move |database| questions::room_list(database, by, text.as_deref(), after, limit)).await
    }
}

#[async_trait]
impl<B: BackEnd> Rooms for B {
    async fn create_room(&self, room: NewRoom, once: Option<Once>) -> Result<InRoom> {
        self.carry_out(commands::CreateRoom { room, once }).await
    }

    async fn open_direct(
        &self,
        fresh: RoomId,
        user: UserId,
        others: Vec<UserId>,
        once: Option<Once>,
    ) -> Result<InRoom> {
        self.carry_out(commands::OpenDirect { fresh, user, others, once }).await
    }

    async fn join(&self, room: RoomId, user: UserId, once: Option<Once>) -> Result<InRoom> {
        self.carry_out(commands::Join { room, user, once }).await
    }

    async fn leave(&self, room: RoomId, user: UserId, once: Option<Once>) -> Result<Rev> {
        self.carry_out(commands::Leave { room, user, once }).await
    }

    async fn remove(&self, room: RoomId, user: UserId, by: UserId, once: Option<Once>) -> Result<Rev> {
        self.carry_out(commands::Remove { room, user, by, once }).await
    }

    async fn add(&self, room: RoomId, user: UserId, by: UserId, once: Option<Once>) -> Result<Rev> {
        self.carry_out(commands::Add { room, user, by, once }).await
    }

    async fn set_room_role(
        &self,
        room: RoomId,
        user: UserId,
        role: MemberRole,
        by: UserId,
        once: Option<Once>,
    ) -> Result<Rev> {
        self.carry_out(commands::SetRoomRole { room, user, role, by, once }).await
    }

    async fn rename_room(&self, room: RoomId, name: RoomName, by: UserId, once: Option<Once>) -> Result<Rev> {
        self.carry_out(commands::RenameRoom { room, name, by, once }).await
    }

    async fn set_retention(
        &self,
        room: RoomId,
        days: Option<Days>,
        by: UserId,
        once: Option<Once>,
    ) -> Result<Rev> {
        self.carry_out(commands::SetRetention { room, days, by, once }).await
    }

    async fn me(&self, user: UserId) -> Result<Me> {
        self.ask_of_installation(move |database, installation| questions::me(database, installation, user))
            .await
    }

    async fn workspace_page(&self, user: UserId, after: Option<RoomId>, limit: usize) -> Result<Workspace> {
        self.ask_of_installation(move |database, installation| {
            questions::workspace_page(database, installation, user, after, limit)
        })
        .await
    }

    async fn room_page(
        &self,
        room: RoomId,
        user: UserId,
        before: Option<Rev>,
        limit: usize,
    ) -> Result<RoomPage> {
        self.read_room_page(room, user, before, limit).await
    }

    async fn members(
        &self,
        room: RoomId,
        user: UserId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Members> {
        self.ask(move |database| questions::members(database, room, user, after, limit)).await
    }
}

#[async_trait]
impl<B: BackEnd> Messages for B {
    async fn post(&self, post: Post) -> Result<Posted> {
        let posted = self.write_post(post).await?;
        if fills_chunk(posted.seq.previous(), posted.seq) {
            self.maintenance_is_due();
        }
        Ok(posted)
    }

    async fn edit(&self, edit: Edit, once: Option<Once>) -> Result<Rev> {
        self.carry_out(commands::EditMessage { edit, once }).await
    }

    async fn delete(&self, room: RoomId, seq: Rev, by: UserId, once: Option<Once>) -> Result<Rev> {
        self.carry_out(commands::Delete { room, seq, by, once }).await
    }

    async fn search(&self, search: Search) -> Result<Found> {
        self.ask(move |database| questions::search(database, &search)).await
    }
}

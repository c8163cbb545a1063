//! Who acts, and whether they may: decided in the transaction, from what is true in it.

use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{MemberRole, Refusal, Role, RoomId, RoomKind, User, UserId};
use rusqlite::OptionalExtension;

use super::{Account, Batch, Changed};
use crate::sqlite::rows::{self, Id, room_columns, user_columns};
use crate::sqlite::writer::WriteError;

impl Batch<'_> {
    /// Somebody's account, as it is now.
    pub(in crate::sqlite::write) fn account(&mut self, id: UserId) -> Result<Account, WriteError> {
        if let Some(account) = self.memory.people.get(&id) {
            return Ok(account.clone());
        }
        let account = self
            .sql(concat!("SELECT ", user_columns!("user"), ", user.muted_until FROM user WHERE id = ?"))?
            .query_row([Id(id.0)], |row| {
                Ok(Account {
                    user: rows::user(row, 0)?,
                    standing: rows::standing(row, rows::USER_COLUMNS - 1)?,
                    muted_until: rows::millis(row, rows::USER_COLUMNS)?,
                })
            })
            .optional()?
            .ok_or(Refusal::UserUnknown)?;
        self.memory.people.insert(id, account.clone());
        Ok(account)
    }

    /// Somebody who wants to do something.
    pub(in crate::sqlite::write) fn actor(&mut self, id: UserId) -> Result<Account, WriteError> {
        Ok(self.account(id)?.may_act()?)
    }

    /// To be called by whatever changes an account.
    pub(in crate::sqlite::write) fn person_changes(&mut self, id: UserId) {
        self.memory.people.remove(&id);
        self.changed.push(Changed::Person(id));
    }

    /// Somebody's role in a room, if they are in it.
    pub(in crate::sqlite::write) fn membership(
        &mut self,
        room: RoomId,
        user: UserId,
    ) -> rusqlite::Result<Option<MemberRole>> {
        if let Some(role) = self.memory.members.get(&(room, user)) {
            return Ok(Some(*role));
        }
        let role = self
            .sql("SELECT role FROM member WHERE room = ? AND user = ?")?
            .query_row([Id(room.0), Id(user.0)], |row| rows::member_role(row, 0))
            .optional()?;
        if let Some(role) = role {
            self.memory.members.insert((room, user), role);
        }
        Ok(role)
    }

    /// To be called by whatever changes a membership.
    pub(in crate::sqlite::write) fn membership_changes(&mut self, room: RoomId, user: UserId) {
        self.memory.members.remove(&(room, user));
        self.touched.push((room, user));
    }

    /// Refuses what somebody may not do in a room, and a room that does not exist. Answers who they are.
    pub(in crate::sqlite::write) fn permit(
        &mut self,
        action: Action,
        room: RoomId,
        user: UserId,
    ) -> Result<User, WriteError> {
        self.permit_upon(action, room, user, None)
    }

    /// The same, of what is done to somebody with this role in the workspace.
    pub(in crate::sqlite::write) fn permit_upon(
        &mut self,
        action: Action,
        room: RoomId,
        user: UserId,
        target: Option<Role>,
    ) -> Result<User, WriteError> {
        let actor = self.actor(user)?;
        let kind = self.kind(room)?;
        let membership = self.membership(room, user)?;
        let case = Case::of(actor.user.role, actor.is_muted(self.now)).in_room(kind, membership);
        permission::check(action, Case { target, ..case })?;
        Ok(actor.user)
    }

    /// Refuses what somebody may not do in the workspace. Answers who they are.
    pub(in crate::sqlite::write) fn permit_anywhere(
        &mut self,
        action: Action,
        user: UserId,
        target: Option<Role>,
    ) -> Result<User, WriteError> {
        let actor = self.actor(user)?;
        permission::check(action, Case { target, ..Case::of(actor.user.role, actor.is_muted(self.now)) })?;
        Ok(actor.user)
    }

    fn kind(&mut self, room: RoomId) -> Result<RoomKind, WriteError> {
        if let Some(kind) = self.memory.kinds.get(&room) {
            return Ok(*kind);
        }
        let kind = self
            .sql("SELECT kind FROM room WHERE id = ?")?
            .query_row([Id(room.0)], |row| rows::room_kind(row, 0))
            .optional()?
            .ok_or(Refusal::RoomUnknown)?;
        self.memory.kinds.insert(room, kind);
        // It may have been made by the command in hand.
        self.changed.push(Changed::Room(room));
        Ok(kind)
    }

    /// A room's data.
    pub(in crate::sqlite::write) fn room(&self, room: RoomId) -> Result<chinwag_model::Room, WriteError> {
        self.sql(concat!("SELECT ", room_columns!(), " FROM room WHERE id = ?"))?
            .query_row([Id(room.0)], |row| rows::room(self.connection, row))
            .optional()?
            .ok_or(WriteError::Refused(Refusal::RoomUnknown))
    }
}

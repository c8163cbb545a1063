//! Who acts, and whether they may: decided in the transaction, from what is true in it.

use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{MemberRole, Refusal, Role, RoomId, RoomKind, User, UserId};

use super::{Account, Batch, Changed};
use crate::database::{DatabaseError, Failed, parameters};
use crate::rows::{self, room_columns, user_columns};

impl Batch<'_> {
    /// Somebody's account, as it is now.
    pub(crate) fn account(&mut self, id: UserId) -> Result<Account, Failed> {
        if let Some(account) = self.memory.people.get(&id) {
            return Ok(account.clone());
        }
        let account = self
            .first(
                concat!("SELECT ", user_columns!(), r#", "user".muted_until FROM "user" WHERE id = $1"#),
                parameters![id],
                |row| {
                    Ok(Account {
                        user: rows::user(row)?,
                        standing: rows::user_standing(row)?,
                        muted_until: row.get(rows::USER_COLUMNS)?,
                    })
                },
            )?
            .ok_or(Refusal::UserUnknown)?;
        self.memory.people.insert(id, account.clone());
        Ok(account)
    }

    /// Somebody who wants to do something.
    pub(crate) fn actor(&mut self, id: UserId) -> Result<Account, Failed> {
        Ok(self.account(id)?.may_act()?)
    }

    /// To be called by whatever changes an account.
    pub(crate) fn person_changes(&mut self, id: UserId) {
        self.memory.people.remove(&id);
        self.changed.push(Changed::Person(id));
    }

    /// Somebody's role in a room, if they are in it.
    pub(crate) fn membership(
        &mut self,
        room: RoomId,
        user: UserId,
    ) -> Result<Option<MemberRole>, DatabaseError> {
        if let Some(role) = self.memory.members.get(&(room, user)) {
            return Ok(Some(*role));
        }
        let role = self.first(
            r#"SELECT role FROM member WHERE room = $1 AND "user" = $2"#,
            parameters![room, user],
            |row| row.get(0),
        )?;
        if let Some(role) = role {
            self.memory.members.insert((room, user), role);
        }
        Ok(role)
    }

    /// To be called by whatever changes a membership.
    pub(crate) fn membership_changes(&mut self, room: RoomId, user: UserId) {
        self.memory.members.remove(&(room, user));
        self.touched.push((room, user));
    }

    /// Refuses what somebody may not do in a room, and a room that does not exist. Answers who they are.
    pub(crate) fn permit(&mut self, action: Action, room: RoomId, user: UserId) -> Result<User, Failed> {
        self.permit_upon(action, room, user, None)
    }

    /// The same, of what is done to somebody with this role in the workspace.
    pub(crate) fn permit_upon(
        &mut self,
        action: Action,
        room: RoomId,
        user: UserId,
        target: Option<Role>,
    ) -> Result<User, Failed> {
        let actor = self.actor(user)?;
        let kind = self.kind(room)?;
        let membership = self.membership(room, user)?;
        let case = Case::of(actor.user.role, actor.is_muted(self.now)).in_room(kind, membership);
        permission::check(action, Case { target, ..case })?;
        Ok(actor.user)
    }

    /// Refuses what somebody may not do in the workspace. Answers who they are.
    pub(crate) fn permit_anywhere(
        &mut self,
        action: Action,
        user: UserId,
        target: Option<Role>,
    ) -> Result<User, Failed> {
        let actor = self.actor(user)?;
        permission::check(action, Case { target, ..Case::of(actor.user.role, actor.is_muted(self.now)) })?;
        Ok(actor.user)
    }

    fn kind(&mut self, room: RoomId) -> Result<RoomKind, Failed> {
        if let Some(kind) = self.memory.kinds.get(&room) {
            return Ok(*kind);
        }
        let kind = self
            .first("SELECT kind FROM room WHERE id = $1", parameters![room], |row| row.get(0))?
            .ok_or(Refusal::RoomUnknown)?;
        self.memory.kinds.insert(room, kind);
        // It may have been made by the command in hand.
        self.changed.push(Changed::Room(room));
        Ok(kind)
    }

    /// A room's data.
    pub(crate) fn room(&self, room: RoomId) -> Result<chinwag_model::Room, Failed> {
        let found = self.first(
            concat!("SELECT ", room_columns!(), " FROM room WHERE id = $1"),
            parameters![room],
            rows::room,
        )?;
        Ok(rows::first_room(self.database(), found)?.ok_or(Refusal::RoomUnknown)?)
    }
}

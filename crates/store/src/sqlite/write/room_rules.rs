//! What a room's owners decide about it: its name, and who else owns it.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{
    Member, MemberRole, Refusal, Rev, Role, Room, RoomId, RoomKind, RoomName, StreamId, UserId,
};
use rusqlite::params;

use super::Batch;
use crate::Once;
use crate::sqlite::names;
use crate::sqlite::rows::{Id, member_role_number, number};
use crate::sqlite::writer::{Command, WriteError};

/// Makes a member an owner of the room, or an owner a member.
pub(in crate::sqlite) struct SetRoomRole {
    pub(in crate::sqlite) room: RoomId,
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) role: MemberRole,
    pub(in crate::sqlite) by: UserId,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for SetRoomRole {
    type Answer = Rev;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, WriteError> {
        let Self { room, user, role, by, once } = self;
        if let Some(first) = batch.first_answer(room.0, by, once.as_ref())? {
            return Ok(first.rev);
        }
        let subject = batch.account(user).map(|account| account.user);
        let target = subject.as_ref().map_or(Role::Guest, |subject| subject.role);
        let action = match role {
            MemberRole::Member => Action::UnmakeOwner,
            MemberRole::Owner if subject.is_ok() && target == Role::Guest => Action::MakeGuestOwner,
            MemberRole::Owner => Action::MakeOwner,
        };
        batch.permit_upon(action, room, by, Some(target))?;
        let present = batch.membership(room, user)?.ok_or(Refusal::UserUnknown)?;
        let stream = StreamId::from(room);
        if present == role {
            let since = batch.member_since(room, user)?.unwrap_or_default();
            batch.keep_answer(room.0, by, once.as_ref(), since, None)?;
            return Ok(since);
        }
        let person = batch.account(user)?.user;
        let (rev, _) = batch.next(stream)?;
        batch.sql("UPDATE member SET role = ? WHERE room = ? AND user = ?")?.execute(params![
            member_role_number(role),
            Id(room.0),
            Id(user.0)
        ])?;
        batch.maker_owns(room, user, role == MemberRole::Owner)?;
        batch.membership_changes(room, user);
        batch.record(stream, rev, State::Member(Member::new(&person, role)), None)?;
        let theirs = StreamId::from(user);
        let (their_rev, _) = batch.next(theirs)?;
        let room_data = batch.room(room)?;
        batch.record(theirs, their_rev, State::Membership { room: room_data, role }, None)?;
        let action = if role == MemberRole::Owner { "room.owner_made" } else { "room.owner_unmade" };
        batch.audit(Some(by), action, Some(user), Some(room), "")?;
        batch.keep_answer(room.0, by, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

/// Gives a room another name.
pub(in crate::sqlite) struct RenameRoom {
    pub(in crate::sqlite) room: RoomId,
    pub(in crate::sqlite) name: RoomName,
    pub(in crate::sqlite) by: UserId,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for RenameRoom {
    type Answer = Rev;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, WriteError> {
        let Self { room, name, by, once } = self;
        if let Some(first) = batch.first_answer(room.0, by, once.as_ref())? {
            return Ok(first.rev);
        }
        batch.permit(Action::Rename, room, by)?;
        let before = batch.room(room)?;
        names::release_room(batch.connection(), Id(room.0), &before.name)?;
        names::claim_room(batch.connection(), Id(room.0), &name)?;
        let stream = StreamId::from(room);
        let (rev, _) = batch.next(stream)?;
        batch.sql("UPDATE room SET name = ?, sort_key = ?, rev = ? WHERE id = ?")?.execute(params![
            name.as_str(),
            name.sort_key(),
            number(rev),
            Id(room.0)
        ])?;
        let detail = format!("{} → {}", before.name, name.as_str());
        let renamed = Room { name: name.as_str().to_owned(), rev, ..before };
        batch.record(stream, rev, State::Room(renamed.clone()), None)?;
        if renamed.kind == RoomKind::Open {
            let workspace = batch.installation().workspace;
            let (listed, _) = batch.next(workspace)?;
            batch.record(workspace, listed, State::Room(renamed), None)?;
        }
        batch.audit(Some(by), "room.renamed", None, Some(room), &detail)?;
        batch.keep_answer(room.0, by, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

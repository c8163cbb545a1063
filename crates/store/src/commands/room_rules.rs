//! What a room's owners decide about it: its name, and who else owns it.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{Member, MemberRole, Refusal, Rev, Role, Room, RoomId, RoomName, StreamId, UserId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::Once;
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::names;

/// Makes a member an owner of the room, or an owner a member.
#[derive(Clone)]
pub(crate) struct SetRoomRole {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) role: MemberRole,
    pub(crate) by: UserId,
    pub(crate) once: Option<Once>,
}

impl Command for SetRoomRole {
    type Answer = Rev;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.room).and(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, Failed> {
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
        batch.write(
            r#"UPDATE member SET role = $1 WHERE room = $2 AND "user" = $3"#,
            parameters![role, room, user],
        )?;
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
#[derive(Clone)]
pub(crate) struct RenameRoom {
    pub(crate) room: RoomId,
    pub(crate) name: RoomName,
    pub(crate) by: UserId,
    pub(crate) once: Option<Once>,
}

impl Command for RenameRoom {
    type Answer = Rev;

    fn locks(&self, _database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.room).and(installation.workspace))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, Failed> {
        let Self { room, name, by, once } = self;
        if let Some(first) = batch.first_answer(room.0, by, once.as_ref())? {
            return Ok(first.rev);
        }
        batch.permit(Action::Rename, room, by)?;
        let before = batch.room(room)?;
        names::release_room(batch.database(), room, &before.name)?;
        names::claim_room(batch.database(), room, &name)?;
        let stream = StreamId::from(room);
        let (rev, _) = batch.next(stream)?;
        batch.write(
            "UPDATE room SET name = $1, sort_key = $2, rev = $3 WHERE id = $4",
            parameters![name.as_str(), &name.sort_key(), rev, room],
        )?;
        let detail = format!("{} → {}", before.name, name.as_str());
        let renamed = Room { name: name.as_str().to_owned(), rev, ..before };
        batch.tell_of_room(&renamed)?;
        batch.audit(Some(by), "room.renamed", None, Some(room), &detail)?;
        batch.keep_answer(room.0, by, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

//! Memberships: joining, leaving, bringing in, removing.
//!
//! Each writes the room's stream (the member, and a line in its history) and the user's in one transaction.

use chinwag_model::change::{Departure, State};
use chinwag_model::permission::Action;
use chinwag_model::{
    Body, Member, MemberRole, Message, Refusal, Rev, Role, Room, RoomId, Standing, StreamId, User, UserId,
};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows::{self, line};
use crate::{InRoom, Once, ROOMS_PER_USER};

/// Makes somebody a member of an open room.
#[derive(Clone)]
pub(crate) struct Join {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) once: Option<Once>,
}

impl Command for Join {
    type Answer = InRoom;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.room).and(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<InRoom, Failed> {
        let Self { room, user, once } = self;
        if let Some(first) = batch.first_answer(room.0, user, once.as_ref())? {
            return Ok(InRoom { room: batch.room(room)?, rev: first.rev });
        }
        let person = batch.permit(Action::Join, room, user)?;
        let room_data = batch.room(room)?;
        let rev = match batch.member_since(room, user)? {
            Some(since) => since,
            None => {
                let role = batch.role_on_entering(&room_data, user)?;
                batch.enter(&room_data, &person, role, None)?
            }
        };
        batch.keep_answer(room.0, user, once.as_ref(), rev, None)?;
        Ok(InRoom { room: room_data, rev })
    }
}

/// Ends one's own membership.
#[derive(Clone)]
pub(crate) struct Leave {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) once: Option<Once>,
}

impl Command for Leave {
    type Answer = Rev;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.room).and(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, Failed> {
        let Self { room, user, once } = self;
        if let Some(first) = batch.first_answer(room.0, user, once.as_ref())? {
            return Ok(first.rev);
        }
        let person = batch.permit(Action::Leave, room, user)?;
        let rev = batch.depart(room, &person, None)?;
        // Who leaves a room to other owners has no more of it on coming back.
        let owned = batch.exists("SELECT 1 FROM member WHERE room = $1 AND role = 1", parameters![room])?;
        if owned {
            batch.maker_owns(room, user, false)?;
        }
        batch.keep_answer(room.0, user, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

/// Ends another's membership.
#[derive(Clone)]
pub(crate) struct Remove {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) by: UserId,
    pub(crate) once: Option<Once>,
}

impl Command for Remove {
    type Answer = Rev;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.room).and(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, Failed> {
        let Self { room, user, by, once } = self;
        if let Some(first) = batch.first_answer(room.0, by, once.as_ref())? {
            return Ok(first.rev);
        }
        let target = batch.membership(room, user)?;
        // Who is not there is looked for with the rights that removing an ordinary member takes.
        let action = if target == Some(MemberRole::Owner) { Action::RemoveOwner } else { Action::Remove };
        let removed = target.is_some().then(|| batch.account(user)).transpose()?.map(|account| account.user);
        let role = removed.as_ref().map_or(Role::Guest, |removed| removed.role);
        let remover = batch.permit_upon(action, room, by, Some(role))?;
        let removed = removed.ok_or(Refusal::UserUnknown)?;
        let rev = batch.depart(room, &removed, Some(&remover))?;
        batch.maker_owns(room, user, false)?;
        batch.audit(Some(by), "room.removed", Some(user), Some(room), "")?;
        batch.keep_answer(room.0, by, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

/// Brings somebody in.
#[derive(Clone)]
pub(crate) struct Add {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) by: UserId,
    pub(crate) once: Option<Once>,
}

impl Command for Add {
    type Answer = Rev;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.room).and(self.user))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, Failed> {
        let Self { room, user, by, once } = self;
        if let Some(first) = batch.first_answer(room.0, by, once.as_ref())? {
            return Ok(first.rev);
        }
        let added = batch.account(user);
        let guest = added.as_ref().is_ok_and(|added| added.user.role == Role::Guest);
        let adder = batch.permit(if guest { Action::AddGuest } else { Action::Add }, room, by)?;
        let added = added?;
        if matches!(added.standing, Standing::Gone | Standing::Banned) {
            return Err(Refusal::UserUnknown.into());
        }
        let rev = match batch.member_since(room, user)? {
            Some(since) => since,
            None => {
                let room_data = batch.room(room)?;
                let role = batch.role_on_entering(&room_data, user)?;
                batch.audit(Some(by), "room.added", Some(user), Some(room), "")?;
                batch.enter(&room_data, &added.user, role, Some(&adder))?
            }
        };
        batch.keep_answer(room.0, by, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

impl Batch<'_> {
    /// Where somebody's membership began, if they are in the room.
    pub(super) fn member_since(&self, room: RoomId, user: UserId) -> Result<Option<Rev>, DatabaseError> {
        self.first(
            r#"SELECT since FROM member WHERE room = $1 AND "user" = $2"#,
            parameters![room, user],
            |row| row.get(0),
        )
    }

    /// Whoever made a room is its owner whenever they come in, unless somebody has taken that away.
    fn role_on_entering(&self, room: &Room, user: UserId) -> Result<MemberRole, DatabaseError> {
        let owns = room.maker == Some(user)
            && self.exists("SELECT 1 FROM room WHERE id = $1 AND maker_owns = 1", parameters![room.id])?;
        Ok(if owns { MemberRole::Owner } else { MemberRole::Member })
    }

    /// Notes whether a room's maker, if it is this one, owns it when they come in again.
    pub(super) fn maker_owns(&self, room: RoomId, user: UserId, owns: bool) -> Result<(), DatabaseError> {
        self.write(
            "UPDATE room SET maker_owns = $1 WHERE id = $2 AND maker = $3",
            parameters![owns, room, user],
        )
    }

    /// Makes somebody a member who is not one yet: by themselves, or at the hands of `by`. Answers where the membership
    /// begins.
    pub(super) fn enter(
        &mut self,
        room: &Room,
        user: &User,
        role: MemberRole,
        by: Option<&User>,
    ) -> Result<Rev, Failed> {
        let rooms: Option<u64> =
            self.first(r#"SELECT count(*) FROM member WHERE "user" = $1"#, parameters![user.id], |row| {
                row.get(0)
            })?;
        if rooms.is_some_and(|rooms| rooms >= ROOMS_PER_USER as u64) {
            return Err(Refusal::TooManyRooms.into());
        }
        let stream = StreamId::from(room.id);
        let (since, at) = self.next(stream)?;
        self.write(
            r#"INSERT INTO member (room, "user", role, since, at) VALUES ($1, $2, $3, $4, $5)"#,
            parameters![room.id, user.id, role, since, at],
        )?;
        self.count_members(room.id, 1)?;
        self.record(stream, since, State::Member(Member::new(user, role)), None)?;
        match by {
            None => self.line(room.id, user, Body::Joined)?,
            Some(by) => self.line(room.id, by, Body::Added { about: user.person() })?,
        }
        let theirs = StreamId::from(user.id);
        let (rev, _) = self.next(theirs)?;
        self.record(theirs, rev, State::Membership { room: room.clone(), role }, None)?;
        self.membership_changes(room.id, user.id);
        Ok(since)
    }

    /// Ends a membership: one's own, or another's at the hands of `by`.
    pub(super) fn depart(&mut self, room: RoomId, user: &User, by: Option<&User>) -> Result<Rev, Failed> {
        let stream = StreamId::from(room);
        let (rev, _) = self.next(stream)?;
        self.write(r#"DELETE FROM member WHERE room = $1 AND "user" = $2"#, parameters![room, user.id])?;
        self.count_members(room, -1)?;
        self.record(stream, rev, State::MemberGone(user.id), None)?;
        match by {
            None => self.line(room, user, Body::Left)?,
            Some(by) => self.line(room, by, Body::Removed { about: user.person() })?,
        }
        let why = if by.is_some() { Departure::Removed } else { Departure::Left };
        let theirs = StreamId::from(user.id);
        let (their_rev, _) = self.next(theirs)?;
        self.record(theirs, their_rev, State::MembershipGone { room, why: Some(why) }, None)?;
        self.membership_changes(room, user.id);
        Ok(rev)
    }

    fn count_members(&self, room: RoomId, by: i64) -> Result<(), DatabaseError> {
        self.write("UPDATE room SET members = members + $1 WHERE id = $2", parameters![by, room])
    }

    /// Adds a line about what somebody did to the room's history.
    pub(super) fn line(&mut self, room: RoomId, author: &User, body: Body) -> Result<(), Failed> {
        let stream = StreamId::from(room);
        let (seq, at) = self.next(stream)?;
        let (kind, about, text) = match &body {
            Body::Left => (line::LEFT, None, None),
            Body::Removed { about } => (line::REMOVED, Some(about.id), None),
            Body::Added { about } => (line::ADDED, Some(about.id), None),
            Body::Retention { days, from } => {
                (line::RETENTION, None, Some(rows::retention_text(*days, *from)?))
            }
            _ => (line::JOINED, None, None),
        };
        self.write(
            "INSERT INTO message (room, seq, rev, kind, author, about, at, text)
             VALUES ($1, $2, $2, $3, $4, $5, $6, $7)",
            parameters![room, seq, kind, author.id, about, at, text.as_ref()],
        )?;
        let message = Message { seq, rev: seq, author: author.person(), at, body };
        self.record(stream, seq, State::Message(message), None)?;
        Ok(())
    }
}

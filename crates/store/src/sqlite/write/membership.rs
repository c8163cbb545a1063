//! Memberships: joining, leaving, removing.
//!
//! Each writes the room's stream (the member, and a line in its history) and the user's in one transaction.

use chinwag_model::change::{Departure, State};
use chinwag_model::permission::Action;
use chinwag_model::{
    Body, Member, MemberRole, Message, Person, Refusal, Rev, Room, RoomId, StreamId, User, UserId,
};
use rusqlite::{OptionalExtension, params};

use super::Batch;
use crate::sqlite::rows::{self, Id, line, member_role_number, number};
use crate::sqlite::writer::{Command, WriteError};
use crate::{InRoom, Once, ROOMS_PER_USER};

/// Makes somebody a member of an open room.
pub(in crate::sqlite) struct Join {
    pub(in crate::sqlite) room: RoomId,
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for Join {
    type Answer = InRoom;

    fn execute(self, batch: &mut Batch<'_>) -> Result<InRoom, WriteError> {
        let Self { room, user, once } = self;
        if let Some(first) = batch.first_answer(room.0, user, once.as_ref())? {
            return Ok(InRoom { room: batch.room(room)?, rev: first.rev });
        }
        let person = batch.permit(Action::Join, room, user)?;
        let room_data = batch.room(room)?;
        let rev = match batch.member_since(room, user)? {
            Some(since) => since,
            // Whoever made the room is its owner whenever they are in it.
            None if room_data.maker == Some(user) => batch.enter(&room_data, &person, MemberRole::Owner)?,
            None => batch.enter(&room_data, &person, MemberRole::Member)?,
        };
        batch.keep_answer(room.0, user, once.as_ref(), rev, None)?;
        Ok(InRoom { room: room_data, rev })
    }
}

/// Ends one's own membership.
pub(in crate::sqlite) struct Leave {
    pub(in crate::sqlite) room: RoomId,
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for Leave {
    type Answer = Rev;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, WriteError> {
        let Self { room, user, once } = self;
        if let Some(first) = batch.first_answer(room.0, user, once.as_ref())? {
            return Ok(first.rev);
        }
        let person = batch.permit(Action::Leave, room, user)?;
        let rev = batch.depart(room, &person, None)?;
        batch.keep_answer(room.0, user, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

/// Ends another's membership.
pub(in crate::sqlite) struct Remove {
    pub(in crate::sqlite) room: RoomId,
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) by: UserId,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for Remove {
    type Answer = Rev;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, WriteError> {
        let Self { room, user, by, once } = self;
        if let Some(first) = batch.first_answer(room.0, by, once.as_ref())? {
            return Ok(first.rev);
        }
        let target = batch.membership(room, user)?;
        // Who is not there is looked for with the rights that removing an ordinary member takes.
        let action = Action::Remove { target: target.unwrap_or(MemberRole::Member) };
        let remover = batch.permit(action, room, by)?;
        if target.is_none() {
            return Err(Refusal::UserUnknown.into());
        }
        let removed = batch.user(user)?;
        let rev = batch.depart(room, &removed, Some(&remover))?;
        batch.keep_answer(room.0, by, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

impl Batch<'_> {
    fn member_since(&self, room: RoomId, user: UserId) -> rusqlite::Result<Option<Rev>> {
        self.sql("SELECT since FROM member WHERE room = ? AND user = ?")?
            .query_row([Id(room.0), Id(user.0)], |row| rows::rev(row, 0))
            .optional()
    }

    /// Makes somebody a member who is not one yet. Answers where the membership begins.
    pub(super) fn enter(&mut self, room: &Room, user: &User, role: MemberRole) -> Result<Rev, WriteError> {
        let rooms: i64 = self
            .sql("SELECT count(*) FROM member WHERE user = ?")?
            .query_row([Id(user.id.0)], |row| row.get(0))?;
        if usize::try_from(rooms).is_ok_and(|rooms| rooms >= ROOMS_PER_USER) {
            return Err(Refusal::TooManyRooms.into());
        }
        let stream = StreamId::from(room.id);
        let (since, at) = self.next(stream)?;
        self.sql("INSERT INTO member (room, user, role, since, at) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![Id(room.id.0), Id(user.id.0), member_role_number(role), number(since), at.0])?;
        self.count_members(room.id, 1)?;
        let member = Member { id: user.id, name: user.name.clone(), role };
        self.record(stream, since, State::Member(member), None)?;
        self.line(room.id, user, Body::Joined)?;
        let theirs = StreamId::from(user.id);
        let (rev, _) = self.next(theirs)?;
        self.record(theirs, rev, State::Membership { room: room.clone(), role }, None)?;
        self.membership_changes(room.id, user.id);
        Ok(since)
    }

    /// Ends a membership: one's own, or another's at the hands of `by`.
    fn depart(&mut self, room: RoomId, user: &User, by: Option<&User>) -> Result<Rev, WriteError> {
        let stream = StreamId::from(room);
        let (rev, _) = self.next(stream)?;
        self.sql("DELETE FROM member WHERE room = ? AND user = ?")?.execute([Id(room.0), Id(user.id.0)])?;
        self.count_members(room, -1)?;
        self.record(stream, rev, State::MemberGone(user.id), None)?;
        match by {
            None => self.line(room, user, Body::Left)?,
            Some(by) => {
                let about = Person { id: user.id, name: user.name.clone() };
                self.line(room, by, Body::Removed { about })?;
            }
        }
        let why = if by.is_some() { Departure::Removed } else { Departure::Left };
        let theirs = StreamId::from(user.id);
        let (their_rev, _) = self.next(theirs)?;
        self.record(theirs, their_rev, State::MembershipGone { room, why: Some(why) }, None)?;
        self.membership_changes(room, user.id);
        Ok(rev)
    }

    fn count_members(&self, room: RoomId, by: i64) -> rusqlite::Result<()> {
        self.sql("UPDATE room SET members = members + ? WHERE id = ?")?
            .execute(params![by, Id(room.0)])
            .map(|_| ())
    }

    /// Adds a line about a membership to the room's history.
    fn line(&mut self, room: RoomId, author: &User, body: Body) -> Result<(), WriteError> {
        let stream = StreamId::from(room);
        let (seq, at) = self.next(stream)?;
        let (kind, about) = match &body {
            Body::Left => (line::LEFT, None),
            Body::Removed { about } => (line::REMOVED, Some(Id(about.id.0))),
            _ => (line::JOINED, None),
        };
        self.sql(
            "INSERT INTO message (room, seq, rev, kind, author, about, at) VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![Id(room.0), number(seq), kind, Id(author.id.0), about, at.0])?;
        let author = Person { id: author.id, name: author.name.clone() };
        self.record(stream, seq, State::Message(Message { seq, rev: seq, author, at, body }), None)?;
        Ok(())
    }
}

//! Making a room.

use chinwag_model::change::State;
use chinwag_model::{MemberRole, Refusal, Room, RoomId, RoomKind, StreamId};
use rusqlite::{OptionalExtension, params};

use super::Batch;
use crate::sqlite::rows::{self, Id, number};
use crate::sqlite::writer::{Command, WriteError};
use crate::{InRoom, NewRoom, Once};

/// Makes an open room, whose maker is its first member and its owner.
pub(in crate::sqlite) struct CreateRoom {
    pub(in crate::sqlite) room: NewRoom,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for CreateRoom {
    type Answer = InRoom;

    fn execute(self, batch: &mut Batch<'_>) -> Result<InRoom, WriteError> {
        let NewRoom { id, name, maker } = self.room;
        if let Some(first) = batch.first_answer(maker.0, maker, self.once.as_ref())? {
            let id = first.target.map_or(id, RoomId);
            return Ok(InRoom { room: batch.room(id)?, rev: first.rev });
        }
        let owner = batch.user(maker)?;
        for look in name.looks() {
            let taken = batch
                .sql("INSERT INTO room_look (look, room) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET room = room RETURNING room")?
                .query_row(params![look, Id(id.0)], |row| row.get::<_, Id>(0))
                .optional()?
                .is_some_and(|holder| holder.0 != id.0);
            if taken {
                return Err(Refusal::NameTaken.into());
            }
        }
        let stream = StreamId::from(id);
        batch.create_stream(stream, rows::stream_kind::ROOM)?;
        let (rev, at) = batch.next(stream)?;
        let room =
            Room { id, name: name.as_str().to_owned(), kind: RoomKind::Open, maker: Some(maker), at, rev };
        batch
            .sql(
                "INSERT INTO room (id, name, sort_key, kind, maker, at, rev, members) VALUES (?, ?, ?, 0, ?, ?, ?, 0)",
            )?
            .execute(params![
                Id(id.0),
                room.name,
                name.sort_key(),
                Id(maker.0),
                at.0,
                number(rev)
            ])?;
        batch.record(stream, rev, State::Room(room.clone()), None)?;
        let workspace = batch.installation().workspace;
        let (listed, _) = batch.next(workspace)?;
        batch.record(workspace, listed, State::Room(room.clone()), None)?;
        let since = batch.enter(&room, &owner, MemberRole::Owner)?;
        batch.keep_answer(maker.0, maker, self.once.as_ref(), since, Some(id.0))?;
        Ok(InRoom { room, rev: since })
    }
}

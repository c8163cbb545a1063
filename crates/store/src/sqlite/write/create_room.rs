//! Making a room.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{MemberRole, Room, RoomId, RoomKind, StreamId};
use rusqlite::params;

use super::Batch;
use crate::sqlite::names;
use crate::sqlite::rows::{self, Id, number};
use crate::sqlite::writer::{Command, WriteError};
use crate::{InRoom, NewRoom, Once};

/// Makes an open or a closed room, whose maker is its first member and its owner.
pub(in crate::sqlite) struct CreateRoom {
    pub(in crate::sqlite) room: NewRoom,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for CreateRoom {
    type Answer = InRoom;

    fn execute(self, batch: &mut Batch<'_>) -> Result<InRoom, WriteError> {
        let NewRoom { id, name, kind, maker } = self.room;
        if let Some(first) = batch.first_answer(maker.0, maker, self.once.as_ref())? {
            let id = first.target.map_or(id, RoomId);
            let mut room = batch.room(id)?;
            // What it is called now is for those who may know.
            if room.kind != RoomKind::Open && batch.membership(id, maker)?.is_none() {
                room = Room { name: name.as_str().to_owned(), rev: first.rev, ..room };
            }
            return Ok(InRoom { room, rev: first.rev });
        }
        let owner = batch.permit_anywhere(Action::MakeRoom, maker, None)?;
        names::claim_room(batch.connection(), Id(id.0), &name)?;
        let stream = StreamId::from(id);
        batch.create_stream(stream, rows::stream_kind::ROOM)?;
        let (rev, at) = batch.next(stream)?;
        let room = Room {
            id,
            name: name.as_str().to_owned(),
            kind: kind.into(),
            people: Vec::new(),
            maker: Some(maker),
            at,
            rev,
        };
        batch
            .sql(
                "INSERT INTO room (id, name, sort_key, kind, maker, at, rev, members) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            )?
            .execute(params![
                Id(id.0),
                room.name,
                name.sort_key(),
                rows::room_kind_number(room.kind),
                Id(maker.0),
                at.0,
                number(rev)
            ])?;
        batch.record(stream, rev, State::Room(room.clone()), None)?;
        // Of a closed room only those hear who are in it.
        if room.kind == RoomKind::Open {
            let workspace = batch.installation().workspace;
            let (listed, _) = batch.next(workspace)?;
            batch.record(workspace, listed, State::Room(room.clone()), None)?;
        }
        let since = batch.enter(&room, &owner, MemberRole::Owner, None)?;
        batch.keep_answer(maker.0, maker, self.once.as_ref(), since, Some(id.0))?;
        Ok(InRoom { room, rev: since })
    }
}

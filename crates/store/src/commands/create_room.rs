//! Making a room.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{MemberRole, Retention, Rev, Room, RoomId, RoomKind, StreamId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::names;
use crate::rows;
use crate::{InRoom, NewRoom, Once};

/// Makes an open or a closed room, whose maker is its first member and its owner.
#[derive(Clone)]
pub(crate) struct CreateRoom {
    pub(crate) room: NewRoom,
    pub(crate) once: Option<Once>,
}

impl Command for CreateRoom {
    type Answer = InRoom;

    fn locks(&self, _database: &dyn Database, installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(installation.workspace).and(self.room.maker))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<InRoom, Failed> {
        let NewRoom { id, name, kind, maker } = self.room;
        if let Some(first) = batch.first_answer(maker.0, maker, self.once.as_ref())? {
            let id = first.target.map_or(id, RoomId);
            let mut room = batch.room(id)?;
            // What it is called now is for those who may know.
            if room.kind != RoomKind::Open && batch.membership(id, maker)?.is_none() {
                let retention = Retention::default();
                room = Room {
                    name: name.as_str().to_owned(),
                    retention,
                    history_from: Rev(0),
                    rev: first.rev,
                    ..room
                };
            }
            return Ok(InRoom { room, rev: first.rev });
        }
        let owner = batch.permit_anywhere(Action::MakeRoom, maker, None)?;
        names::claim_room(batch.database(), id, &name)?;
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
            retention: Retention::default(),
            history_from: Rev(0),
            rev,
        };
        batch.write(
            "INSERT INTO room (id, name, sort_key, kind, maker, at, rev, members)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
            parameters![id, &room.name, &name.sort_key(), room.kind, maker, at, rev],
        )?;
        batch.tell_of_room(&room)?;
        let since = batch.enter(&room, &owner, MemberRole::Owner, None)?;
        batch.keep_answer(maker.0, maker, self.once.as_ref(), since, Some(id.0))?;
        Ok(InRoom { room, rev: since })
    }
}

impl Batch<'_> {
    /// Tells of a room's data, of which these are a new version: its members, and of an open room everybody.
    pub(super) fn tell_of_room(&mut self, room: &Room) -> Result<(), Failed> {
        self.record(StreamId::from(room.id), room.rev, State::Room(room.clone()), None)?;
        // Of a closed room only those hear who are in it.
        if room.kind == RoomKind::Open {
            let workspace = self.installation().workspace;
            let (listed, _) = self.next(workspace)?;
            self.record(workspace, listed, State::Room(room.clone()), None)?;
        }
        Ok(())
    }
}

//! Direct conversations: rooms without a name, of which there is one for each set of people.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::room::{DIRECT_MAX, DIRECT_MIN};
use chinwag_model::{
    MemberRole, Person, Refusal, Role, Room, RoomId, RoomKind, Standing, StreamId, User, UserId,
};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::Batch;
use crate::sqlite::rows::{self, Id, number};
use crate::sqlite::writer::{Command, WriteError};
use crate::{InRoom, Once};

/// Opens the conversation between some people.
pub(in crate::sqlite) struct OpenDirect {
    pub(in crate::sqlite) fresh: RoomId,
    pub(in crate::sqlite) user: UserId,
    pub(in crate::sqlite) others: Vec<UserId>,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for OpenDirect {
    type Answer = InRoom;

    fn execute(self, batch: &mut Batch<'_>) -> Result<InRoom, WriteError> {
        let Self { fresh, user, others, once } = self;
        if let Some(first) = batch.first_answer(user.0, user, once.as_ref())? {
            let id = first.target.map_or(fresh, RoomId);
            return Ok(InRoom { room: batch.room(id)?, rev: first.rev });
        }
        batch.permit_anywhere(Action::OpenDirect, user, None)?;
        let people = batch.company(user, others)?;
        let key = Sha256::digest(ids(&people));
        let known = batch
            .sql("SELECT room FROM direct WHERE key = ?")?
            .query_row([key.as_slice()], |row| row.get::<_, Id>(0))
            .optional()?;
        let room = match known {
            Some(id) => batch.room(RoomId(id.0))?,
            None => batch.make_direct(fresh, user, &people, &key)?,
        };
        let mut since = None;
        for person in &people {
            let begun = match batch.member_since(room.id, person.id)? {
                Some(begun) => begun,
                None => batch.enter(&room, person, MemberRole::Member, None)?,
            };
            if person.id == user {
                since = Some(begun);
            }
        }
        let rev = since.ok_or(Refusal::PeopleInvalid)?;
        batch.keep_answer(user.0, user, once.as_ref(), rev, Some(room.id.0))?;
        Ok(InRoom { room, rev })
    }
}

/// The ids of people, one after the other.
fn ids(people: &[User]) -> Vec<u8> {
    people.iter().flat_map(|person| *person.id.as_bytes()).collect()
}

impl Batch<'_> {
    /// Those between whom a conversation is to be, by id, each once.
    fn company(&mut self, user: UserId, mut ids: Vec<UserId>) -> Result<Vec<User>, WriteError> {
        if ids.len() > DIRECT_MAX {
            return Err(Refusal::PeopleInvalid.into());
        }
        ids.push(user);
        ids.sort_unstable();
        ids.dedup();
        if !(DIRECT_MIN..=DIRECT_MAX).contains(&ids.len()) {
            return Err(Refusal::PeopleInvalid.into());
        }
        let mut people = Vec::with_capacity(ids.len());
        for id in ids {
            let account = self.account(id)?;
            match account.standing {
                Standing::Gone => return Err(Refusal::UserUnknown.into()),
                // Guests are in open rooms alone, and who may not be here cannot be brought in.
                _ if account.user.role == Role::Guest => return Err(Refusal::PeopleInvalid.into()),
                Standing::Banned => return Err(Refusal::PeopleInvalid.into()),
                Standing::Active | Standing::Suspended => people.push(account.user),
            }
        }
        Ok(people)
    }

    fn make_direct(
        &mut self,
        id: RoomId,
        maker: UserId,
        people: &[User],
        key: &[u8],
    ) -> Result<Room, WriteError> {
        let stream = StreamId::from(id);
        self.create_stream(stream, rows::stream_kind::ROOM)?;
        let (rev, at) = self.next(stream)?;
        let between: Vec<Person> = people.iter().map(User::person).collect();
        let room = Room {
            id,
            name: String::new(),
            kind: RoomKind::Direct,
            people: between,
            maker: Some(maker),
            at,
            rev,
        };
        self.sql(
            "INSERT INTO room (id, name, sort_key, kind, maker, at, rev, members, people)
             VALUES (?, '', '', 2, ?, ?, ?, 0, ?)",
        )?
        .execute(params![Id(id.0), Id(maker.0), at.0, number(rev), ids(people)])?;
        self.sql("INSERT INTO direct (key, room) VALUES (?, ?)")?.execute(params![key, Id(id.0)])?;
        self.record(stream, rev, State::Room(room.clone()), None)?;
        Ok(room)
    }
}

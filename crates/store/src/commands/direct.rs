//! Direct conversations: rooms without a name, of which there is one for each set of people.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::room::{DIRECT_MAX, DIRECT_MIN};
use chinwag_model::{
    MemberRole, Person, Refusal, Retention, Rev, Role, Room, RoomId, RoomKind, Standing, StreamId, User,
    UserId,
};
use sha2::{Digest, Sha256};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows;
use crate::{InRoom, Once};

/// Opens the conversation between some people.
#[derive(Clone)]
pub(crate) struct OpenDirect {
    pub(crate) fresh: RoomId,
    pub(crate) user: UserId,
    pub(crate) others: Vec<UserId>,
    pub(crate) once: Option<Once>,
}

impl Command for OpenDirect {
    type Answer = InRoom;

    fn locks(&self, database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        // Who they are is looked at once they are locked.
        let people = between(self.user, &self.others);
        if people.len() > DIRECT_MAX {
            return Ok(Locks::none());
        }
        let known = database.first(
            "SELECT room FROM direct WHERE key = $1",
            parameters![&key(&people)[..]],
            |row| row.get::<RoomId>(0),
        )?;
        Ok(Locks::none().and_all(people).and_all(known))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<InRoom, Failed> {
        let Self { fresh, user, others, once } = self;
        if let Some(first) = batch.first_answer(user.0, user, once.as_ref())? {
            let id = first.target.map_or(fresh, RoomId);
            return Ok(InRoom { room: batch.room(id)?, rev: first.rev });
        }
        batch.permit_anywhere(Action::OpenDirect, user, None)?;
        let ids = between(user, &others);
        let people = batch.company(&ids)?;
        let key = key(&ids);
        let known =
            batch.first("SELECT room FROM direct WHERE key = $1", parameters![&key[..]], |row| row.get(0))?;
        let room = match known {
            Some(id) => batch.room(id)?,
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

/// Those between whom a conversation is to be, by id, each once.
fn between(user: UserId, others: &[UserId]) -> Vec<UserId> {
    let mut people = others.to_vec();
    people.push(user);
    people.sort_unstable();
    people.dedup();
    people
}

/// The ids of people, one after the other.
fn joined(people: &[UserId]) -> Vec<u8> {
    people.iter().flat_map(|id| *id.as_bytes()).collect()
}

/// What their conversation is known by.
fn key(people: &[UserId]) -> [u8; 32] {
    Sha256::digest(joined(people)).into()
}

impl Batch<'_> {
    /// Those between whom a conversation is to be, if they may be.
    fn company(&mut self, ids: &[UserId]) -> Result<Vec<User>, Failed> {
        if !(DIRECT_MIN..=DIRECT_MAX).contains(&ids.len()) {
            return Err(Refusal::PeopleInvalid.into());
        }
        let mut people = Vec::with_capacity(ids.len());
        for id in ids {
            let account = self.account(*id)?;
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
    ) -> Result<Room, Failed> {
        let stream = StreamId::from(id);
        self.create_stream(stream, rows::stream_kind::ROOM)?;
        let (rev, at) = self.next(stream)?;
        let ids: Vec<UserId> = people.iter().map(|person| person.id).collect();
        let between: Vec<Person> = people.iter().map(User::person).collect();
        let room = Room {
            id,
            name: String::new(),
            kind: RoomKind::Direct,
            people: between,
            maker: Some(maker),
            at,
            retention: Retention::default(),
            history_from: Rev(0),
            rev,
        };
        self.write(
            "INSERT INTO room (id, name, sort_key, kind, maker, at, rev, members, people)
             VALUES ($1, '', '', 2, $2, $3, $4, 0, $5)",
            parameters![id, maker, at, rev, joined(&ids).as_slice()],
        )?;
        self.write("INSERT INTO direct (key, room) VALUES ($1, $2)", parameters![key, id])?;
        self.record(stream, rev, State::Room(room.clone()), None)?;
        Ok(room)
    }
}

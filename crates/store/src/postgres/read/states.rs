//! The present state of many things that change rows name, a few statements for all of them.

use std::collections::HashMap;

use chinwag_model::change::State;
use chinwag_model::{ChangeKind, MemberRole, Person, Room, RoomId, StreamId, UserId};
use uuid::Uuid;

use super::Snapshot;
use crate::commands::Target;
use crate::database::{Failed, Row};
use crate::questions::member;
use crate::rows::{self, room_columns, select_messages, user_columns};

/// Messages by room and seq.
pub(in crate::postgres) const MESSAGES: &str = concat!(
    "SELECT found.*, asked.room FROM unnest($1::uuid[], $2::bigint[]) AS asked (room, seq) CROSS JOIN LATERAL (",
    select_messages!("WHERE m.room = asked.room AND m.seq = asked.seq"),
    ") AS found"
);

/// Members by room and user.
pub(in crate::postgres) const MEMBERS: &str = concat!(
    "SELECT ",
    user_columns!(),
    r#", member.role, member.room FROM unnest($1::uuid[], $2::uuid[]) AS asked (room, "user")
      JOIN member ON member.room = asked.room AND member."user" = asked."user"
      JOIN "user" ON "user".id = member."user""#
);

/// Rooms by id.
pub(in crate::postgres) const ROOMS: &str =
    concat!("SELECT ", room_columns!(), " FROM room WHERE room.id = ANY($1)");

/// Memberships by room and user.
pub(in crate::postgres) const MEMBERSHIPS: &str = r#"
    SELECT member.room, member."user", member.role FROM unnest($1::uuid[], $2::uuid[]) AS asked (room, "user")
    JOIN member ON member.room = asked.room AND member."user" = asked."user""#;

/// People by id.
pub(in crate::postgres) const PEOPLE: &str =
    concat!("SELECT ", user_columns!(), r#" FROM "user" WHERE "user".id = ANY($1)"#);

/// What is wanted of which stream.
pub(super) type Wanted = (StreamId, ChangeKind, Target);

/// States that were found.
pub(super) struct States {
    found: HashMap<Wanted, State>,
}

/// The keys of what is wanted, by its kind.
#[derive(Default)]
struct Keys {
    messages: (Vec<Uuid>, Vec<i64>),
    members: (Vec<Uuid>, Vec<Uuid>),
    rooms: Vec<Uuid>,
    memberships: (Vec<Uuid>, Vec<Uuid>),
    people: Vec<Uuid>,
}

impl Keys {
    fn of(wanted: &[Wanted]) -> Self {
        let mut keys = Self::default();
        for (stream, kind, target) in wanted {
            match (kind, target) {
                (ChangeKind::Message, Target::Seq(seq)) => {
                    keys.messages.0.push(stream.0);
                    keys.messages.1.push(seq.0.cast_signed());
                }
                (ChangeKind::Member, Target::Id(user)) => {
                    keys.members.0.push(stream.0);
                    keys.members.1.push(*user);
                }
                (ChangeKind::Room, Target::Id(room)) => keys.rooms.push(*room),
                (ChangeKind::Membership, Target::Id(room)) => {
                    keys.rooms.push(*room);
                    keys.memberships.0.push(*room);
                    keys.memberships.1.push(stream.0);
                }
                (ChangeKind::Person, Target::Id(user)) => keys.people.push(*user),
                (ChangeKind::Message, Target::Id(_)) | (_, Target::Seq(_)) => {}
            }
        }
        keys
    }
}

impl States {
    /// Reads what is wanted.
    pub(super) async fn load(snapshot: &Snapshot, wanted: &[Wanted]) -> Result<Self, Failed> {
        let keys = Keys::of(wanted);
        let mut found = HashMap::with_capacity(wanted.len());
        if !keys.messages.0.is_empty() {
            let (rooms, seqs) = &keys.messages;
            for row in &snapshot.rows(MESSAGES, &[rooms, seqs]).await? {
                let row: &dyn Row = row;
                let message = rows::message(row)?;
                let stream = StreamId(row.get(rows::MESSAGE_COLUMNS)?);
                let target = Target::Seq(message.seq);
                found.insert((stream, ChangeKind::Message, target), State::Message(message));
            }
        }
        if !keys.members.0.is_empty() {
            let (rooms, users) = &keys.members;
            for row in &snapshot.rows(MEMBERS, &[rooms, users]).await? {
                let row: &dyn Row = row;
                let member = member(row)?;
                let stream = StreamId(row.get(rows::USER_COLUMNS + 1)?);
                let target = Target::Id(member.person.id.0);
                found.insert((stream, ChangeKind::Member, target), State::Member(member));
            }
        }
        if !keys.people.is_empty() {
            for row in &snapshot.rows(PEOPLE, &[&keys.people]).await? {
                let user = rows::user(row)?;
                for (stream, kind, target) in wanted {
                    if (kind, target) == (&ChangeKind::Person, &Target::Id(user.id.0)) {
                        found.insert((*stream, *kind, *target), State::Person(user.clone()));
                    }
                }
            }
        }
        if !keys.rooms.is_empty() {
            let rooms = rooms(snapshot, &keys.rooms).await?;
            let memberships = memberships(snapshot, &keys).await?;
            for (stream, kind, target) in wanted {
                let Target::Id(id) = target else { continue };
                let Some(room) = rooms.get(id) else { continue };
                let state = match kind {
                    ChangeKind::Room => State::Room(room.clone()),
                    ChangeKind::Membership => match memberships.get(&(*id, stream.0)) {
                        Some(role) => State::Membership { room: room.clone(), role: *role },
                        None => continue,
                    },
                    _ => continue,
                };
                found.insert((*stream, *kind, *target), state);
            }
        }
        Ok(Self { found })
    }

    /// The state of something now; `None` if it is gone without a trace.
    pub(super) fn take(&mut self, stream: StreamId, kind: ChangeKind, target: Target) -> Option<State> {
        self.found.remove(&(stream, kind, target)).or(match (kind, target) {
            (ChangeKind::Member, Target::Id(user)) => Some(State::MemberGone(UserId(user))),
            (ChangeKind::Membership, Target::Id(room)) => {
                Some(State::MembershipGone { room: RoomId(room), why: None })
            }
            _ => None,
        })
    }
}

/// Rooms with the people that direct conversations are between.
pub(super) async fn rooms(snapshot: &Snapshot, ids: &[Uuid]) -> Result<HashMap<Uuid, Room>, Failed> {
    let mut found = Vec::new();
    for row in &snapshot.rows(ROOMS, &[&ids]).await? {
        found.push((rows::room(row)?, ()));
    }
    let people = people(snapshot, &rows::between(&found)).await?;
    let named = rows::named(found, people);
    Ok(named.into_iter().map(|(room, ())| (room.id.0, room)).collect())
}

/// These people, as far as a line needs to know.
pub(super) async fn people(snapshot: &Snapshot, ids: &[Uuid]) -> Result<Vec<Person>, Failed> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut people = Vec::with_capacity(ids.len());
    for row in &snapshot.rows(PEOPLE, &[&ids]).await? {
        people.push(rows::user(row)?.person());
    }
    Ok(people)
}

async fn memberships(snapshot: &Snapshot, keys: &Keys) -> Result<HashMap<(Uuid, Uuid), MemberRole>, Failed> {
    let (rooms, users) = &keys.memberships;
    if rooms.is_empty() {
        return Ok(HashMap::new());
    }
    let mut found = HashMap::new();
    for row in &snapshot.rows(MEMBERSHIPS, &[rooms, users]).await? {
        let row: &dyn Row = row;
        found.insert((row.get(0)?, row.get(1)?), row.get(2)?);
    }
    Ok(found)
}

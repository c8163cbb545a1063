//! A page of a room.

use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{Cursor, MemberRole, Refusal, Rev, Role, RoomId, Standing, UserId};

use super::Snapshot;
use super::states::people;
use crate::RoomPage;
use crate::database::{DatabaseError, Failed, Row};
use crate::questions::may_be_here;
use crate::rows::{self, room_columns, select_messages};

/// A room, its head, and what decides whether somebody may read it.
pub(in crate::postgres) const ROOM: &str = concat!(
    "SELECT ",
    room_columns!(),
    r#", room.members, stream.head, member.role, asker.role, asker.standing
      FROM room JOIN stream ON stream.id = room.id
      LEFT JOIN member ON member.room = room.id AND member."user" = $2
      LEFT JOIN "user" AS asker ON asker.id = $2
      WHERE room.id = $1"#
);

/// The newest messages before a seq. Where old ones are removed, those that PostgreSQL has not cleaned up yet are not gone through.
pub(in crate::postgres) const PAGE: &str = select_messages!(
    "WHERE m.room = $1 AND m.seq < $2 AND m.seq > (SELECT floor FROM stream WHERE stream.id = $1)
         ORDER BY m.seq DESC LIMIT $3"
);

pub(in crate::postgres) async fn room_page(
    snapshot: &Snapshot,
    room: RoomId,
    user: UserId,
    before: Option<Rev>,
    limit: usize,
) -> Result<RoomPage, Failed> {
    let before = before.and_then(|rev| i64::try_from(rev.0).ok()).unwrap_or(i64::MAX);
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let (about, page) = futures_util::future::try_join(
        snapshot.rows(ROOM, &[&room.0, &user.0]),
        snapshot.rows(PAGE, &[&room.0, &before, &rows]),
    )
    .await?;
    let found = found(about.first())?.ok_or(Refusal::RoomUnknown)?;
    let room = vec![(found.room, ())];
    let people = people(snapshot, &rows::between(&room)).await?;
    let data = rows::named(room, people).pop().map(|(room, ())| room).ok_or(Refusal::RoomUnknown)?;
    let case = Case::of(may_be_here(found.asker)?, false).in_room(data.kind, found.membership);
    permission::check(Action::Read, case)?;
    let role = found.membership.ok_or(Refusal::NotAMember)?;

    let mut messages = Vec::with_capacity(page.len());
    for row in &page {
        messages.push(rows::message(row)?);
    }
    let more = messages.len() > limit;
    messages.truncate(limit);
    messages.reverse();
    let cursor = Cursor { epoch: snapshot.installation().epoch, rev: found.head };
    Ok(RoomPage { cursor, room: data, role, members: found.members, messages, more })
}

/// What [`ROOM`] answers.
struct Found {
    room: rows::Nameless,
    members: u64,
    head: Rev,
    membership: Option<MemberRole>,
    asker: Option<(Role, Standing)>,
}

fn found(row: Option<&tokio_postgres::Row>) -> Result<Option<Found>, DatabaseError> {
    const LAST: usize = rows::ROOM_COLUMNS;
    let Some(row) = row else { return Ok(None) };
    let row: &dyn Row = row;
    let asker = match row.get::<Option<Role>>(LAST + 3)? {
        Some(role) => Some((role, row.get::<Standing>(LAST + 4)?)),
        None => None,
    };
    Ok(Some(Found {
        room: rows::room(row)?,
        members: row.get(LAST)?,
        head: row.get(LAST + 1)?,
        membership: row.get(LAST + 2)?,
        asker,
    }))
}

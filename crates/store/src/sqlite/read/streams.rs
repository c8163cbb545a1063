//! Catching up: what changed after a cursor, each thing once and in its present state.

use chinwag_model::stream::Standing;
use chinwag_model::{Change, ChangeKind, Cursor, Rev, StreamId, UserId};
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, params};

use super::targets::present_state;
use crate::commands::{Installation, Target};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::questions::{Budget, ChangeRow, Last, head, membership};
use crate::rows::stream_kind;
use crate::sqlite::database::Id;
use crate::{Caught, CaughtUp, ChangePage, Followed, FollowedRoom, SYNC_STREAMS};

struct Stream {
    kind: i64,
    head: Rev,
    floor: Rev,
}

fn stream(connection: &dyn Database, id: StreamId) -> Result<Option<Stream>, DatabaseError> {
    connection.first("SELECT kind, head, floor FROM stream WHERE id = $1", parameters![id], |row| {
        Ok(Stream { kind: row.get(0)?, head: row.get(1)?, floor: row.get(2)? })
    })
}

pub(in crate::sqlite) fn sync(
    connection: &Connection,
    installation: Installation,
    user: UserId,
    cursors: Vec<(StreamId, Cursor)>,
) -> Result<CaughtUp, Failed> {
    let mut more = cursors.len() > SYNC_STREAMS;
    let mut budget = Budget::new();
    let mut streams = Vec::new();
    for (id, cursor) in cursors.into_iter().take(SYNC_STREAMS) {
        if budget.is_spent() {
            more = true;
            break;
        }
        if let Some(caught) = catch_up(connection, installation, user, id, cursor, &mut budget)? {
            streams.push((id, caught));
        }
    }
    Ok(CaughtUp { epoch: installation.epoch, streams, more })
}

/// What became of one stream; `None` if nothing differs.
fn catch_up(
    connection: &Connection,
    installation: Installation,
    user: UserId,
    id: StreamId,
    cursor: Cursor,
    budget: &mut Budget,
) -> Result<Option<Caught>, Failed> {
    let Some(stream) = stream(connection, id)? else { return Ok(Some(Caught::Gone)) };
    let since = match stream.kind {
        stream_kind::ROOM => match membership(connection, id.as_room(), user)? {
            Some((_, since)) => since,
            None => return Ok(Some(Caught::Gone)),
        },
        stream_kind::USER if id.as_user() != user => return Ok(Some(Caught::Gone)),
        _ => Rev(0),
    };
    match cursor.standing(installation.epoch, stream.floor, stream.head, since) {
        Standing::UpToDate => Ok(None),
        Standing::Reset => Ok(Some(Caught::Reset)),
        Standing::Behind => {
            page(connection, id, &stream, cursor.rev, budget).map(|page| Some(Caught::Page(page)))
        }
    }
}

pub(in crate::sqlite) fn changes(
    connection: &Connection,
    after: Vec<(StreamId, Rev)>,
) -> Result<Vec<(StreamId, Option<ChangePage>)>, Failed> {
    let mut budget = Budget::new();
    let mut answers = Vec::with_capacity(after.len().min(SYNC_STREAMS));
    for (id, from) in after.into_iter().take(SYNC_STREAMS) {
        if budget.is_spent() {
            break;
        }
        let page = match stream(connection, id)? {
            Some(stream) if (stream.floor..=stream.head).contains(&from) => {
                Some(page(connection, id, &stream, from, &mut budget)?)
            }
            _ => None,
        };
        answers.push((id, page));
    }
    Ok(answers)
}

fn page(
    connection: &Connection,
    id: StreamId,
    stream: &Stream,
    from: Rev,
    budget: &mut Budget,
) -> Result<ChangePage, Failed> {
    let rows = change_rows(connection, id, from, budget.changes).map_err(DatabaseError::from)?;
    let last = Last::of(&rows);
    let mut page = ChangePage { from, through: from, head: stream.head, changes: Vec::new() };
    for row in rows {
        budget.take_change();
        page.through = row.rev;
        let Some(kind) = last.stands_for(&row) else { continue };
        if let Some(state) = present_state(connection, id, kind, row.target)? {
            let more = budget.take_state(&state);
            page.changes.push(Change { rev: row.rev, state, nonce: None });
            if !more {
                break;
            }
        }
    }
    Ok(page)
}

/// The first change rows of a stream after a revision.
fn change_rows(
    connection: &Connection,
    id: StreamId,
    from: Rev,
    most: usize,
) -> rusqlite::Result<Vec<ChangeRow>> {
    let mut rows = connection.prepare_cached(
        "SELECT rev, kind, target FROM change WHERE stream = ? AND rev > ? ORDER BY rev LIMIT ?",
    )?;
    let rows = rows.query_map(params![Id(id.0), from.0.cast_signed(), most as i64], |row| {
        let target = match row.get_ref(2)? {
            ValueRef::Integer(seq) => Target::Seq(Rev(seq.unsigned_abs())),
            other => Target::Id(Id::column_result(other)?.0),
        };
        let rev = Rev(row.get::<_, i64>(0)?.unsigned_abs());
        Ok(ChangeRow { rev, kind: ChangeKind::from_number(row.get(1)?), target })
    })?;
    rows.collect()
}

pub(in crate::sqlite) fn heads(database: &dyn Database, streams: &[StreamId]) -> Result<Vec<Rev>, Failed> {
    let heads = streams.iter().map(|id| head(database, *id).map(Option::unwrap_or_default));
    Ok(heads.collect::<Result<_, _>>()?)
}

pub(in crate::sqlite) fn followed(
    database: &dyn Database,
    users: &[UserId],
) -> Result<Vec<Followed>, Failed> {
    let mut followed = Vec::with_capacity(users.len());
    for user in users {
        let own = head(database, StreamId::from(*user))?.unwrap_or_default();
        let rooms = database.all(
            r#"SELECT member.room, stream.head, member.since FROM member
               JOIN stream ON stream.id = member.room WHERE member."user" = $1"#,
            parameters![*user],
            |row| Ok(FollowedRoom { room: row.get(0)?, head: row.get(1)?, since: row.get(2)? }),
        )?;
        followed.push(Followed { own, rooms });
    }
    Ok(followed)
}

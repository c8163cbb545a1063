//! Catching up: what changed after a cursor, each thing once and in its present state.

use std::collections::HashMap;

use chinwag_model::stream::Standing;
use chinwag_model::{Change, ChangeKind, Cursor, Rev, RoomId, StreamId, UserId};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};

use super::rooms::membership;
use super::targets::{Target, present_state, size};
use crate::sqlite::readers::ReadError;
use crate::sqlite::rows::{self, Id, number, stream_kind};
use crate::sqlite::write::Installation;
use crate::{Caught, CaughtUp, ChangePage, Followed, FollowedRoom, SYNC_BYTES, SYNC_CHANGES, SYNC_STREAMS};

/// What is left of an answer's size.
struct Budget {
    changes: usize,
    bytes: usize,
}

impl Budget {
    const fn new() -> Self {
        Self { changes: SYNC_CHANGES, bytes: SYNC_BYTES }
    }

    const fn is_spent(&self) -> bool {
        self.changes == 0 || self.bytes == 0
    }
}

struct Stream {
    kind: i64,
    head: Rev,
    floor: Rev,
}

fn stream(connection: &Connection, id: StreamId) -> rusqlite::Result<Option<Stream>> {
    connection
        .prepare_cached("SELECT kind, head, floor FROM stream WHERE id = ?")?
        .query_row([Id(id.0)], |row| {
            Ok(Stream { kind: row.get(0)?, head: rows::rev(row, 1)?, floor: rows::rev(row, 2)? })
        })
        .optional()
}

pub(in crate::sqlite) fn sync(
    connection: &Connection,
    installation: Installation,
    user: UserId,
    cursors: Vec<(StreamId, Cursor)>,
) -> Result<CaughtUp, ReadError> {
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
) -> Result<Option<Caught>, ReadError> {
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
    id: StreamId,
    from: Rev,
) -> Result<Option<ChangePage>, ReadError> {
    match stream(connection, id)? {
        Some(stream) if (stream.floor..=stream.head).contains(&from) => {
            page(connection, id, &stream, from, &mut Budget::new()).map(Some)
        }
        _ => Ok(None),
    }
}

fn page(
    connection: &Connection,
    id: StreamId,
    stream: &Stream,
    from: Rev,
    budget: &mut Budget,
) -> Result<ChangePage, ReadError> {
    let mut rows = connection.prepare_cached(
        "SELECT rev, kind, target FROM change WHERE stream = ? AND rev > ? ORDER BY rev LIMIT ?",
    )?;
    let rows = rows
        .query_map(params![Id(id.0), number(from), rows::limit(budget.changes)], |row| {
            let kind = ChangeKind::from_number(row.get(1)?);
            let target = match row.get_ref(2)? {
                ValueRef::Integer(seq) => Target::Seq(Rev(seq.unsigned_abs())),
                other => Target::Id(<Id as rusqlite::types::FromSql>::column_result(other)?.0),
            };
            Ok((rows::rev(row, 0)?, kind, target))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;

    // The last change of each target within these rows stands for all of them.
    let last: HashMap<_, Rev> = rows.iter().map(|(rev, kind, target)| ((*kind, *target), *rev)).collect();
    let mut page = ChangePage { from, through: from, head: stream.head, changes: Vec::new() };
    for (rev, kind, target) in rows {
        budget.changes = budget.changes.saturating_sub(1);
        page.through = rev;
        // A kind that this version does not know was written by a newer one; who knows it will ask again.
        let Some(known) = kind else { continue };
        if last.get(&(kind, target)) != Some(&rev) {
            continue;
        }
        if let Some(state) = present_state(connection, id, known, target)? {
            budget.bytes = budget.bytes.saturating_sub(size(&state));
            page.changes.push(Change { rev, state, nonce: None });
        }
        if budget.bytes == 0 {
            break;
        }
    }
    Ok(page)
}

pub(in crate::sqlite) fn heads(connection: &Connection, streams: &[StreamId]) -> Result<Vec<Rev>, ReadError> {
    let heads = streams.iter().map(|id| super::rooms::head(connection, *id).map(Option::unwrap_or_default));
    Ok(heads.collect::<rusqlite::Result<_>>()?)
}

pub(in crate::sqlite) fn followed(
    connection: &Connection,
    users: &[UserId],
) -> Result<Vec<Followed>, ReadError> {
    let mut rooms = connection.prepare_cached(
        "SELECT member.room, stream.head, member.since FROM member JOIN stream ON stream.id = member.room
         WHERE member.user = ?",
    )?;
    let mut followed = Vec::with_capacity(users.len());
    for user in users {
        let own = super::rooms::head(connection, StreamId::from(*user))?.unwrap_or_default();
        let rooms = rooms
            .query_map([Id(user.0)], |row| {
                let room = RoomId(row.get::<_, Id>(0)?.0);
                Ok(FollowedRoom { room, head: rows::rev(row, 1)?, since: rows::rev(row, 2)? })
            })?
            .collect::<rusqlite::Result<_>>()?;
        followed.push(Followed { own, rooms });
    }
    Ok(followed)
}

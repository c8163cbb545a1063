//! The workspace: invitations, settings, who did what, and all rooms by name.

use chinwag_model::permission::Action;
use chinwag_model::{Millis, RoomId, SessionKey, UserId, WorkspaceSettings};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use uuid::Uuid;

use super::permit::permit;
use crate::sqlite::readers::ReadError;
use crate::sqlite::rows::{self, Id, room_columns};
use crate::sqlite::write::SETTINGS;
use crate::{After, AuditEntry, Invitation, RoomList};

/// Begins a query for invitations.
macro_rules! select_invitations {
    ($rest:literal) => {
        concat!(
            "SELECT invitation.id, user.name, invitation.note, invitation.at, invitation.expires_at, invitation.uses, ",
            "invitation.most_uses, invitation.revoked_at FROM invitation LEFT JOIN user ON user.id = invitation.maker ",
            $rest
        )
    };
}

pub(in crate::sqlite) fn invitations(
    connection: &Connection,
    by: UserId,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Invitation>, ReadError> {
    permit(connection, Action::Invite, Some(by))?;
    let mut page = connection
        .prepare_cached(select_invitations!("WHERE invitation.id < ? ORDER BY invitation.id DESC LIMIT ?"))?;
    let before = before.unwrap_or(Uuid::max());
    let page = page.query_map(params![Id(before), rows::limit(limit)], invitation_of)?;
    Ok(page.collect::<rusqlite::Result<_>>()?)
}

pub(in crate::sqlite) fn invitation(
    connection: &Connection,
    key: SessionKey,
) -> Result<Option<Invitation>, ReadError> {
    Ok(connection
        .prepare_cached(select_invitations!("WHERE invitation.key = ?"))?
        .query_row([key.0], invitation_of)
        .optional()?)
}

fn invitation_of(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        id: row.get::<_, Id>(0)?.0,
        maker: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
        note: row.get(2)?,
        at: rows::millis(row, 3)?,
        expires_at: rows::millis(row, 4)?,
        uses: row.get(5)?,
        most_uses: row.get(6)?,
        revoked_at: row.get::<_, Option<i64>>(7)?.map(Millis),
    })
}

pub(in crate::sqlite) fn settings(connection: &Connection) -> Result<WorkspaceSettings, ReadError> {
    let text = connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?")?
        .query_row([SETTINGS], |row| row.get::<_, String>(0))
        .optional()?;
    let Some(text) = text else { return Ok(WorkspaceSettings::default()) };
    // A newer version may have written what this one does not know.
    Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::error!(%error, "the settings of the workspace cannot be read; those of the server hold");
        WorkspaceSettings::default()
    }))
}

pub(in crate::sqlite) fn audit(
    connection: &Connection,
    by: UserId,
    about: Option<UserId>,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<AuditEntry>, ReadError> {
    /// Begins a query for entries, the names of their people and rooms beside them.
    macro_rules! select_entries {
        ($from:literal) => {
            concat!(
                "SELECT entry.id, entry.at, entry.actor, actor.name, entry.action, entry.target, target.name, ",
                "entry.room, room.name, entry.detail FROM ",
                $from,
                " AS entry LEFT JOIN user AS actor ON actor.id = entry.actor ",
                "LEFT JOIN user AS target ON target.id = entry.target ",
                "LEFT JOIN room ON room.id = entry.room ORDER BY entry.id DESC"
            )
        };
    }
    permit(connection, Action::SeeAudit, Some(by))?;
    let before = before.and_then(|id| i64::try_from(id).ok()).unwrap_or(i64::MAX);
    let limit = rows::limit(limit);
    let entry = |row: &Row<'_>| {
        let named = |id: usize| -> rusqlite::Result<Option<(Uuid, String)>> {
            let Some(found) = row.get::<_, Option<Id>>(id)? else { return Ok(None) };
            Ok(Some((found.0, row.get::<_, Option<String>>(id + 1)?.unwrap_or_default())))
        };
        Ok(AuditEntry {
            id: row.get::<_, i64>(0)?.unsigned_abs(),
            at: rows::millis(row, 1)?,
            actor: named(2)?.map(|(id, name)| (UserId(id), name)),
            action: row.get(4)?,
            target: named(5)?.map(|(id, name)| (UserId(id), name)),
            room: named(7)?.map(|(id, name)| (RoomId(id), name)),
            detail: row.get(9)?,
        })
    };
    let collect = |sql: &str, parameters: &[&dyn ToSql]| -> rusqlite::Result<Vec<AuditEntry>> {
        connection.prepare_cached(sql)?.query_map(parameters, entry)?.collect()
    };
    Ok(match about {
        None => collect(
            select_entries!("(SELECT * FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2)"),
            params![before, limit],
        )?,
        // One part by each index, so that neither looks through the log.
        Some(user) => collect(
            select_entries!(
                "(SELECT * FROM (SELECT * FROM audit WHERE actor = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2)
                  UNION SELECT * FROM (SELECT * FROM audit WHERE target = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2)
                  ORDER BY id DESC LIMIT ?2)"
            ),
            params![before, limit, Id(user.0)],
        )?,
    })
}

pub(in crate::sqlite) fn room_list(
    connection: &Connection,
    by: UserId,
    text: Option<&str>,
    after: Option<After>,
    limit: usize,
) -> Result<RoomList, ReadError> {
    permit(connection, Action::ListRooms, Some(by))?;
    // Every room with a name is found by the beginning of nothing, by the whole of its name first.
    let text = text.unwrap_or_default();
    let (key, id) = after.map_or((text.to_owned(), Uuid::nil()), |after| (after.key, after.id));
    let mut found = connection.prepare_cached(concat!(
        "SELECT ",
        room_columns!(),
        ", room.members, found.key FROM room_search AS found JOIN room ON room.id = found.room
         WHERE (found.key, found.room) > (?1, ?2) AND found.key < ?4
           AND NOT EXISTS (SELECT 1 FROM room_search AS earlier
             WHERE earlier.room = found.room AND earlier.key >= ?3 AND earlier.key < found.key)
         ORDER BY found.key, found.room LIMIT ?5"
    ))?;
    let beyond = format!("{text}\u{10FFFF}");
    let mut rooms = found
        .query_map(params![key, Id(id), text, beyond, rows::limit(limit + 1)], |row| {
            let members: i64 = row.get(rows::ROOM_COLUMNS)?;
            Ok((
                rows::room(connection, row)?,
                members.max(0).unsigned_abs(),
                row.get::<_, String>(rows::ROOM_COLUMNS + 1)?,
            ))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let more = rooms.len() > limit;
    rooms.truncate(limit);
    let next = rooms.last().filter(|_| more).map(|(room, _, key)| After { key: key.clone(), id: room.id.0 });
    Ok(RoomList { rooms: rooms.into_iter().map(|(room, members, _)| (room, members)).collect(), next })
}

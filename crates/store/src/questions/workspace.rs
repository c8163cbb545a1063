//! The workspace: invitations, settings, who did what, and all rooms by name.

use chinwag_model::permission::Action;
use chinwag_model::{SessionKey, UserId, WorkspaceSettings};
use uuid::Uuid;

use super::beyond;
use super::permit::permit;
use crate::commands::SETTINGS;
use crate::database::{Column, Database, DatabaseError, Failed, Row, parameters};
use crate::rows::{self, room_columns};
use crate::{After, AuditEntry, Invitation, RoomList};

/// Begins a query for invitations.
macro_rules! select_invitations {
    ($rest:literal) => {
        concat!(
            r#"SELECT invitation.id, "user".name, invitation.note, invitation.at, invitation.expires_at, "#,
            "invitation.uses, invitation.most_uses, invitation.revoked_at ",
            r#"FROM invitation LEFT JOIN "user" ON "user".id = invitation.maker "#,
            $rest
        )
    };
}

pub(crate) fn invitations(
    database: &dyn Database,
    by: UserId,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Invitation>, Failed> {
    permit(database, Action::Invite, Some(by))?;
    Ok(database.all(
        select_invitations!("WHERE invitation.id < $1 ORDER BY invitation.id DESC LIMIT $2"),
        parameters![before.unwrap_or(Uuid::max()), limit],
        invitation_of,
    )?)
}

pub(crate) fn invitation(database: &dyn Database, key: SessionKey) -> Result<Option<Invitation>, Failed> {
    Ok(database.first(select_invitations!("WHERE invitation.key = $1"), parameters![&key], invitation_of)?)
}

fn invitation_of(row: &dyn Row) -> Result<Invitation, DatabaseError> {
    Ok(Invitation {
        id: row.get(0)?,
        maker: row.get::<Option<String>>(1)?.unwrap_or_default(),
        note: row.get(2)?,
        at: row.get(3)?,
        expires_at: row.get(4)?,
        uses: row.get(5)?,
        most_uses: row.get(6)?,
        revoked_at: row.get(7)?,
    })
}

pub(crate) fn settings(database: &dyn Database) -> Result<WorkspaceSettings, Failed> {
    let text: Option<String> =
        database.first("SELECT value FROM meta WHERE key = $1", parameters![SETTINGS], |row| row.get(0))?;
    let Some(text) = text else { return Ok(WorkspaceSettings::default()) };
    // A newer version may have written what this one does not know.
    Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::error!(%error, "the settings of the workspace cannot be read; those of the server hold");
        WorkspaceSettings::default()
    }))
}

pub(crate) fn audit(
    database: &dyn Database,
    by: UserId,
    about: Option<UserId>,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<AuditEntry>, Failed> {
    /// Begins a query for entries, the names of their people and rooms beside them.
    macro_rules! select_entries {
        ($from:literal) => {
            concat!(
                "SELECT entry.id, entry.at, entry.actor, actor.name, entry.action, entry.target, target.name, ",
                "entry.room, room.name, entry.detail FROM ",
                $from,
                r#" AS entry LEFT JOIN "user" AS actor ON actor.id = entry.actor "#,
                r#"LEFT JOIN "user" AS target ON target.id = entry.target "#,
                "LEFT JOIN room ON room.id = entry.room ORDER BY entry.id DESC"
            )
        };
    }
    permit(database, Action::SeeAudit, Some(by))?;
    let before = before.and_then(|id| i64::try_from(id).ok()).unwrap_or(i64::MAX);
    Ok(match about {
        None => database.all(
            select_entries!("(SELECT * FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2)"),
            parameters![before, limit],
            entry_of,
        )?,
        // One part by each index, so that neither looks through the log.
        Some(user) => database.all(
            select_entries!(
                "(SELECT * FROM (SELECT * FROM audit WHERE actor = $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS done
                  UNION SELECT * FROM
                    (SELECT * FROM audit WHERE target = $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS suffered
                  ORDER BY id DESC LIMIT $3)"
            ),
            parameters![user, before, limit],
            entry_of,
        )?,
    })
}

fn entry_of(row: &dyn Row) -> Result<AuditEntry, DatabaseError> {
    Ok(AuditEntry {
        id: row.get(0)?,
        at: row.get(1)?,
        actor: named(row, 2)?,
        action: row.get(4)?,
        target: named(row, 5)?,
        room: named(row, 7)?,
        detail: row.get(9)?,
    })
}

/// Whoever or whatever is meant, with its name in the next column.
fn named<T: Column>(row: &dyn Row, id: usize) -> Result<Option<(T, String)>, DatabaseError> {
    let Some(found) = row.get::<Option<T>>(id)? else { return Ok(None) };
    Ok(Some((found, row.get::<Option<String>>(id + 1)?.unwrap_or_default())))
}

pub(crate) fn room_list(
    database: &dyn Database,
    by: UserId,
    text: Option<&str>,
    after: Option<After>,
    limit: usize,
) -> Result<RoomList, Failed> {
    permit(database, Action::ListRooms, Some(by))?;
    // Every room with a name is found by the beginning of nothing, by the whole of its name first.
    let text = text.unwrap_or_default();
    let (key, id) = after.map_or((text.to_owned(), Uuid::nil()), |after| (after.key, after.id));
    let rooms = database.all(
        concat!(
            "SELECT ",
            room_columns!(),
            ", room.members, found.key FROM room_search AS found JOIN room ON room.id = found.room
             WHERE (found.key, found.room) > ($1, $2) AND found.key < $3
               AND NOT EXISTS (SELECT 1 FROM room_search AS earlier
                 WHERE earlier.room = found.room AND earlier.key >= $4 AND earlier.key < found.key)
             ORDER BY found.key, found.room LIMIT $5"
        ),
        parameters![&key, id, &beyond(text), text, limit + 1],
        |row| Ok((rows::room(row)?, (row.get(rows::ROOM_COLUMNS)?, row.get(rows::ROOM_COLUMNS + 1)?))),
    )?;
    let mut rooms = rows::with_people(database, rooms)?;
    let more = rooms.len() > limit;
    rooms.truncate(limit);
    let next = rooms
        .last()
        .filter(|_| more)
        .map(|(room, (_, key)): &(_, (u64, String))| After { key: key.clone(), id: room.id.0 });
    Ok(RoomList { rooms: rooms.into_iter().map(|(room, (members, _))| (room, members)).collect(), next })
}

//! Sessions.

use chinwag_model::{Millis, SessionKey, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::readers::ReadError;
use crate::sqlite::rows::{self, Id, user_columns};
use crate::{ListedSession, Session};

pub(in crate::sqlite) fn session(
    connection: &Connection,
    key: SessionKey,
    now: Millis,
) -> Result<Option<Session>, ReadError> {
    const LAST: usize = rows::USER_COLUMNS;
    Ok(connection
        .prepare_cached(concat!(
            "SELECT ",
            user_columns!("user"),
            ", session.expires_at, session.ends_at, session.used_at FROM session
             JOIN user ON user.id = session.user WHERE key = ? AND expires_at > ? AND user.standing = 0"
        ))?
        .query_row(params![key.0, now.0], |row| {
            Ok(Session {
                user: rows::user(row, 0)?,
                expires_at: rows::millis(row, LAST)?,
                ends_at: rows::millis(row, LAST + 1)?,
                used_at: rows::millis(row, LAST + 2)?,
            })
        })
        .optional()?)
}

pub(in crate::sqlite) fn sessions(
    connection: &Connection,
    user: UserId,
    now: Millis,
) -> Result<Vec<ListedSession>, ReadError> {
    let mut list = connection.prepare_cached(
        "SELECT key, at, used_at, ends_at, device, address FROM session
         WHERE user = ? AND expires_at > ? ORDER BY used_at DESC, key",
    )?;
    let list = list.query_map(params![Id(user.0), now.0], |row| {
        Ok(ListedSession {
            id: SessionKey(row.get(0)?).id(),
            at: rows::millis(row, 1)?,
            used_at: rows::millis(row, 2)?,
            ends_at: rows::millis(row, 3)?,
            device: row.get(4)?,
            address: row.get(5)?,
        })
    })?;
    Ok(list.collect::<rusqlite::Result<_>>()?)
}

/// Whether the time of any session is over.
pub(in crate::sqlite) fn any_session_over(connection: &Connection, now: Millis) -> Result<bool, ReadError> {
    Ok(connection.prepare_cached("SELECT 1 FROM session WHERE expires_at <= ?")?.exists([now.0])?)
}

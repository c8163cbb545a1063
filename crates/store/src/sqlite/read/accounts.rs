//! Accounts and sessions.

use chinwag_model::{Millis, SessionKey, UserId, UserName};
use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::readers::ReadError;
use crate::sqlite::rows::{self, Id};
use crate::{Account, Credentials, Session};

pub(in crate::sqlite) fn credentials(
    connection: &Connection,
    name: &UserName,
) -> Result<Option<Credentials>, ReadError> {
    let [look, _] = name.looks();
    Ok(connection
        .prepare_cached(
            "SELECT user.id, user.name, user.role, user.password_hash FROM user_look
             JOIN user ON user.id = user_look.user WHERE look = ?",
        )?
        .query_row([look], |row| Ok(Credentials { user: rows::user(row, 0)?, password_hash: row.get(3)? }))
        .optional()?)
}

pub(in crate::sqlite) fn accounts(
    connection: &Connection,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<Account>, ReadError> {
    let mut page =
        connection.prepare_cached("SELECT id, name, role, at FROM user WHERE id > ? ORDER BY id LIMIT ?")?;
    let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
    let found = page.query_map(params![Id(after), rows::limit(limit)], |row| {
        Ok(Account { user: rows::user(row, 0)?, at: rows::millis(row, 3)? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(in crate::sqlite) fn has_administrator(connection: &Connection) -> Result<bool, ReadError> {
    Ok(connection.prepare_cached("SELECT 1 FROM user WHERE role = 1")?.exists([])?)
}

pub(in crate::sqlite) fn session(
    connection: &Connection,
    key: SessionKey,
    now: Millis,
) -> Result<Option<Session>, ReadError> {
    Ok(connection
        .prepare_cached(
            "SELECT user.id, user.name, user.role, session.expires_at FROM session
             JOIN user ON user.id = session.user WHERE key = ? AND expires_at > ?",
        )?
        .query_row(params![key.0, now.0], |row| {
            Ok(Session { user: rows::user(row, 0)?, expires_at: rows::millis(row, 3)? })
        })
        .optional()?)
}

//! Accounts: who signs in, and with what.

use chinwag_model::{UserId, UserName};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::Credentials;
use crate::sqlite::readers::ReadError;
use crate::sqlite::rows::{self, Id, user_columns};

pub(in crate::sqlite) fn credentials(
    connection: &Connection,
    name: &UserName,
) -> Result<Option<Credentials>, ReadError> {
    let [look, _] = name.looks();
    Ok(connection
        .prepare_cached(concat!(
            "SELECT ",
            user_columns!("user"),
            ", user.password_hash FROM user_look JOIN user ON user.id = user_look.user WHERE look = ?"
        ))?
        .query_row([look], with_password)
        .optional()?)
}

pub(in crate::sqlite) fn credentials_of(
    connection: &Connection,
    user: UserId,
) -> Result<Option<Credentials>, ReadError> {
    Ok(connection
        .prepare_cached(concat!(
            "SELECT ",
            user_columns!("user"),
            ", user.password_hash FROM user WHERE id = ?"
        ))?
        .query_row([Id(user.0)], with_password)
        .optional()?)
}

fn with_password(row: &Row<'_>) -> rusqlite::Result<Credentials> {
    let hash: String = row.get(rows::USER_COLUMNS)?;
    Ok(Credentials {
        user: rows::user(row, 0)?,
        standing: rows::standing(row, rows::USER_COLUMNS - 1)?,
        password_hash: Some(hash).filter(|hash| !hash.is_empty()),
    })
}

pub(in crate::sqlite) fn has_administrator(connection: &Connection) -> Result<bool, ReadError> {
    Ok(connection.prepare_cached("SELECT 1 FROM user WHERE role IN (1, 2, 3) AND role != 2")?.exists([])?)
}

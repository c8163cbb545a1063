//! Sessions.

use chinwag_model::{Millis, Scopes, SessionKey, UserId};

use crate::database::{Database, DatabaseError, Failed, Row, parameters};
use crate::rows::{self, has_second_factor, user_columns};
use crate::{ListedSession, Session};

/// A session that has not ended at a time, by its key.
pub(crate) const SELECT_SESSION: &str = concat!(
    "SELECT ",
    user_columns!(),
    r#", session.expires_at, session.ends_at, session.used_at, session.at, session.scopes, "#,
    has_second_factor!(),
    r#" FROM session
     JOIN "user" ON "user".id = session.user WHERE key = $1 AND expires_at > $2 AND "user".standing = 0"#
);

/// A session from the columns of [`SELECT_SESSION`].
pub(crate) fn session_of(row: &dyn Row) -> Result<Session, DatabaseError> {
    const LAST: usize = rows::USER_COLUMNS;
    Ok(Session {
        user: rows::user(row)?,
        expires_at: row.get(LAST)?,
        ends_at: row.get(LAST + 1)?,
        used_at: row.get(LAST + 2)?,
        at: row.get(LAST + 3)?,
        scopes: row.get::<Option<u32>>(LAST + 4)?.map(Scopes::from_bits),
        has_second_factor: row.get(LAST + 5)?,
    })
}

pub(crate) fn session(
    database: &dyn Database,
    key: SessionKey,
    now: Millis,
) -> Result<Option<Session>, Failed> {
    Ok(database.first(SELECT_SESSION, parameters![&key, now], session_of)?)
}

pub(crate) fn sessions(
    database: &dyn Database,
    user: UserId,
    now: Millis,
) -> Result<Vec<ListedSession>, Failed> {
    Ok(database.all(
        r#"SELECT key, at, used_at, ends_at, device, address FROM session
           WHERE "user" = $1 AND expires_at > $2 AND scopes IS NULL ORDER BY used_at DESC, key"#,
        parameters![user, now],
        |row| {
            Ok(ListedSession {
                id: row.get::<SessionKey>(0)?.id(),
                at: row.get(1)?,
                used_at: row.get(2)?,
                ends_at: row.get(3)?,
                device: row.get(4)?,
                address: row.get(5)?,
            })
        },
    )?)
}

/// Whether the time of any session is over.
pub(crate) fn any_session_over(database: &dyn Database, now: Millis) -> Result<bool, Failed> {
    Ok(database.exists("SELECT 1 FROM session WHERE expires_at <= $1 LIMIT 1", parameters![now])?)
}

//! People: lists for those who keep order, searching by name, pictures, and what somebody wrote.

use chinwag_model::permission::Action;
use chinwag_model::{Millis, Refusal, Rev, RoomId, SessionKey, User, UserId};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, ToSql, params};
use uuid::Uuid;

use super::permit::permit;
use crate::sqlite::readers::ReadError;
use crate::sqlite::rows::{self, Id, number, user_columns};
use crate::{Account, AccountPage, After, Listed, OwnMessage};

/// The end of all texts that begin alike.
fn beyond(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

pub(in crate::sqlite) fn person(connection: &Connection, user: UserId) -> Result<Option<User>, ReadError> {
    Ok(super::targets::person(connection, user)?)
}

pub(in crate::sqlite) fn avatar(
    connection: &Connection,
    user: UserId,
) -> Result<Option<(u32, Vec<u8>)>, ReadError> {
    Ok(connection
        .prepare_cached("SELECT version, bytes FROM avatar WHERE user = ? AND bytes != x''")?
        .query_row([Id(user.0)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

pub(in crate::sqlite) fn search_people(
    connection: &Connection,
    by: UserId,
    text: &str,
    limit: usize,
) -> Result<Vec<User>, ReadError> {
    permit(connection, Action::SeePeople, Some(by))?;
    let mut found = connection.prepare_cached(concat!(
        "SELECT ",
        user_columns!("user"),
        " FROM user_search AS found JOIN user ON user.id = found.user
         WHERE found.key >= ?1 AND found.key < ?2 AND user.standing = 0 AND user.role != 4
           AND NOT EXISTS (SELECT 1 FROM user_search AS earlier
             WHERE earlier.user = found.user AND earlier.key >= ?1 AND earlier.key < found.key)
         ORDER BY found.key, found.user LIMIT ?3"
    ))?;
    let found = found.query_map(params![text, beyond(text), rows::limit(limit)], |row| rows::user(row, 0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Begins a query for accounts, with the key by which they are ordered in the last column.
macro_rules! select_accounts {
    ($key:literal, $rest:literal) => {
        concat!("SELECT ", user_columns!("user"), ", user.at, user.muted_until, ", $key, " FROM ", $rest)
    };
}

pub(in crate::sqlite) fn accounts(
    connection: &Connection,
    by: Option<UserId>,
    listed: &Listed,
    after: Option<After>,
    limit: usize,
) -> Result<AccountPage, ReadError> {
    permit(connection, Action::ListPeople, by)?;
    // What is found begins with what begins like it.
    let first = if let Listed::Named(text) = listed { text.clone() } else { String::new() };
    let (key, id) = after.map_or((first, Uuid::nil()), |after| (after.key, after.id));
    let (id, rows) = (Id(id), rows::limit(limit + 1));
    let mut found = match listed {
        Listed::All => page(
            connection.prepare_cached(select_accounts!(
                "user.sort_key",
                "user WHERE standing < 3 AND (sort_key, id) > (?1, ?2) ORDER BY sort_key, id LIMIT ?3"
            ))?,
            params![key, id, rows],
        )?,
        Listed::Restricted => page(
            connection.prepare_cached(select_accounts!(
                "user.sort_key",
                "user WHERE standing IN (1, 2) AND (sort_key, id) > (?1, ?2) ORDER BY sort_key, id LIMIT ?3"
            ))?,
            params![key, id, rows],
        )?,
        // There are few of them: they are sorted by hand.
        Listed::Staff => page(
            connection.prepare_cached(select_accounts!(
                "user.sort_key",
                "user WHERE role IN (1, 2, 3) AND standing < 3 AND (sort_key, id) > (?1, ?2)
                 ORDER BY sort_key, id LIMIT ?3"
            ))?,
            params![key, id, rows],
        )?,
        Listed::Named(text) => page(
            connection.prepare_cached(select_accounts!(
                "found.key",
                "user_search AS found JOIN user ON user.id = found.user
                 WHERE (found.key, found.user) > (?1, ?2) AND found.key < ?5
                   AND NOT EXISTS (SELECT 1 FROM user_search AS earlier
                     WHERE earlier.user = found.user AND earlier.key >= ?4 AND earlier.key < found.key)
                 ORDER BY found.key, found.user LIMIT ?3"
            ))?,
            params![key, id, rows, text, beyond(text)],
        )?,
    };
    let more = found.len() > limit;
    found.truncate(limit);
    let next =
        found.last().filter(|_| more).map(|(account, key)| After { key: key.clone(), id: account.user.id.0 });
    Ok(AccountPage { accounts: found.into_iter().map(|(account, _)| account).collect(), next })
}

fn page(
    mut statement: CachedStatement<'_>,
    parameters: &[&dyn ToSql],
) -> rusqlite::Result<Vec<(Account, String)>> {
    statement.query_map(parameters, |row| Ok((account_of(row)?, row.get(rows::USER_COLUMNS + 2)?)))?.collect()
}

fn account_of(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        user: rows::user(row, 0)?,
        standing: rows::standing(row, rows::USER_COLUMNS - 1)?,
        at: rows::millis(row, rows::USER_COLUMNS)?,
        muted_until: rows::millis(row, rows::USER_COLUMNS + 1)?,
    })
}

pub(in crate::sqlite) fn account(
    connection: &Connection,
    by: Option<UserId>,
    user: UserId,
) -> Result<Account, ReadError> {
    permit(connection, Action::ListPeople, by)?;
    let account = connection
        .prepare_cached(select_accounts!("''", "user WHERE id = ?"))?
        .query_row([Id(user.0)], account_of)
        .optional()?;
    Ok(account.ok_or(Refusal::UserUnknown)?)
}

pub(in crate::sqlite) fn reset(
    connection: &Connection,
    key: SessionKey,
    now: Millis,
) -> Result<Option<User>, ReadError> {
    Ok(connection
        .prepare_cached(concat!(
            "SELECT ",
            user_columns!("user"),
            " FROM reset JOIN user ON user.id = reset.user WHERE reset.key = ? AND reset.expires_at > ?"
        ))?
        .query_row(params![key.0, now.0], |row| rows::user(row, 0))
        .optional()?)
}

pub(in crate::sqlite) fn own_messages(
    connection: &Connection,
    user: UserId,
    after: Option<(RoomId, Rev)>,
    limit: usize,
) -> Result<Vec<OwnMessage>, ReadError> {
    let (room, seq) = after.map_or((Uuid::nil(), 0), |(room, seq)| (room.0, number(seq)));
    let mut page = connection.prepare_cached(
        "SELECT room, seq, at, edited_at, text FROM message INDEXED BY message_by_author
         WHERE author = ? AND kind = 0 AND deleted_at IS NULL AND (room, seq) > (?, ?) ORDER BY room, seq LIMIT ?",
    )?;
    let page = page.query_map(params![Id(user.0), Id(room), seq, rows::limit(limit)], |row| {
        Ok(OwnMessage {
            room: RoomId(row.get::<_, Id>(0)?.0),
            seq: rows::rev(row, 1)?,
            at: rows::millis(row, 2)?,
            edited_at: row.get::<_, Option<i64>>(3)?.map(Millis),
            text: row.get(4)?,
        })
    })?;
    Ok(page.collect::<rusqlite::Result<_>>()?)
}

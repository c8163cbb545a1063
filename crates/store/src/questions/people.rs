//! People: lists for those who keep order, searching by name, pictures, and what somebody wrote.

use chinwag_model::permission::Action;
use chinwag_model::{Millis, Refusal, Rev, RoomId, SessionKey, User, UserId};
use uuid::Uuid;

use super::beyond;
use super::permit::permit;
use crate::database::{Database, DatabaseError, Failed, Row, parameters};
use crate::rows::{self, user_columns};
use crate::{Account, AccountPage, After, Listed, OwnMessage};

/// Somebody, as everybody may see them.
pub(crate) fn person(database: &dyn Database, user: UserId) -> Result<Option<User>, DatabaseError> {
    database.first(
        concat!("SELECT ", user_columns!(), r#" FROM "user" WHERE id = $1"#),
        parameters![user],
        rows::user,
    )
}

pub(crate) fn avatar(database: &dyn Database, user: UserId) -> Result<Option<(u32, Vec<u8>)>, Failed> {
    Ok(database.first(
        r#"SELECT version, bytes FROM avatar WHERE "user" = $1 AND length(bytes) > 0"#,
        parameters![user],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

pub(crate) fn thumbnail(database: &dyn Database, user: UserId) -> Result<Option<(u32, Vec<u8>)>, Failed> {
    Ok(database.first(
        r#"SELECT version, thumbnail FROM avatar WHERE "user" = $1 AND thumbnail_of = version AND length(thumbnail) > 0 AND length(bytes) > 0"#,
        parameters![user],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Somebody's picture of which there is no small one yet.
pub(crate) fn without_thumbnail(database: &dyn Database) -> Result<Option<(UserId, u32, Vec<u8>)>, Failed> {
    Ok(database.first(
        r#"SELECT "user", version, bytes FROM avatar
           WHERE thumbnail_of <> version AND length(bytes) > 0 ORDER BY "user" LIMIT 1"#,
        parameters![],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?)
}

pub(crate) fn search_people(
    database: &dyn Database,
    by: UserId,
    text: &str,
    limit: usize,
) -> Result<Vec<User>, Failed> {
    permit(database, Action::SeePeople, Some(by))?;
    Ok(database.all(
        concat!(
            "SELECT ",
            user_columns!(),
            r#" FROM user_search AS found JOIN "user" ON "user".id = found.user
             WHERE found.key >= $1 AND found.key < $2 AND "user".standing = 0 AND "user".role != 4
               AND NOT EXISTS (SELECT 1 FROM user_search AS earlier
                 WHERE earlier.user = found.user AND earlier.key >= $1 AND earlier.key < found.key)
             ORDER BY found.key, found.user LIMIT $3"#
        ),
        parameters![text, &beyond(text), limit],
        rows::user,
    )?)
}

/// Begins a query for accounts, with the key by which they are ordered in the last column.
macro_rules! select_accounts {
    ($key:literal, $rest:literal) => {
        concat!("SELECT ", user_columns!(), r#", "user".at, "user".muted_until, "#, $key, " FROM ", $rest)
    };
}

pub(crate) fn accounts(
    database: &dyn Database,
    by: Option<UserId>,
    listed: &Listed,
    after: Option<After>,
    limit: usize,
) -> Result<AccountPage, Failed> {
    permit(database, Action::ListPeople, by)?;
    // What is found begins with what begins like it.
    let first = if let Listed::Named(text) = listed { text.clone() } else { String::new() };
    let (key, id) = after.map_or((first, Uuid::nil()), |after| (after.key, after.id));
    let rows = limit + 1;
    let mut found = match listed {
        Listed::All => database.all(
            select_accounts!(
                r#""user".sort_key"#,
                r#""user" WHERE standing < 3 AND (sort_key, id) > ($1, $2) ORDER BY sort_key, id LIMIT $3"#
            ),
            parameters![&key, id, rows],
            with_key,
        )?,
        Listed::Restricted => database.all(
            select_accounts!(
                r#""user".sort_key"#,
                r#""user" WHERE standing IN (1, 2) AND (sort_key, id) > ($1, $2) ORDER BY sort_key, id LIMIT $3"#
            ),
            parameters![&key, id, rows],
            with_key,
        )?,
        // There are few of them: they are sorted by hand.
        Listed::Staff => database.all(
            select_accounts!(
                r#""user".sort_key"#,
                r#""user" WHERE role IN (1, 2, 3) AND standing < 3 AND (sort_key, id) > ($1, $2)
                   ORDER BY sort_key, id LIMIT $3"#
            ),
            parameters![&key, id, rows],
            with_key,
        )?,
        Listed::Named(text) => database.all(
            select_accounts!(
                "found.key",
                r#"user_search AS found JOIN "user" ON "user".id = found.user
                   WHERE (found.key, found.user) > ($1, $2) AND found.key < $3
                     AND NOT EXISTS (SELECT 1 FROM user_search AS earlier
                       WHERE earlier.user = found.user AND earlier.key >= $4 AND earlier.key < found.key)
                   ORDER BY found.key, found.user LIMIT $5"#
            ),
            parameters![&key, id, &beyond(text), text, rows],
            with_key,
        )?,
    };
    let more = found.len() > limit;
    found.truncate(limit);
    let next =
        found.last().filter(|_| more).map(|(account, key)| After { key: key.clone(), id: account.user.id.0 });
    Ok(AccountPage { accounts: found.into_iter().map(|(account, _)| account).collect(), next })
}

fn with_key(row: &dyn Row) -> Result<(Account, String), DatabaseError> {
    Ok((account_of(row)?, row.get(rows::USER_COLUMNS + 2)?))
}

fn account_of(row: &dyn Row) -> Result<Account, DatabaseError> {
    Ok(Account {
        user: rows::user(row)?,
        standing: rows::user_standing(row)?,
        at: row.get(rows::USER_COLUMNS)?,
        muted_until: row.get(rows::USER_COLUMNS + 1)?,
    })
}

pub(crate) fn account(database: &dyn Database, by: Option<UserId>, user: UserId) -> Result<Account, Failed> {
    permit(database, Action::ListPeople, by)?;
    let account =
        database.first(select_accounts!("''", r#""user" WHERE id = $1"#), parameters![user], account_of)?;
    Ok(account.ok_or(Refusal::UserUnknown)?)
}

pub(crate) fn reset(database: &dyn Database, key: SessionKey, now: Millis) -> Result<Option<User>, Failed> {
    Ok(database.first(
        concat!(
            "SELECT ",
            user_columns!(),
            r#" FROM reset JOIN "user" ON "user".id = reset.user WHERE reset.key = $1 AND reset.expires_at > $2"#
        ),
        parameters![&key, now],
        rows::user,
    )?)
}

pub(crate) fn own_messages(
    database: &dyn Database,
    user: UserId,
    after: Option<(RoomId, Rev)>,
    limit: usize,
) -> Result<Vec<OwnMessage>, Failed> {
    Ok(database.written_by(user, after, limit)?)
}

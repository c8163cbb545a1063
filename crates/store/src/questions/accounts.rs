//! Accounts: who signs in, and with what.

use chinwag_model::{UserId, UserName};

use crate::Credentials;
use crate::database::{Database, DatabaseError, Failed, Row, parameters};
use crate::rows;

/// Begins a query for what [`with_password`] takes.
macro_rules! select_credentials {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::rows::user_columns!(),
            r#", "user".password_hash, "#,
            $crate::rows::has_second_factor!(),
            " FROM ",
            $rest
        )
    };
}
pub(super) use select_credentials;

pub(crate) fn credentials(database: &dyn Database, name: &UserName) -> Result<Option<Credentials>, Failed> {
    let [look, _] = name.looks();
    Ok(database.first(
        select_credentials!(r#"user_look JOIN "user" ON "user".id = user_look.user WHERE look = $1"#),
        parameters![look],
        with_password,
    )?)
}

pub(crate) fn credentials_of(database: &dyn Database, user: UserId) -> Result<Option<Credentials>, Failed> {
    Ok(database.first(select_credentials!(r#""user" WHERE id = $1"#), parameters![user], with_password)?)
}

pub(super) fn with_password(row: &dyn Row) -> Result<Credentials, DatabaseError> {
    let hash: String = row.get(rows::USER_COLUMNS)?;
    Ok(Credentials {
        user: rows::user(row)?,
        standing: rows::user_standing(row)?,
        password_hash: Some(hash).filter(|hash| !hash.is_empty()),
        has_second_factor: row.get(rows::USER_COLUMNS + 1)?,
    })
}

pub(crate) fn has_administrator(database: &dyn Database) -> Result<bool, Failed> {
    Ok(database.exists(r#"SELECT 1 FROM "user" WHERE role IN (1, 2, 3) AND role != 2"#, &[])?)
}

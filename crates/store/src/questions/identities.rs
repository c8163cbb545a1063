//! Accounts at other services.

use chinwag_model::UserId;

use super::accounts::{select_credentials, with_password};
use crate::database::{Database, Failed, parameters};
use crate::{Credentials, Identity, NewIdentity};

pub(crate) fn credentials_by_identity(
    database: &dyn Database,
    issuer: &str,
    subject: &str,
) -> Result<Option<Credentials>, Failed> {
    Ok(database.first(
        select_credentials!(
            r#"identity JOIN "user" ON "user".id = identity."user" WHERE issuer = $1 AND subject = $2"#
        ),
        parameters![issuer, subject],
        with_password,
    )?)
}

pub(crate) fn identities(database: &dyn Database, user: UserId) -> Result<Vec<Identity>, Failed> {
    Ok(database.all(
        r#"SELECT issuer, subject, name, at FROM identity WHERE "user" = $1 ORDER BY at, issuer, subject"#,
        parameters![user],
        |row| {
            let of = NewIdentity { issuer: row.get(0)?, subject: row.get(1)?, name: row.get(2)? };
            Ok(Identity { of, at: row.get(3)? })
        },
    )?)
}

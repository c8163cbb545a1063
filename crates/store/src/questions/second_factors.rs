//! Second factors.

use chinwag_model::UserId;

use crate::database::{Database, Failed, parameters};
use crate::{AuthenticatorSecret, SecondFactor};

pub(crate) fn second_factor(database: &dyn Database, user: UserId) -> Result<Option<SecondFactor>, Failed> {
    Ok(database.first(
        r#"SELECT at, (SELECT count(*) FROM recovery_code WHERE recovery_code."user" = authenticator."user")
           FROM authenticator WHERE "user" = $1"#,
        parameters![user],
        |row| {
            let recovery_codes = row.get::<u32>(1)?.try_into().unwrap_or(usize::MAX);
            Ok(SecondFactor { at: row.get(0)?, recovery_codes })
        },
    )?)
}

pub(crate) fn authenticator(
    database: &dyn Database,
    user: UserId,
) -> Result<Option<AuthenticatorSecret>, Failed> {
    Ok(database.first(r#"SELECT secret FROM authenticator WHERE "user" = $1"#, parameters![user], |row| {
        Ok(AuthenticatorSecret(row.get(0)?))
    })?)
}

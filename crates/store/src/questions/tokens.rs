//! Access tokens, and the keys by which short-lived ones are signed.

use chinwag_model::permission::Action;
use chinwag_model::{Millis, Scopes, SessionKey, UserId};

use super::permit;
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::{ListedToken, SigningKey};

/// Somebody's access tokens, the newest first.
pub(crate) fn tokens(database: &dyn Database, user: UserId, now: Millis) -> Result<Vec<ListedToken>, Failed> {
    permit(database, Action::OwnTokens, Some(user))?;
    Ok(database.all(
        r#"SELECT key, name, scopes, at, used_at, ends_at, device, address FROM session
           WHERE "user" = $1 AND expires_at > $2 AND scopes IS NOT NULL ORDER BY at DESC, key"#,
        parameters![user, now],
        |row| {
            Ok(ListedToken {
                id: row.get::<SessionKey>(0)?.id(),
                name: row.get(1)?,
                scopes: Scopes::from_bits(row.get(2)?),
                at: row.get(3)?,
                used_at: row.get::<Millis>(4).map(|used| (used.0 > 0).then_some(used))?,
                ends_at: row.get(5)?,
                device: row.get(6)?,
                address: row.get(7)?,
            })
        },
    )?)
}

/// How many they have.
pub(crate) fn count_tokens(
    database: &dyn Database,
    user: UserId,
    now: Millis,
) -> Result<usize, DatabaseError> {
    let count = database.first(
        r#"SELECT count(*) FROM session WHERE "user" = $1 AND expires_at > $2 AND scopes IS NOT NULL"#,
        parameters![user, now],
        |row| row.get::<u64>(0),
    )?;
    Ok(count.map_or(0, |count| usize::try_from(count).unwrap_or(usize::MAX)))
}

/// The keys that there are, the newest first.
pub(crate) fn signing_keys(database: &dyn Database) -> Result<Vec<SigningKey>, Failed> {
    Ok(database.all(
        "SELECT id, at, secret FROM signing_key ORDER BY at DESC, id DESC",
        parameters![],
        |row| Ok(SigningKey { id: row.get(0)?, at: row.get(1)?, secret: row.get(2)? }),
    )?)
}

//! What an operator does from the command line.

use std::sync::Arc;

use chinwag_model::{Password, Refusal, Role, User, UserId, UserName};
use chinwag_store::{Account, NewUser};
use uuid::Uuid;

use super::sign_out::end;
use crate::app::App;
use crate::error::Error;

/// Why an operator's command was not carried out; it says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct AdministrationError(String);

impl From<Error> for AdministrationError {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

impl From<Refusal> for AdministrationError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.to_string())
    }
}

impl From<chinwag_store::StoreError> for AdministrationError {
    fn from(error: chinwag_store::StoreError) -> Self {
        // An operator may know the reason.
        Self(error.to_string())
    }
}

/// An operator's commands. They act on the running application, so that caches and open sockets know of them.
#[derive(Clone)]
pub struct Administration(pub(crate) Arc<App>);

impl Administration {
    /// Makes an account.
    ///
    /// # Errors
    /// The name is invalid or taken, the password too short, too long or too common, or the store is away.
    pub async fn add_user(
        &self,
        name: &str,
        password: String,
        role: Role,
    ) -> Result<User, AdministrationError> {
        let name = UserName::parse(name)?;
        let password_hash = self.0.passwords.hash(Password::parse_new(password)?).await?;
        let new = NewUser {
            id: UserId(Uuid::now_v7()),
            name,
            password_hash,
            role,
            only_as_first_administrator: false,
            session: None,
        };
        Ok(self.0.store.create_user(new).await?)
    }

    /// Accounts by id, after `after`, at most `limit`.
    ///
    /// # Errors
    /// The store is away.
    pub async fn users(
        &self,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<Account>, AdministrationError> {
        Ok(self.0.store.accounts(after, limit).await?)
    }

    /// Sets somebody's password and ends all of their sessions.
    ///
    /// # Errors
    /// Nobody has this name, the password is too short, too long or too common, or the store is away.
    pub async fn set_password(&self, name: &str, password: String) -> Result<User, AdministrationError> {
        let password = Password::parse_new(password)?;
        let known = self.0.store.credentials(&UserName::parse(name)?).await?;
        let user = known.ok_or_else(|| AdministrationError(format!("Nobody is named {name:?}.")))?.user;
        let password_hash = self.0.passwords.hash(password).await?;
        let ended = self.0.store.set_password(user.id, password_hash).await?;
        end(&self.0, ended).await;
        Ok(user)
    }
}

//! What an operator does from the command line.

mod jobs;

use std::sync::Arc;
use std::time::Duration;

use chinwag_model::{Line, Password, Refusal, Role, SignUp, User, UserId, UserName};
use chinwag_store::{Account, After, Decision, Entry, Listed, NewReset, NewUser};
use uuid::Uuid;

use super::{now, settle};
use crate::app::App;
use crate::error::Error;
use crate::links;
use crate::tokens::Token;

/// How long a link for a new password is good.
pub(crate) const RESET_GOOD: Duration = Duration::from_secs(24 * 3_600);

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
            password_hash: Some(password_hash),
            identity: None,
            role,
            entry: Entry::Operator,
            session: None,
        };
        Ok(self.0.store.create_user(new).await?)
    }

    /// A page of accounts by name, after `after`, at most `limit`; says where the next page begins.
    ///
    /// # Errors
    /// The store is away.
    pub async fn users(
        &self,
        after: Option<After>,
        limit: usize,
    ) -> Result<(Vec<Account>, Option<After>), AdministrationError> {
        let page = self.0.store.accounts(None, Listed::All, after, limit).await?;
        Ok((page.accounts, page.next))
    }

    /// Sets somebody's password and ends all of their sessions.
    ///
    /// # Errors
    /// Nobody has this name, the password is too short, too long or too common, or the store is away.
    pub async fn set_password(&self, name: &str, password: String) -> Result<User, AdministrationError> {
        let password = Password::parse_new(password)?;
        let user = self.named(name).await?;
        let password_hash = self.0.passwords.hash(password).await?;
        let changed = self.0.store.set_password(user, password_hash).await?;
        Ok(settle(&self.0, changed).await)
    }

    /// Gives somebody another role.
    ///
    /// # Errors
    /// Nobody has this name, it is the last owner, or the store is away.
    pub async fn set_role(&self, name: &str, role: Role) -> Result<User, AdministrationError> {
        self.decide(name, Decision::SetRole(role)).await
    }

    /// Suspends somebody, or lifts a suspension or a ban.
    ///
    /// # Errors
    /// Nobody has this name, it is the last owner, or the store is away.
    pub async fn suspend(&self, name: &str, suspended: bool) -> Result<User, AdministrationError> {
        self.decide(name, if suspended { Decision::Suspend } else { Decision::Restore }).await
    }

    /// Makes the path of a link with which somebody sets a new password, good for 24 hours.
    ///
    /// # Errors
    /// Nobody has this name, there is no randomness, or the store is away.
    pub async fn reset_path(&self, name: &str) -> Result<String, AdministrationError> {
        let user = self.named(name).await?;
        let token = Token::random().map_err(|error| AdministrationError(error.to_string()))?;
        let reset = NewReset { user, key: token.key(), expires_at: now().plus(RESET_GOOD) };
        self.0.store.make_reset(None, reset).await?;
        Ok(links::path(links::RESET, &token))
    }

    /// Takes somebody's second factor away, who has lost it, and ends all of their sessions.
    ///
    /// # Errors
    /// Nobody has this name, or the store is away.
    pub async fn take_second_factor(&self, name: &str) -> Result<User, AdministrationError> {
        let user = self.named(name).await?;
        let changed = self.0.store.take_second_factor(None, user).await?;
        Ok(settle(&self.0, changed).await)
    }

    /// Decides how accounts are made.
    ///
    /// # Errors
    /// The store is away.
    pub async fn set_sign_up(&self, sign_up: SignUp) -> Result<(), AdministrationError> {
        let mut settings = self.0.store.settings().await?;
        settings.sign_up = Some(sign_up);
        self.0.store.change_settings(None, settings).await?;
        self.0.rules.decide(settings);
        Ok(())
    }

    async fn named(&self, name: &str) -> Result<UserId, AdministrationError> {
        let known = self.0.store.credentials(&UserName::parse(name)?).await?;
        let known = known.ok_or_else(|| AdministrationError(format!("Nobody is named {name:?}.")))?;
        Ok(known.user.id)
    }

    async fn decide(&self, name: &str, decision: Decision) -> Result<User, AdministrationError> {
        let user = self.named(name).await?;
        let changed = self.0.store.decide(None, user, decision, Line::default()).await?;
        Ok(settle(&self.0, changed).await)
    }
}

//! What holds in this workspace now: what administrators have decided, and where they have not, what the server was
//! started with.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chinwag_model::{DeletedAccounts, SecondFactorRule, SignUp, WorkspaceSettings};
use chinwag_store::Store;
use serde::Serialize;

use crate::settings::Settings;

/// How often the store is asked what administrators have decided on other nodes or by the command line.
const REFRESH: Duration = Duration::from_secs(5);

/// The largest limit that can be set; the smallest is 1.
pub const LIMIT_MOST: u32 = 1_000_000;

/// How often things may be done. Each is from 1 to [`LIMIT_MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EffectiveLimits {
    /// Tries to sign in per minute to one account from one address. From one address there may be three times as many, to
    /// one account ten times.
    pub sign_in_per_minute: u32,
    /// Accounts made per hour from one address, guests included.
    pub accounts_per_hour: u32,
    /// Messages per minute by one person, edits and deletions included.
    pub messages_per_minute: u32,
    /// The same by one guest.
    pub guest_messages_per_minute: u32,
    /// Rooms and direct conversations per hour that one person makes, people who are brought in included.
    pub rooms_per_hour: u32,
}

impl Default for EffectiveLimits {
    fn default() -> Self {
        Self {
            sign_in_per_minute: 10,
            accounts_per_hour: 30,
            messages_per_minute: 240,
            guest_messages_per_minute: 30,
            rooms_per_hour: 60,
        }
    }
}

/// What holds at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// How accounts are made.
    pub sign_up: SignUp,
    /// Whether guests are let in.
    pub guests: bool,
    /// What becomes of the messages of accounts that are deleted.
    pub deleted_accounts: DeletedAccounts,
    /// Who has to have a second factor.
    pub second_factor: SecondFactorRule,
    /// How often things may be done.
    pub limits: EffectiveLimits,
}

/// The rules, and what they are made of.
pub(crate) struct Rules {
    configured: Effective,
    decided: RwLock<WorkspaceSettings>,
}

impl Rules {
    /// What the server was started with, until the store has been asked.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { configured: settings.rules, decided: RwLock::default() }
    }

    /// What holds where nobody has decided.
    pub(crate) fn configured(&self) -> Effective {
        self.configured
    }

    /// What administrators have decided.
    pub(crate) fn decided(&self) -> WorkspaceSettings {
        *self.decided.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What holds now.
    pub(crate) fn now(&self) -> Effective {
        let (configured, decided) = (self.configured, self.decided());
        let (limits, wanted) = (configured.limits, decided.limits);
        Effective {
            sign_up: decided.sign_up.unwrap_or(configured.sign_up),
            guests: decided.guests.unwrap_or(configured.guests),
            deleted_accounts: decided.deleted_accounts.unwrap_or(configured.deleted_accounts),
            second_factor: decided.second_factor.unwrap_or(configured.second_factor),
            limits: EffectiveLimits {
                sign_in_per_minute: wanted.sign_in_per_minute.unwrap_or(limits.sign_in_per_minute),
                accounts_per_hour: wanted.accounts_per_hour.unwrap_or(limits.accounts_per_hour),
                messages_per_minute: wanted.messages_per_minute.unwrap_or(limits.messages_per_minute),
                guest_messages_per_minute: wanted
                    .guest_messages_per_minute
                    .unwrap_or(limits.guest_messages_per_minute),
                rooms_per_hour: wanted.rooms_per_hour.unwrap_or(limits.rooms_per_hour),
            },
        }
    }

    /// Takes over what was decided.
    pub(crate) fn decide(&self, decided: WorkspaceSettings) {
        *self.decided.write().unwrap_or_else(PoisonError::into_inner) = decided;
    }

    /// Keeps asking the store. A task of the application.
    pub(crate) async fn follow(self: Arc<Self>, store: Arc<dyn Store>) {
        loop {
            match store.settings().await {
                Ok(decided) => self.decide(decided),
                Err(error) => tracing::debug!(%error, "the settings of the workspace could not be read"),
            }
            tokio::time::sleep(REFRESH).await;
        }
    }
}

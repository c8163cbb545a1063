//! What holds in this workspace now: what administrators have decided, and where they have not, what the server was
//! started with.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chinwag_model::{DeletedAccounts, SignUp, WorkspaceSettings};
use chinwag_store::Store;
use serde::Serialize;

use crate::settings::Settings;

/// How often the store is asked what administrators have decided on other nodes or by the command line.
const REFRESH: Duration = Duration::from_secs(5);

/// How often things may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct EffectiveLimits {
    pub(crate) sign_in_per_minute: u32,
    pub(crate) accounts_per_hour: u32,
    pub(crate) messages_per_minute: u32,
    pub(crate) guest_messages_per_minute: u32,
    pub(crate) rooms_per_hour: u32,
}

/// What holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Effective {
    pub(crate) sign_up: SignUp,
    pub(crate) guests: bool,
    pub(crate) deleted_accounts: DeletedAccounts,
    pub(crate) limits: EffectiveLimits,
}

/// The rules, and what they are made of.
pub(crate) struct Rules {
    configured: Effective,
    decided: RwLock<WorkspaceSettings>,
}

impl Rules {
    /// What the server was started with, until the store has been asked.
    pub(crate) fn new(settings: &Settings) -> Self {
        let configured = Effective {
            sign_up: settings.sign_up,
            guests: settings.guests,
            deleted_accounts: settings.deleted_accounts,
            limits: EffectiveLimits {
                sign_in_per_minute: settings.sign_in_per_minute,
                accounts_per_hour: settings.accounts_per_hour,
                messages_per_minute: settings.messages_per_minute,
                guest_messages_per_minute: settings.guest_messages_per_minute,
                rooms_per_hour: settings.rooms_per_hour,
            },
        };
        Self { configured, decided: RwLock::default() }
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

//! What every part of the application works with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chinwag_jobs::{LogStream, Questions};
use chinwag_live::Live;
use chinwag_model::{Millis, Scope, Scopes, SessionKey, User};
use chinwag_store::Store;

use crate::accounts::{FirstAdministrator, Providers, now};
use crate::error::Error;
use crate::fan_out::Hub;
use crate::metrics::Metrics;
use crate::nodes::Registration;
use crate::outage::Outage;
use crate::passwords::Passwords;
use crate::rules::Rules;
use crate::settings::Settings;
use crate::signing::Signing;
use crate::socket::Expiries;
use crate::work::Workers;

/// The application's parts.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) live: Arc<dyn Live>,
    /// What happens, for whoever listens.
    pub(crate) log_stream: LogStream,
    /// By whom workers of others are asked, if they can be.
    pub(crate) questions: Option<Arc<dyn Questions>>,
    /// By which other services people may sign in.
    pub(crate) providers: Providers,
    pub(crate) passwords: Passwords,
    pub(crate) signing: Signing,
    /// Those who decode pictures: one at once, since each may take tens of megabytes.
    pub(crate) painters: Workers,
    pub(crate) rules: Arc<Rules>,
    pub(crate) first_administrator: FirstAdministrator,
    pub(crate) hub: Hub,
    /// Sockets that end with a short-lived token.
    pub(crate) expiries: Expiries,
    pub(crate) metrics: Metrics,
    /// Whether the store could be asked lately.
    pub(crate) outage: Outage,
    /// Set when the server has begun to stop.
    pub(crate) draining: AtomicBool,
    /// Whether the other nodes let this one in.
    pub(crate) registration: Registration,
}

impl App {
    /// Whether the server has begun to stop.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// Somebody who is known.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    /// Their session, or what takes its place: their access token, or what their short-lived token was made from.
    pub(crate) session: SessionKey,
    pub(crate) user: User,
    /// Since when they are.
    pub(crate) since: Millis,
    pub(crate) means: Means,
}

/// By what somebody is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    /// A session: they have signed in.
    Session,
    /// An access token that is good for this.
    Access(Scopes),
    /// A short-lived token.
    Short {
        /// What it is good for.
        scopes: Scopes,
        /// When it ends.
        ends_at: Millis,
    },
}

/// By what somebody must be known to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// A session: what decides about the account itself, and about what opens it, is for nobody but its owner.
    Session,
    /// A session or an access token.
    Lasting,
    /// A session, or any token that has this scope.
    Scope(Scope),
}

impl Who {
    /// Refuses what by this means cannot be done.
    pub(crate) fn may(&self, needs: Needs) -> Result<(), Error> {
        // Whoever ends their socket may be late.
        if let Means::Short { ends_at, .. } = self.means
            && ends_at <= now()
        {
            return Err(Error::TokenExpired);
        }
        let scopes = match (self.means, needs) {
            (Means::Session, _) | (Means::Access(_), Needs::Lasting) => return Ok(()),
            (Means::Access(scopes) | Means::Short { scopes, .. }, _) => scopes,
        };
        match needs {
            Needs::Scope(scope) if scopes.contains(scope) => Ok(()),
            Needs::Scope(scope) => Err(Error::ScopeMissing(scope)),
            Needs::Session | Needs::Lasting => Err(Error::SessionRequired),
        }
    }
}

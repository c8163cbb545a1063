//! What every part of the application works with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chinwag_jobs::{LogStream, Questions};
use chinwag_live::Live;
use chinwag_model::{Millis, SessionKey, User};
use chinwag_store::Store;

use crate::accounts::{FirstAdministrator, Providers};
use crate::fan_out::Hub;
use crate::metrics::Metrics;
use crate::nodes::Registration;
use crate::outage::Outage;
use crate::passwords::Passwords;
use crate::rules::Rules;
use crate::settings::Settings;
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
    /// Those who decode pictures: one at once, since each may take tens of megabytes.
    pub(crate) painters: Workers,
    pub(crate) rules: Arc<Rules>,
    pub(crate) first_administrator: FirstAdministrator,
    pub(crate) hub: Hub,
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

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) session: SessionKey,
    pub(crate) user: User,
    /// Since when they are.
    pub(crate) since: Millis,
    /// Whether they have a second factor, as far as it was known when they came.
    pub(crate) has_second_factor: bool,
}

//! Who is at a socket.

use std::sync::{Arc, Mutex, PoisonError};

use chinwag_socketio::{Data, Event, FromEvent, Rejection};

use crate::app::Who;

/// What is known of who is at a socket. It changes when their short-lived token is refreshed: then they may do what the new
/// one says.
pub(super) struct Connected(Mutex<Arc<Who>>);

impl Connected {
    /// Somebody who has just been let in.
    pub(super) fn new(who: Who) -> Self {
        Self(Mutex::new(Arc::new(who)))
    }

    /// Who they are now.
    pub(super) fn who(&self) -> Arc<Who> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on they are known by something else.
    pub(super) fn become_known(&self, who: Who) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(who);
    }
}

/// Who has sent an event.
pub(super) struct Caller(pub(super) Arc<Who>);

impl FromEvent for Caller {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        let Data(connected) = Data::<Connected>::from_event(event)?;
        Ok(Self(connected.who()))
    }
}

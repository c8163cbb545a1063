//! The requests of long-polling ("Transports", "HTTP long-polling"): one poll and one POST at a time.

use super::{Phase, PollRefused, Session, Transport, Upgrade};

impl Session {
    /// A poll came.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// assert_eq!(session.start_poll(), Ok(()));
    /// assert_eq!(session.start_poll(), Err(PollRefused::Overlap), "the first one still waits");
    /// ```
    ///
    /// # Errors
    /// See [`PollRefused`].
    pub fn start_poll(&mut self) -> Result<(), PollRefused> {
        match self.phase {
            Phase::Closed(_) => return Err(PollRefused::Closed),
            Phase::Open | Phase::Ending(_) => {}
        }
        if self.transport != Transport::Polling {
            return Err(PollRefused::Transport);
        }
        if std::mem::replace(&mut self.polling, true) {
            return Err(PollRefused::Overlap);
        }
        Ok(())
    }

    /// The poll was answered, or is gone.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// assert!(session.start_poll().is_ok());
    /// session.end_poll();
    /// assert!(session.start_poll().is_ok(), "for what comes next");
    /// ```
    pub fn end_poll(&mut self) {
        self.polling = false;
        self.released = false;
    }

    /// Lets the poll that waits be answered although there may be nothing to say, so that the client polls anew, and by
    /// another way if this one is about to end. `false` if none waits.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// assert!(!session.release_poll());
    /// assert!(session.start_poll().is_ok() && session.release_poll() && session.releases_poll());
    /// session.end_poll();
    /// assert!(session.start_poll().is_ok() && !session.releases_poll(), "the next one waits again");
    /// ```
    pub fn release_poll(&mut self) -> bool {
        self.released = self.polling;
        self.released
    }

    /// Whether a waiting poll is to be answered although there is nothing to say: the transport is changing, or the
    /// poll was [released](Self::release_poll).
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// assert!(session.start_poll().is_ok() && session.start_upgrade());
    /// assert!(!session.releases_poll());
    /// session.probe();
    /// assert!(session.releases_poll(), "the client does not move while its poll waits");
    /// ```
    pub fn releases_poll(&self) -> bool {
        self.released || self.upgrade == Upgrade::Probed || self.transport != Transport::Polling
    }

    /// A POST came.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// assert!(session.start_poll().is_ok());
    /// assert_eq!(session.start_post(), Ok(()), "beside the poll");
    /// assert_eq!(session.start_post(), Err(PollRefused::Overlap));
    /// ```
    ///
    /// # Errors
    /// See [`PollRefused`].
    pub fn start_post(&mut self) -> Result<(), PollRefused> {
        match self.phase {
            Phase::Open => {}
            // It has not heard yet that the server ends the session, nor why: a POST that fails would end it before that.
            Phase::Ending(reason) if reason.by_server() => {}
            Phase::Ending(_) | Phase::Closed(_) => return Err(PollRefused::Closed),
        }
        if self.transport != Transport::Polling {
            return Err(PollRefused::Transport);
        }
        if std::mem::replace(&mut self.posting, true) {
            return Err(PollRefused::Overlap);
        }
        Ok(())
    }

    /// The POST was answered, or is gone.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::*;
    /// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
    /// # let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
    /// assert!(session.start_post().is_ok());
    /// session.end_post();
    /// assert!(session.start_post().is_ok());
    /// ```
    pub fn end_post(&mut self) {
        self.posting = false;
    }
}

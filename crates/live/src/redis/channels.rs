//! What this node wants to hear.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chinwag_model::StreamId;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::keys::Channel;

#[cfg(test)]
mod tests;

/// What nobody here wants to hear any more is still heard for so long, so that who comes and goes costs nothing.
pub(super) const LINGER: Duration = Duration::from_secs(5);

/// What a channel is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Changes and what passes.
    FanOut,
    /// Who comes and goes.
    Presence,
}

/// All channels that are wanted or were lately. Their number is bounded by that of the streams of people who are here.
#[derive(Default)]
pub(super) struct Channels(Mutex<State>);

#[derive(Default)]
struct State {
    channels: HashMap<Channel, Wanted>,
    /// Streams that nobody wanted any more, by the time at which that is looked at again. Each is there at most once.
    lingering: VecDeque<(Instant, StreamId)>,
}

#[derive(Default)]
struct Wanted {
    fan_out: bool,
    presence: bool,
    /// Since when nobody wants it.
    idle_since: Option<Instant>,
    /// Whether it is among those that linger.
    lingers: bool,
    /// Whether Redis has confirmed it, on a connection that lasts.
    confirmed: bool,
}

impl Wanted {
    fn set(&mut self, what: Use, wanted: bool) {
        match what {
            Use::FanOut => self.fan_out = wanted,
            Use::Presence => self.presence = wanted,
        }
    }
}

/// What became of a wish.
pub(super) enum Wish {
    /// It is heard already.
    Heard,
    /// It was asked for; the end of this tells of the answer.
    Asked(oneshot::Receiver<()>),
    /// Nobody can be asked now. It will be when somebody can.
    Later,
}

impl Channels {
    /// Wants a channel from now on. `ask` asks for it, and must not wait: it is called under the lock, so that orders come
    /// in the order of wishes.
    pub(super) fn want(
        &self,
        channel: Channel,
        what: Use,
        ask: impl FnOnce() -> Option<oneshot::Receiver<()>>,
    ) -> Wish {
        let mut state = self.lock();
        let wanted = state.channels.entry(channel).or_default();
        wanted.set(what, true);
        wanted.idle_since = None;
        if wanted.confirmed {
            return Wish::Heard;
        }
        ask().map_or(Wish::Later, Wish::Asked)
    }

    /// Does not want a stream's channel any more.
    pub(super) fn unwant(&self, stream: StreamId, what: Use, now: Instant) {
        let mut state = self.lock();
        let Some(wanted) = state.channels.get_mut(&Channel::Stream(stream)) else { return };
        wanted.set(what, false);
        if wanted.fan_out || wanted.presence {
            return;
        }
        wanted.idle_since.get_or_insert(now);
        if !std::mem::replace(&mut wanted.lingers, true) {
            state.lingering.push_back((now + LINGER, stream));
        }
    }

    /// Leaves the channels that nobody has wanted for long enough. `leave` is like `ask` above.
    pub(super) fn leave_idle(&self, now: Instant, mut leave: impl FnMut(Channel)) {
        let mut state = self.lock();
        while state.lingering.front().is_some_and(|(due, _)| *due <= now) {
            let Some((_, stream)) = state.lingering.pop_front() else { return };
            let channel = Channel::Stream(stream);
            let Some(wanted) = state.channels.get_mut(&channel) else { continue };
            match wanted.idle_since.map(|since| since + LINGER) {
                None => wanted.lingers = false,
                Some(due) if due <= now => {
                    state.channels.remove(&channel);
                    leave(channel);
                }
                // It was wanted in between.
                Some(due) => state.lingering.push_back((due, stream)),
            }
        }
    }

    /// All that are wanted or linger, as far as `mine` says.
    pub(super) fn all(&self, mine: impl Fn(Channel) -> bool) -> Vec<Channel> {
        self.lock().channels.keys().copied().filter(|channel| mine(*channel)).collect()
    }

    /// Redis has confirmed these.
    pub(super) fn confirm(&self, channels: impl Iterator<Item = Channel>) {
        let mut state = self.lock();
        for channel in channels {
            if let Some(wanted) = state.channels.get_mut(&channel) {
                wanted.confirmed = true;
            }
        }
    }

    /// These are not heard any more.
    pub(super) fn lose(&self, channels: impl Iterator<Item = Channel>) {
        let mut state = self.lock();
        for channel in channels {
            if let Some(wanted) = state.channels.get_mut(&channel) {
                wanted.confirmed = false;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

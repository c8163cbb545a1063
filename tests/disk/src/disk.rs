//! A folder whose files are watched.

#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use crate::faults::{Faults, Held, Met, Part, Threads};
use crate::tape::{Operation, Tape};
use crate::watched::{State, Watched, lock, mark};
use crate::{unsynced, vfs};

/// How long anything that must happen may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// The disk with one folder, for as long as this lives. Databases in other folders are left alone.
#[derive(Debug)]
pub struct Disk {
    watched: Arc<Watched>,
}

impl Disk {
    /// Watches a folder. What is in it now counts as synced; whoever has it open already is not watched.
    #[must_use]
    pub fn over(folder: &Path) -> Self {
        vfs::register();
        let folder = folder.canonicalize().unwrap();
        let mut state = State::default();
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let file = state.tape.create(&name);
            state.tape.record_whole(file, fs::read(entry.path()).unwrap());
            mark(&entry.path()).unwrap();
            state.names.insert(name, file);
        }
        let begun = state.tape.position();
        state.tape.record(Operation::FolderSynced { begun });
        Self { watched: Watched::begin(folder, state) }
    }

    /// How many operations there have been.
    #[must_use]
    pub fn position(&self) -> usize {
        self.state().tape.position()
    }

    /// Everything so far.
    #[must_use]
    pub fn tape(&self) -> Tape {
        self.state().tape.clone()
    }

    /// How often something was met.
    #[must_use]
    pub fn met(&self) -> Met {
        self.state().faults.met
    }

    /// Waits until so much was met. Blocks this thread.
    #[track_caller]
    pub fn wait_until(&self, enough: impl Fn(&Met) -> bool) {
        let state = self.state();
        let waited = self.watched.met.wait_timeout_while(state, DEADLINE, |state| !enough(&state.faults.met));
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "it does not happen: {:?}", state.faults.met);
    }

    /// From now on no more than `left` bytes can be written to these parts together.
    pub fn fill(&self, parts: &[Part], left: u64) {
        self.state().faults.full = Some((parts.to_vec(), left));
    }

    /// From now on syncs of this part wait until [`Disk::release`].
    pub fn hold_syncs(&self, part: Part) {
        self.state().faults.held = Some(Held::Syncs(part));
    }

    /// From now on reads by these threads wait until [`Disk::release`].
    pub fn hold_reads(&self, threads: Threads) {
        self.state().faults.held = Some(Held::Reads(threads));
    }

    /// What was held goes on.
    pub fn release(&self) {
        self.state().faults.held = None;
        self.watched.met.notify_all();
    }

    /// The next sync of this part that begins fails.
    pub fn fail_next_sync(&self, part: Part) {
        self.state().faults.sync = Some(part);
    }

    /// The next reads of these threads fail, so many of them.
    pub fn fail_reads(&self, threads: Threads, times: usize) {
        self.state().faults.reads = Some((threads, times));
    }

    /// Everything works again: there is room, what could not be read can be, and syncs go on.
    pub fn mend(&self) {
        let mut state = self.state();
        let Faults { unsynced, met, .. } = state.faults;
        state.faults = Faults { unsynced, met, ..Faults::default() };
        self.watched.met.notify_all();
    }

    /// Connections that are opened from now on have `synchronous=OFF`, whatever they ask for.
    pub fn never_sync(&self) {
        unsynced::register();
        self.state().faults.unsynced = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.watched.state)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A test that failed leaves nobody waiting.
        self.mend();
    }
}

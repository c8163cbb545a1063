//! What can be made to fail, and how often it did.

/// A part of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The file that the others belong to.
    Database,
    /// The write-ahead log.
    Log,
    /// The log's index, which connections share in memory. It is a file that only grows.
    Index,
    /// The rollback journal, from before there is a write-ahead log.
    Journal,
}

/// How often something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// A write, or the growth of the index, for which there was no room.
    pub full: usize,
    /// A sync that failed.
    pub failed_syncs: usize,
    /// A sync or a read that was held.
    pub held: usize,
    /// A read that failed.
    pub failed_reads: usize,
    /// The length of the database was set: where there is a log, all of it has just been copied.
    pub copies: usize,
    /// A page that the store's own thread copied from the log into the database.
    pub pages_copied_by_store: usize,
    /// A write at the beginning of the log: it is begun, or begun afresh.
    pub logs: usize,
    /// Not how often, but how many bytes were written.
    pub written: u64,
    /// Not how often, but how many bytes the log has since it was begun.
    pub log_bytes: u64,
}

/// The thread of the store that copies its log into the database.
#[must_use]
pub fn is_checkpointer(thread: &str) -> bool {
    thread == "store-checkpoint"
}

/// Some threads, told by their names.
pub type Threads = fn(&str) -> bool;

/// What waits until it is released.
#[derive(Debug)]
pub(crate) enum Held {
    /// Syncs of a part.
    Syncs(Part),
    /// Reads by some threads.
    Reads(Threads),
}

/// What fails at present.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// The parts for which there is no more room than so many bytes.
    pub(crate) full: Option<(Vec<Part>, u64)>,
    /// The part whose next sync fails.
    pub(crate) sync: Option<Part>,
    /// What waits.
    pub(crate) held: Option<Held>,
    /// Some threads cannot read, so many times.
    pub(crate) reads: Option<(Threads, usize)>,
    /// Connections do not sync.
    pub(crate) unsynced: bool,
    pub(crate) met: Met,
}

impl Faults {
    /// Takes room for `wanted` bytes; how many of them there is room for.
    pub(crate) fn take_room(&mut self, part: Part, wanted: u64) -> u64 {
        let Some((_, left)) = self.full.as_mut().filter(|(parts, _)| parts.contains(&part)) else {
            return wanted;
        };
        let taken = wanted.min(*left);
        *left -= taken;
        if taken < wanted {
            self.met.full += 1;
        }
        taken
    }

    /// Whether a sync that begins now fails.
    pub(crate) fn take_sync(&mut self, part: Part) -> bool {
        let fails = self.sync.take_if(|failing| *failing == part).is_some();
        self.met.failed_syncs += usize::from(fails);
        fails
    }

    /// Whether a read by this thread fails.
    pub(crate) fn take_read(&mut self) -> bool {
        let failing = self.reads.as_mut().filter(|(threads, left)| *left > 0 && is_this_thread(*threads));
        let fails = failing.map(|(_, left)| *left -= 1).is_some();
        self.met.failed_reads += usize::from(fails);
        fails
    }

    /// Whether syncs of this part wait.
    pub(crate) fn holds_syncs(&self, part: Part) -> bool {
        matches!(self.held, Some(Held::Syncs(held)) if held == part)
    }

    /// Whether reads by this thread wait.
    pub(crate) fn holds_reads(&self) -> bool {
        matches!(&self.held, Some(Held::Reads(held)) if is_this_thread(*held))
    }
}

/// Whether this thread is one of these.
pub(crate) fn is_this_thread(threads: Threads) -> bool {
    threads(std::thread::current().name().unwrap_or_default())
}

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
    /// A read that failed.
    pub failed_reads: usize,
    /// The length of the database was set: where there is a log, all of it has just been copied.
    pub copies: usize,
    /// A write at the beginning of the log: it is begun, or begun afresh.
    pub logs: usize,
    /// Not how often, but how many bytes the log has since it was begun.
    pub log_bytes: u64,
}

/// What fails at present.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// The parts for which there is no more room than so many bytes.
    pub(crate) full: Option<(Vec<Part>, u64)>,
    /// The part whose next sync fails.
    pub(crate) sync: Option<Part>,
    /// Threads whose name begins so cannot read.
    pub(crate) reads: Option<String>,
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
    pub(crate) fn read_fails(&mut self) -> bool {
        let Some(failing) = &self.reads else { return false };
        let fails = std::thread::current().name().is_some_and(|name| name.starts_with(failing));
        self.met.failed_reads += usize::from(fails);
        fails
    }
}

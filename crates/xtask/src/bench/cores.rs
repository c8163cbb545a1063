//! Who runs on which core.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Where something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the server's core.
    Server,
    /// On the load generator's.
    Load,
    /// Wherever the kernel puts it.
    Anywhere,
}

/// The cores that may be used.
pub(super) struct Cores {
    all: CpuSet,
    /// The server's and the load generator's, where there are two.
    apart: Option<(CpuSet, CpuSet)>,
}

impl Cores {
    /// Finds the first two that this process may use.
    pub(super) fn find() -> Result<Self, String> {
        let all =
            sched_getaffinity(None).map_err(|error| format!("cannot tell which cores there are: {error}"))?;
        let mut each = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).map(|core| {
            let mut set = CpuSet::new();
            set.set(core);
            set
        });
        Ok(Self { all, apart: each.next().zip(each.next()) })
    }

    /// Whether server and load generator have a core each.
    pub(super) fn are_apart(&self) -> bool {
        self.apart.is_some()
    }

    /// Does this with the thread, and so with whatever it starts, kept to a place.
    pub(super) fn at<T, E: From<String>>(
        &self,
        place: Place,
        action: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let set = match (place, self.apart) {
            (Place::Server, Some((server, _))) => server,
            (Place::Load, Some((_, load))) => load,
            (Place::Anywhere, _) | (_, None) => self.all,
        };
        keep_to(&set)?;
        let outcome = action();
        keep_to(&self.all)?;
        outcome
    }
}

fn keep_to(set: &CpuSet) -> Result<(), String> {
    sched_setaffinity(None, set).map_err(|error| format!("cannot choose a core: {error}"))
}

//! What is to happen: a line in the file `orders` of the folder named by `FAULTY_DISK`.
//!
//! | order | what it does |
//! |---|---|
//! | `fail sync FILE` | the next sync fails; the order is then done |
//! | `kill after sync FILE` | SIGKILL right after the next sync that succeeds; the order is then done |
//! | `refuse writes` | there is no room, as long as the order stands |
//! | `refuse reads` | nothing can be read, as long as the order stands |
//!
//! `FILE` is `database` or `log`. An order that is done is moved to the file `done`. If there is a file `trace`, a line is
//! added to it for each write and sync.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A file that is ours to disturb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Database,
    Log,
}

impl Part {
    /// Which one a path names, if any.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.file_name()?.to_str()? {
            "chinwag.db" => Some(Self::Database),
            "chinwag.db-wal" => Some(Self::Log),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Log => "log",
        }
    }
}

/// Whether there is no room to write.
pub(crate) fn refuses_writes() -> bool {
    is("refuse writes")
}

/// Whether nothing can be read.
pub(crate) fn refuses_reads() -> bool {
    is("refuse reads")
}

/// Whether a sync that is to be made fails.
pub(crate) fn fails_sync(part: Part) -> bool {
    take(&format!("fail sync {}", part.name()))
}

/// Whether the process dies now that a sync has succeeded.
pub(crate) fn dies_after_sync(part: Part) -> bool {
    take(&format!("kill after sync {}", part.name()))
}

/// Adds a line to the trace, if there is one.
pub(crate) fn trace(part: Part, what: &str) {
    trace_line(&format!("{} {what}", part.name()));
}

/// The sync of a folder.
pub(crate) fn trace_folder(path: &Path) {
    trace_line(&format!("folder {} sync", path.display()));
}

fn trace_line(line: &str) {
    let Some(folder) = folder() else { return };
    if let Ok(mut file) = File::options().append(true).open(folder.join("trace")) {
        // One write, so that lines of several threads do not mix. There is nobody to tell if it fails.
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

fn folder() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(|| std::env::var_os("FAULTY_DISK").map(PathBuf::from)).as_deref()
}

/// Whether this order stands.
fn is(order: &str) -> bool {
    folder().is_some_and(|folder| {
        fs::read_to_string(folder.join("orders")).is_ok_and(|orders| orders.trim() == order)
    })
}

/// Whether this order stands and this is who carries it out.
fn take(order: &str) -> bool {
    is(order) && folder().is_some_and(|folder| fs::rename(folder.join("orders"), folder.join("done")).is_ok())
}

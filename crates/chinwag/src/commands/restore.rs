//! `chinwag restore`.

use std::path::PathBuf;

use chinwag_store::sqlite::{self, RestoreError};

use super::data_folder;
use crate::config::Given;
use crate::failure::Failure;
use crate::{date, long_work, output, store};

/// Makes the data folder from a backup.
pub(crate) fn restore(file: PathBuf, given: &Given) -> Result<(), Failure> {
    let data = data_folder(given)?;
    let (folder, source) = (data.clone(), file.clone());
    let restored = long_work::carry_out(
        move |progress| {
            sqlite::restore(&source, &folder, progress).map_err(|error| match error {
                RestoreError::Open(error) => store::explain(&folder, error),
                error => Failure::new(error),
            })
        },
        |_| false,
    )?;
    let (data, file) = (data.display(), file.display());
    output::print(&format!(
        "Restored {file} to {data}: everything as of {}, with {} and {}. To start it: chinwag --data {data}\n",
        date::minute(restored.made_at.0),
        count(restored.people, "person", "people"),
        count(restored.rooms, "room", "rooms"),
    ))
}

fn count(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

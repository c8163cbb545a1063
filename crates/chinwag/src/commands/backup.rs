//! `chinwag backup`.

use std::path::PathBuf;
use std::time::Instant;

use chinwag_store::sqlite::{self, BackupError, Part};

use super::data_folder;
use crate::config::Given;
use crate::failure::Failure;
use crate::long_work::{self, Size};
use crate::{output, store};

/// Backs up the data folder.
pub(crate) fn backup(file: PathBuf, given: &Given) -> Result<(), Failure> {
    let data = data_folder(given)?;
    let begun = Instant::now();
    let (folder, target) = (data.clone(), file.clone());
    let made = long_work::carry_out(
        move |progress| {
            sqlite::backup(&folder, &target, progress).map_err(|error| match error {
                BackupError::Open(error) => store::explain(&folder, error),
                error => Failure::new(error),
            })
        },
        // Its own look is of no use while the disk that it writes to does not answer.
        |at| at.part == Part::Copying && sqlite::must_give_way(&data),
    )?;
    let (seconds, data, file) = (begun.elapsed().as_secs_f64(), data.display(), file.display());
    output::print(&format!(
        "Backed up {data} to {file}: {} in {seconds:.1} s. To restore it: chinwag restore {file} --data FOLDER\n",
        Size(made.bytes),
    ))
}

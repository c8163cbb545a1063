//! Secrets in files of their own, as containers and service managers hand them over.

use std::fs::File;
use std::io::{self, Read};

use chinwag_providers::Secret;

/// Most bytes of a secret.
const MOST: usize = 1_024;
/// More than those and the end of a line.
const READ: u64 = 1_027;

/// Reads one, without the end of the line behind it. A path that does not begin with / is found from the working folder.
///
/// # Errors
/// What is wrong, after the name of a key. Nothing of what stands in the file is in it.
pub(super) fn read(path: &str) -> Result<Secret, String> {
    let mut bytes = Vec::new();
    let all = File::open(path).and_then(|file| file.take(READ).read_to_end(&mut bytes));
    all.map_err(|error: io::Error| format!("cannot be read ({error})"))?;
    let text = String::from_utf8(bytes).map_err(|_| "is not text".to_owned())?;
    let text = text.strip_suffix('\n').map_or(&*text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.len() > MOST {
        return Err("is too long".to_owned());
    }
    Ok(Secret::new(text))
}

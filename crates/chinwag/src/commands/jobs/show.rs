//! `chinwag jobs show`.

use std::fmt::Write;

use chinwag_store::JobFailure;

use super::standing;
use crate::control::{ListedJob, ShownBody};
use crate::{date, output};

#[cfg(test)]
mod tests;

/// All that is shown of a job.
pub(super) fn page(job: &ListedJob, body: &ShownBody, failures: &[JobFailure]) -> String {
    let mut page = format!(
        "id:         {}\nkind:       {}, version {} of its body\nstate:      {}\ntries:      {} of {}\nasked for:  {}\n",
        job.id.0,
        job.kind,
        job.form,
        standing(job),
        job.tries,
        job.most_tries,
        date::minute(job.asked_at.0),
    );
    // Writing to a string cannot fail.
    let _ = match failures {
        [] => writeln!(page, "failures:   none"),
        _ => writeln!(page, "failures:   {}, the latest last", failures.len()),
    };
    for JobFailure { at, reason } in failures {
        let _ = writeln!(page, "  {}  {}", date::minute(at.0), output::one_line(reason));
    }
    let _ = match &body.text {
        None => writeln!(page, "body:       {} bytes, not of text", body.bytes),
        Some(text) if text.len() < body.bytes => {
            writeln!(page, "body:       {} bytes, of which this is the beginning", body.bytes)
        }
        Some(_) => writeln!(page, "body:       {} bytes", body.bytes),
    };
    for line in body.text.iter().flat_map(|text| text.lines()) {
        let _ = writeln!(page, "  {line}");
    }
    page
}

//! How far work is, on a terminal.

use std::fmt;
use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use chinwag_store::sqlite::{At, Part};

#[cfg(test)]
mod tests;

/// Places in the bar.
const WIDTH: u64 = 30;
/// Back to the line's beginning, and what was there is gone.
const WIPE: &str = "\r\x1b[K";

/// A line that is drawn over itself, if standard error is a terminal. Dropping it wipes it away.
pub(super) struct Bar {
    is_seen: bool,
    part: Part,
    since: Instant,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { is_seen: stderr().is_terminal(), part: Part::default(), since: Instant::now() }
    }

    /// Draws it anew.
    pub(super) fn show(&mut self, at: At) {
        if at.part != self.part {
            (self.part, self.since) = (at.part, Instant::now());
        }
        self.write(&format!("{WIPE}{}", line(at, self.since.elapsed())));
    }

    fn write(&self, text: &str) {
        if self.is_seen {
            let mut terminal = stderr().lock();
            // If nobody sees it, nothing is lost.
            let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.write(WIPE);
    }
}

/// One line of fewer than 80 characters.
fn line(at: At, elapsed: Duration) -> String {
    let what = match at.part {
        Part::Copying => "copying",
        Part::Checking => "checking",
        Part::Sealing => "sealing",
    };
    if at.all == 0 {
        return format!("{what} …");
    }
    let done = at.done.min(at.all);
    let of = |whole: u64| (u128::from(done) * u128::from(whole) / u128::from(at.all)) as usize;
    let rate = (at.done as f64 / elapsed.as_secs_f64().max(0.1)) as u64;
    let (full, percent) = ("#".repeat(of(WIDTH)), of(100));
    let (done, all, rate) = (Size(done), Size(at.all), Size(rate));
    format!("{what:8} [{full:.<30}] {percent:3} %  {done} of {all}  {rate}/s")
}

/// Bytes, for people: three digits and a unit.
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.0 as f64;
        if bytes < 999.5 {
            return write!(f, "{bytes} B");
        }
        for unit in ["kB", "MB", "GB", "TB", "PB"] {
            bytes /= 1_000.0;
            // What rounding would make 1000 is 1 of the next.
            if bytes < 999.5 {
                let decimals = if bytes < 9.995 { 2 } else { usize::from(bytes < 99.95) };
                return write!(f, "{bytes:.decimals$} {unit}");
            }
        }
        write!(f, "{bytes:.0} PB")
    }
}

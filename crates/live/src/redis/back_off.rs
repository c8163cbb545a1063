//! How long to wait before something that failed is tried again.

use std::time::Duration;

/// The first wait …
const FIRST: Duration = Duration::from_millis(50);
/// … which doubles up to the longest.
const LONGEST: Duration = Duration::from_secs(2);

/// Waits that grow, each with jitter, so that not all nodes come at once.
#[derive(Debug)]
pub(super) struct BackOff(Duration);

impl Default for BackOff {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl BackOff {
    /// Begins with the first wait again.
    pub(super) fn reset(&mut self) {
        self.0 = FIRST;
    }

    /// Waits between half of the present wait and all of it.
    pub(super) async fn wait(&mut self) {
        let mut random = [0; 1];
        // Without randomness it waits the shortest time.
        let _ = getrandom::fill(&mut random);
        let half = self.0 / 2;
        tokio::time::sleep(half + half.mul_f64(f64::from(random[0]) / 255.0)).await;
        self.0 = (self.0 * 2).min(LONGEST);
    }
}

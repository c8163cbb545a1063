//! What each fault cost, in seconds seen by clients.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::fault::Fault;
use crate::watch::{Said, What, Who};

/// A stock client is back within this after its node is gone.
const STOCK_BACK: Duration = Duration::from_secs(3);
/// Chinwag's own client is.
const OWN_BACK: Duration = Duration::from_secs(2);
/// A node that is cut off is noticed within this.
const NOTICED: Duration = Duration::from_secs(20);
/// A promise is held against three times its value: the machine may have other things to do.
const LENIENCE: u32 = 3;

/// All of them.
#[derive(Default)]
pub(crate) struct Costs(Vec<Cost>);

/// One of them.
struct Cost {
    fault: Fault,
    /// How long after the fault somebody noticed that their connection was gone, and how long after that (or after the
    /// death of the node, where that is what happened) they had another, the shortest first.
    noticed: Vec<Duration>,
    stock: Vec<Duration>,
    own: Vec<Duration>,
    /// The longest times until something was stored, and until it was heard by whoever had a connection.
    stored: Duration,
    heard: Duration,
}

impl Costs {
    /// What clients have said since then.
    pub(crate) fn end(&mut self, fault: Fault, begun: Duration, said: Vec<Said>) {
        let mut cost = Cost {
            fault,
            noticed: Vec::new(),
            stock: Vec::new(),
            own: Vec::new(),
            stored: Duration::ZERO,
            heard: Duration::ZERO,
        };
        let mut lost = BTreeMap::new();
        for Said { at, who, what } in said {
            // They end a little after they begin, so what was said before may be among them.
            if at < begun {
                continue;
            }
            match what {
                What::Lost => {
                    lost.entry(who).or_insert(at);
                    cost.noticed.push(at - begun);
                }
                What::Back => {
                    let Some(lost) = lost.remove(&who) else { continue };
                    let waited = at - if matches!(fault, Fault::Kill(_)) { begun } else { lost };
                    match who {
                        Who::Stock(_) => cost.stock.push(waited),
                        Who::Own(_) => cost.own.push(waited),
                    }
                }
                What::Stored(waited) => cost.stored = cost.stored.max(waited),
                What::Heard(waited) => cost.heard = cost.heard.max(waited),
            }
        }
        for times in [&mut cost.noticed, &mut cost.stock, &mut cost.own] {
            times.sort_unstable();
        }
        self.0.push(cost);
    }

    /// # Panics
    /// A promise was not kept, by far.
    pub(crate) fn assert_promises(&self) {
        let own: usize = self.0.iter().map(|cost| cost.own.len()).sum();
        assert!(self.0.is_empty() || own > 0, "no browser has lost its connection");
        for Cost { fault, noticed, stock, own, .. } in &self.0 {
            let within = |times: &[Duration], promise: Duration| {
                times.last().is_none_or(|longest| *longest <= LENIENCE * promise)
            };
            assert!(within(noticed, NOTICED), "{fault}: noticed after {noticed:?}");
            if matches!(fault, Fault::Kill(_) | Fault::Stop(_) | Fault::CutOff(_)) {
                assert!(!stock.is_empty(), "{fault}: nobody was there");
                assert!(within(stock, STOCK_BACK), "{fault}: stock clients are back after {stock:?}");
                assert!(within(own, OWN_BACK), "{fault}: the own client is back after {own:?}");
            }
        }
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| what happens | noticed | stock clients back after | own client back after | stored | heard |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        for Cost { fault, noticed, stock, own, stored, heard } in &self.0 {
            let (noticed, stock, own) = (Times(noticed), Times(stock), Times(own));
            writeln!(f, "| {fault} | {noticed} | {stock} | {own} | {stored:.1?} | {heard:.1?} |")?;
        }
        Ok(())
    }
}

/// The middle and the longest of some times, and how many there are.
struct Times<'a>(&'a [Duration]);

impl fmt::Display for Times<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("–"),
            all => {
                write!(f, "{:.1?}, {:.1?} at most ({})", all[all.len() / 2], all[all.len() - 1], all.len())
            }
        }
    }
}

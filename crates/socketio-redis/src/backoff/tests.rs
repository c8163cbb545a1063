use std::collections::HashSet;

use super::{Backoff, FIRST, LONGEST};

#[test]
fn waits_grow_to_a_bound_and_differ() {
    let mut backoff = Backoff::new();
    let waits: Vec<_> = (0..20).map(|_| backoff.next()).collect();
    let mut longest = FIRST;
    for wait in &waits {
        assert!((longest / 2..=longest).contains(wait), "{wait:?} of {longest:?}");
        longest = (longest * 2).min(LONGEST);
    }
    let late: HashSet<_> = waits.iter().skip(10).collect();
    assert!(late.len() > 1, "each server waits for another time");
}

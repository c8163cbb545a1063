use super::*;

/// What becomes of runs that come out like these, and how many are made.
fn runs(outcomes: &[fn() -> Result<u8, Failed>]) -> (Result<u8, String>, usize) {
    let mut made = 0;
    let outcome = exact(|| {
        made += 1;
        outcomes.get(made - 1).map_or(Ok(0), |outcome| outcome())
    });
    (outcome, made)
}

#[test]
fn a_run_that_was_inexact_is_made_again() {
    let inexact: fn() -> Result<u8, Failed> = || Err(Failed::Inexact("one is missing".to_owned()));
    let other: fn() -> Result<u8, Failed> = || Err(Failed::Other("no program".to_owned()));
    assert_eq!(runs(&[|| Ok(7)]), (Ok(7), 1));
    assert_eq!(runs(&[inexact, inexact, || Ok(7)]), (Ok(7), 3));
    assert_eq!(runs(&[inexact; 5]), (Err("one is missing".to_owned()), 3));
    assert_eq!(runs(&[other, || Ok(7)]), (Err("no program".to_owned()), 1));
}

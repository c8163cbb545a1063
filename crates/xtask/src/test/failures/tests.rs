use super::*;

const OUTPUT: &str = "\
     Running tests/one.rs
test good ... ok
test bad ... FAILED

failures:

---- bad stdout ----
it is bad

failures:
    bad

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

error: test failed, to rerun pass `--test one`
     Running tests/two.rs
test other ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

#[test]
fn only_what_failed_is_told() {
    let told = of_cargo(OUTPUT).unwrap();
    for there in ["it is bad", "    bad", "1 failed", "error: test failed"] {
        assert!(told.contains(there), "{told}");
    }
    for not_there in ["good", "other", "Running"] {
        assert!(!told.contains(not_there), "{told}");
    }
}

#[test]
fn what_does_not_compile_is_told_whole() {
    assert_eq!(of_cargo("error: expected one of `!` or `::`\n"), None);
}

//! What `cargo run` starts: cargo gives the program variables of its own, which it never sees when started by itself, and
//! gives the same ones to this test.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::process::Command;

#[test]
fn what_cargo_puts_into_the_environment_is_no_configuration() {
    let of_its_build_script = std::env::var("BUILT_FROM_COMMIT");
    assert!(of_its_build_script.is_ok(), "cargo does not give what this is about");
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_chinwag");
    let checked =
        Command::new(program).args(["config", "check"]).current_dir(folder.path()).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

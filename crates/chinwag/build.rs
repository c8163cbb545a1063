//! Tells the program which commit it is built from: `BUILT_FROM_COMMIT`, or "unknown" where there is no git.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=BUILT_FROM_COMMIT={}", commit().unwrap_or_else(|| "unknown".to_owned()));
}

fn commit() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    // Sources that were unpacked inside of another repository are not of its commits.
    let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    watch();
    git(&["rev-parse", "--short=10", "HEAD"])
}

/// Has this run again when the commit changes: another branch, or another commit on this one.
fn watch() {
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    let names = ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref());
    for path in names.filter_map(|name| git(&["rev-parse", "--path-format=absolute", "--git-path", name])) {
        // Cargo takes a file that is not there for one that changes all the time. A branch that has no file of its own
        // (it is in packed-refs) gets one with its next commit, which its folder shows.
        let path = PathBuf::from(path);
        let there = path.ancestors().take(2).find(|path| path.exists());
        let folder_of_git = path.file_name().is_some_and(|name| name == "packed-refs");
        if let Some(there) = there.filter(|there| *there == path || !folder_of_git) {
            println!("cargo::rerun-if-changed={}", there.display());
        }
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

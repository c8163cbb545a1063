//! `cargo xtask permissions`: docs/permissions.md, made from the table in `model`.

use crate::{commands, paths, run};

/// Writes the document anew.
pub(crate) fn main() -> Result<(), String> {
    let mut print = commands::cargo(["run", "--quiet", "-p", "chinwag-model", "--example", "permissions"]);
    let document = run::captured(&mut print)?;
    let path = paths::root().join("docs/permissions.md");
    std::fs::write(&path, document).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

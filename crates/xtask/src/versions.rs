//! The tools that building takes, and how old they may be.

use std::process::Command;

use crate::run;

#[cfg(test)]
mod tests;

/// Node's oldest version that the web build works with (web/package.json says the same to npm).
const NODE: (u32, u32) = (20, 19);

/// One sentence about the first tool that is missing or too old.
pub(crate) fn check() -> Result<(), String> {
    let (major, minor) = NODE;
    let node = format!("Node {major}.{minor} or newer");
    let printed = run::captured(Command::new("node").arg("--version"))
        .map_err(|_| format!("{node} is needed and there is no `node` here: install it."))?;
    match version(&printed) {
        Some(found) if found >= NODE => {}
        _ => return Err(format!("{node} is needed and this is {}: install a newer one.", printed.trim())),
    }
    run::captured(Command::new("npm").arg("--version"))
        .map_err(|_| "npm is needed and is not here: install it (it comes with Node).".to_owned())?;
    run::captured(Command::new("cc").arg("--version"))
        .map_err(|_| "A C compiler is needed and there is no `cc` here: `apt-get install gcc libc6-dev`.")?;
    Ok(())
}

/// Major and minor of `v20.19.1`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

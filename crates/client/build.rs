//! Builds the browser client (`web/`) with Vite into `OUT_DIR` and writes the table of its files that the crate embeds.
//!
//! Nothing here needs the network but `npm ci`, and nothing is written into the source tree but `web/node_modules`.
//! Where the client cannot be built the crate is built without it and says why, unless `CHINWAG_WEB=require`.

#[path = "build/table.rs"]
mod table;
#[path = "build/vite.rs"]
mod vite;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> Result<(), String> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed=CHINWAG_WEB");
    let variable =
        |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("{name} is not set"));
    let web = variable("CARGO_MANIFEST_DIR")?.join("../../web");
    let web = web.canonicalize().map_err(|error| format!("{} is not there: {error}", web.display()))?;
    let out = variable("OUT_DIR")?;
    // Cargo looks into folders itself; `node_modules` is left out on purpose.
    for source in vite::SOURCES {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }

    let wanted = Wanted::from_env()?;
    let built = out.join("web");
    let missing = match wanted {
        Wanted::No => Some("it was left out of this build (CHINWAG_WEB=skip)".to_owned()),
        Wanted::IfPossible | Wanted::Yes => vite::build(&web, &built).err(),
    };
    if let Some(reason) = &missing {
        if wanted == Wanted::Yes {
            return Err(format!("the browser client could not be built: {reason}"));
        }
        if wanted == Wanted::IfPossible {
            let first = reason.lines().next().unwrap_or_default();
            println!("cargo::warning=the browser client is not built in, plain pages only: {first}");
        }
        remove(&built).map_err(|error| format!("cannot empty {}: {error}", built.display()))?;
    }
    let table = table::write(&web, &built, missing.as_deref())
        .map_err(|error| format!("cannot write the table of files: {error}"))?;
    fs::write(out.join("table.rs"), table)
        .map_err(|error| format!("cannot write the table of files: {error}"))
}

#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// Leave the client out.
    No,
    /// Build it where that can be done.
    IfPossible,
    /// Fail where it cannot.
    Yes,
}

impl Wanted {
    fn from_env() -> Result<Self, String> {
        match env::var("CHINWAG_WEB").as_deref() {
            Err(env::VarError::NotPresent) | Ok("" | "auto") => Ok(Self::IfPossible),
            Ok("require") => Ok(Self::Yes),
            Ok("skip") => Ok(Self::No),
            _ => Err("CHINWAG_WEB is one of auto, require and skip".to_owned()),
        }
    }
}

/// Removes a folder and what is in it, if it is there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

//! Installing the Debian packages of the one list, where this is allowed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::programs;

use crate::run;

const POLICY: &str = "/usr/sbin/policy-rc.d";
const NO_SERVICES: &str = "#!/bin/sh\n# Written by cargo xtask while it installs packages.\nexit 101\n";
const LISTS: &str = "/var/lib/apt/lists";

/// Makes sure that everything on the one list is installed. As root it installs what is missing; otherwise the error
/// says how to. Tells what it did.
pub(crate) fn ensure() -> Result<String, String> {
    let missing = missing()?;
    if missing.is_empty() {
        return Ok("everything is there".to_owned());
    }
    let install = format!("apt-get install --no-install-recommends {}", missing.join(" "));
    if !rustix::process::geteuid().is_root() {
        return Err(format!("Debian packages are missing. Run: sudo {install}"));
    }
    let quiet = NoServices::begin()?;
    let installed = apt_install(&missing);
    drop(quiet);
    installed.map(|()| format!("installed {}", missing.join(" ")))
}

/// The packages of the list that are not installed.
fn missing() -> Result<Vec<String>, String> {
    let packages = programs::packages();
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${binary:Package} ${db:Status-Status}\n"]);
    let printed = run::captured(&mut query).map_err(|error| {
        format!("these tests are made for Debian, and its packages cannot be listed: {error}")
    })?;
    let installed: Vec<&str> = printed
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .map(|name| name.split_once(':').map_or(name, |(name, _)| name))
        .collect();
    Ok(packages.into_iter().filter(|name| !installed.contains(&name.as_str())).collect())
}

fn apt_install(packages: &[String]) -> Result<(), String> {
    let mut fresh = false;
    if !lists_are_there() {
        update()?;
        fresh = true;
    }
    match apt(&["install", "--yes", "--no-install-recommends"], packages) {
        // The lists may be older than what the archive still has.
        Err(_) if !fresh => {
            update()?;
            apt(&["install", "--yes", "--no-install-recommends"], packages)
        }
        result => result,
    }
}

fn lists_are_there() -> bool {
    fs::read_dir(LISTS).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    })
}

fn update() -> Result<(), String> {
    apt(&["update"], &[])
}

fn apt(arguments: &[&str], packages: &[String]) -> Result<(), String> {
    let mut command = Command::new("apt-get");
    command.args(["--quiet", "-o", "DPkg::Lock::Timeout=120"]).args(arguments).args(packages);
    run::captured(command.env("DEBIAN_FRONTEND", "noninteractive")).map(drop)
}

/// While this lives, packages that are installed do not start their services.
struct NoServices {
    /// Where the machine's own rule waits.
    kept: Option<PathBuf>,
}

impl NoServices {
    fn begin() -> Result<Self, String> {
        let policy = Path::new(POLICY);
        let keep = PathBuf::from(format!("{POLICY}.before-chinwag"));
        let failed = |error| format!("cannot keep services from starting by {POLICY}: {error}");
        // A run that was killed may have left its own rule here, and the machine's own beside it.
        let ours = fs::read(policy).is_ok_and(|text| text == NO_SERVICES.as_bytes());
        if policy.exists() && !ours {
            fs::rename(policy, &keep).map_err(failed)?;
        }
        let this = Self { kept: keep.exists().then_some(keep) };
        fs::write(policy, NO_SERVICES).map_err(failed)?;
        fs::set_permissions(policy, fs::Permissions::from_mode(0o755)).map_err(failed)?;
        Ok(this)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        let restored = match &self.kept {
            Some(kept) => fs::rename(kept, POLICY),
            None => fs::remove_file(POLICY),
        };
        if let Err(error) = restored {
            eprintln!("cannot restore {POLICY}: {error}");
        }
    }
}

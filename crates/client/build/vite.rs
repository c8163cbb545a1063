//! Runs npm and Vite.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

/// What the client is built from, below `web/`.
pub(crate) const SOURCES: &[&str] = &[
    "src",
    "styles",
    "public",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "vite.config.ts",
    "svelte.config.js",
    "tsconfig.json",
];

/// The oldest Node that Vite runs on.
const NODE: (u32, u32) = (20, 19);

/// Builds `web` into `out`. The error is a sentence for a person, its first line short.
pub(crate) fn build(web: &Path, out: &Path) -> Result<(), String> {
    node_is_recent()?;
    // Several builds (another profile, another target folder, an editor's) may want the same `node_modules` at once.
    // Locked is a file that nobody but the compiler reads, since `npm ci` empties the folder itself.
    let lock = File::open("build.rs").map_err(|error| format!("cannot open build.rs: {error}"))?;
    lock.lock().map_err(|error| format!("cannot lock build.rs: {error}"))?;
    install(web)?;
    let out = out.to_str().ok_or("the path of the build folder is not Unicode")?;
    let vite =
        ["node_modules/vite/bin/vite.js", "build", "--outDir", out, "--emptyOutDir", "--logLevel", "warn"];
    run(web, "node", &vite)
}

/// Installs what the lock file names, unless that has been done since it changed.
fn install(web: &Path) -> Result<(), String> {
    let marker = web.join("node_modules/.chinwag-installed");
    let wanted =
        fs::read(web.join("package-lock.json")).map_err(|error| format!("no package-lock.json: {error}"))?;
    // The content tells more than times, which a fresh clone and a restored cache both get wrong.
    if fs::read(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    run(web, "npm", &["ci", "--no-audit", "--no-fund", "--loglevel", "error"])?;
    fs::write(&marker, wanted).map_err(|error| format!("cannot write {}: {error}", marker.display()))
}

fn node_is_recent() -> Result<(), String> {
    let needed = format!("Node {}.{} or newer and npm are needed", NODE.0, NODE.1);
    let output = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|error| format!("{needed}, and node does not run ({error})"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut numbers = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < NODE { Err(format!("{needed}, and this is {version}")) } else { Ok(()) }
}

fn run(web: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let spoken = format!("`{program} {}`", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .current_dir(web)
        // Colours would end up in the error.
        .env("NO_COLOR", "1")
        .output()
        .map_err(|error| format!("{spoken} does not run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{spoken} failed ({})\n{}", output.status, String::from_utf8_lossy(&said)))
}

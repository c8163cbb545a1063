//! The sources laid over each other: defaults, file, environment, flags.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::option::{Item, Value};
use super::options::OPTIONS;
use super::{Config, DEFAULT_FILE, cluster, environment, file, slash_commands};

#[cfg(test)]
mod tests;

/// What was given to the process.
#[derive(Default)]
pub(crate) struct Given {
    /// Flags with their values, several of one joined by commas.
    pub(crate) flags: Vec<(&'static Item, String)>,
    /// The flag that names the file.
    pub(crate) file: Option<PathBuf>,
    /// The whole environment.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

/// A configuration without faults.
pub(crate) struct Loaded {
    /// Typed.
    pub(crate) config: Config,
    /// The file that was read, if any.
    pub(crate) file: Option<PathBuf>,
    /// Every option in the order of the table.
    pub(crate) chosen: Vec<Chosen>,
}

/// An option's present value.
pub(crate) struct Chosen {
    /// Which option.
    pub(crate) item: &'static Item,
    /// Its value.
    pub(crate) value: Value,
    /// Where it was set; `None` is the default.
    pub(crate) origin: Option<String>,
}

/// Reads everything and checks it. The table and the working folder's own file are the program's.
///
/// # Errors
/// Everything that is wrong, a sentence each.
pub(crate) fn load(given: &Given) -> Result<Loaded, Vec<String>> {
    load_with(given, OPTIONS, Path::new(DEFAULT_FILE))
}

fn load_with(given: &Given, options: &'static [Item], default_file: &Path) -> Result<Loaded, Vec<String>> {
    let mut faults = Vec::new();
    // Later ones win.
    let mut set: Vec<(&'static Item, Value, String)> = Vec::new();

    let (mut slash_commands, mut providers) = (Vec::new(), Vec::new());
    let file = match read_file(given, default_file) {
        Ok(Some((path, text))) => {
            let shown = path.display();
            let read = file::read(&text, options);
            (slash_commands, providers) = (read.slash_commands, read.providers);
            let wrong = read.faults.into_iter();
            faults.extend(wrong.map(|(line, fault)| format!("{shown}, line {line}: {fault}")));
            let values = read.set.into_iter();
            set.extend(values.map(|(item, value, line)| (item, value, format!("{shown}, line {line}"))));
            Some(path)
        }
        Ok(None) => None,
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    let (values, wrong) = environment::read(&given.environment, options);
    faults.extend(wrong);
    set.extend(values);
    for (item, text) in &given.flags {
        let origin = format!("--{}", item.flag());
        match item.read(text) {
            Ok(value) => set.push((item, value, origin)),
            Err(fault) => faults.push(format!("{origin}: {fault}")),
        }
    }

    let mut config = Config::unset();
    // A value that another one replaces is checked too: it would be wrong the day that the other goes.
    for (item, value, origin) in &set {
        if let Err(fault) = item.set(&mut Config::unset(), value) {
            faults.push(format!("{origin}: {fault}"));
        }
    }
    let mut chosen = Vec::with_capacity(options.len());
    for item in options {
        let found = set.iter().rev().find(|(other, ..)| other.name == item.name);
        let (value, origin) = match found {
            Some((_, value, origin)) => (value.clone(), Some(origin.clone())),
            None => (item.read(item.default).map_err(|fault| vec![fault])?, None),
        };
        // A fault is known by now.
        let _ = item.set(&mut config, &value);
        chosen.push(Chosen { item, value, origin });
    }
    match environment::envelopes(&given.environment) {
        Ok(envelopes) => config.envelopes = envelopes,
        Err(fault) => faults.push(fault),
    }
    faults.extend(cluster::fault(&config));
    config.application.slash_commands = slash_commands;
    config.application.providers = providers.iter().map(|one| one.provider.clone()).collect();
    config.providers = providers;
    faults.extend(slash_commands::fault(&config));
    if faults.is_empty() { Ok(Loaded { config, file, chosen }) } else { Err(faults) }
}

/// The file that is named by a flag or else by the environment, which must be there; or else the default one, which
/// need not be.
fn read_file(given: &Given, default: &Path) -> Result<Option<(PathBuf, String)>, String> {
    let variable = given.environment.iter().find(|(name, _)| name == environment::FILE);
    let variable =
        variable.map(|(_, value)| PathBuf::from(value)).filter(|path| !path.as_os_str().is_empty());
    let named = given.file.clone().or(variable);
    let path = named.clone().unwrap_or_else(|| default.to_owned());
    match fs::read(&path) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| format!("{}: a configuration file is UTF-8.", path.display()))?;
            Ok(Some((path, text)))
        }
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("The configuration file {} cannot be read: {error}.", path.display())),
    }
}

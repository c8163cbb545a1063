//! Reading `CHINWAG_*` from the environment.

use std::ffi::OsString;

use chinwag_live::redis::Envelopes;

use super::nearest::nearest;
use super::option::{Item, Value};

/// Names the configuration file.
pub(super) const FILE: &str = "CHINWAG_CONFIG";
/// Set for building and testing Chinwag, and no concern of a running one.
const NOT_OURS: &[&str] = &["CHINWAG_WEB", "CHINWAG_BIN", "CHINWAG_SEED"];

/// Holds a node to the envelopes of the version before, so that two versions can be tested side by side. It is in no table
/// and no help, since nobody else has a use for it.
const ENVELOPES: &str = "CHINWAG_TEST_ENVELOPES";

/// What the environment sets: the option, its value, and the variable.
pub(super) type Set = (&'static Item, Value, String);

/// Reads the environment. Faults are sentences.
pub(super) fn read(variables: &[(OsString, OsString)], options: &'static [Item]) -> (Vec<Set>, Vec<String>) {
    let (mut set, mut faults) = (Vec::new(), Vec::new());
    for (name, text) in variables {
        let (name, text) = (name.to_string_lossy(), text.to_str());
        if !name.starts_with("CHINWAG_")
            || name == FILE
            || name == ENVELOPES
            || NOT_OURS.contains(&name.as_ref())
        {
            continue;
        }
        let Some(item) = options.iter().find(|item| item.variable() == name) else {
            if !is_service_link(&name, text.unwrap_or_default()) {
                let names = options.iter().map(Item::variable).chain([FILE.to_owned()]);
                let near = nearest(&name, names);
                faults.push(format!("{name}: there is no such variable; did you mean {near}?"));
            }
            continue;
        };
        match text.ok_or_else(|| item.refusal("bytes that are no UTF-8")).and_then(|text| item.read(text)) {
            Ok(value) => set.push((item, value, name.into_owned())),
            Err(fault) => faults.push(format!("{name}: {fault}")),
        }
    }
    (set, faults)
}

/// The envelopes that a test holds this node to.
///
/// # Errors
/// It names none; a sentence.
pub(super) fn envelopes(variables: &[(OsString, OsString)]) -> Result<Envelopes, String> {
    match variables.iter().find(|(name, _)| name == ENVELOPES) {
        None => Ok(Envelopes::Current),
        Some((_, value)) if value == "previous" => Ok(Envelopes::Previous),
        Some(_) => Err(format!("{ENVELOPES}: it is for tests, and takes \"previous\".")),
    }
}

/// Whether Kubernetes has set this for a service whose name begins with "chinwag": each pod beside such a service
/// gets variables like `CHINWAG_SERVICE_HOST` and `CHINWAG_PORT=tcp://10.0.0.1:3000`, and must start all the same.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_url = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let of_port =
        name.contains("_PORT_") && ["_PROTO", "_PORT", "_ADDR"].iter().any(|end| name.ends_with(end));
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || (name.contains("_PORT") && is_url)
        || of_port
}

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use chinwag_server::Settings;
use tempfile::TempDir;

use super::{Given, Loaded, load_with};
use crate::config::option::Value;
use crate::config::options::OPTIONS;

/// What the three sources give.
#[derive(Default)]
struct Sources {
    file: Option<&'static str>,
    environment: Vec<(&'static str, &'static str)>,
    flags: Vec<(&'static str, &'static str)>,
}

impl Sources {
    fn load(&self) -> Result<Loaded, Vec<String>> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("chinwag.toml");
        if let Some(text) = self.file {
            fs::write(&path, text).unwrap();
        }
        let item = |name| OPTIONS.iter().find(|item| item.name == name).unwrap();
        let pair = |&(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        let given = Given {
            flags: self.flags.iter().map(|&(name, value)| (item(name), value.to_owned())).collect(),
            file: None,
            environment: self.environment.iter().map(pair).collect(),
        };
        load_with(&given, OPTIONS, &path)
    }

    fn faults(&self) -> Vec<String> {
        self.load().err().expect("it has faults")
    }
}

fn file(text: &'static str) -> Sources {
    Sources { file: Some(text), ..Sources::default() }
}

fn environment(name: &'static str, value: &'static str) -> Sources {
    Sources { environment: vec![(name, value)], ..Sources::default() }
}

/// Fails unless there is one fault, which has all of these words.
#[track_caller]
fn assert_fault(sources: &Sources, words: &[&str]) {
    let faults = sources.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    for word in words {
        assert!(faults[0].contains(word), "{word} is missing: {}", faults[0]);
    }
}

#[test]
fn the_defaults_are_valid_and_those_of_the_application() {
    let loaded = Sources::default().load().unwrap();
    assert!(loaded.chosen.iter().all(|chosen| chosen.origin.is_none()));
    let (config, known) = (loaded.config, Settings::default());
    assert_eq!(format!("{:?}", config.application), format!("{known:?}"));
    assert_eq!(config.data, Path::new("data"));
    assert_eq!(config.listen.iter().map(ToString::to_string).collect::<Vec<_>>(), ["localhost:3000"]);
    assert!(config.metrics_listen.is_none() && config.threads.is_none());
}

#[test]
fn the_environment_is_over_the_file_and_a_flag_over_both() {
    let mut sources = file("session-days = 1\n[limits]\naccounts-per-hour = 1\nsign-in-per-minute = 1\n");
    sources.environment =
        vec![("CHINWAG_LIMITS_ACCOUNTS_PER_HOUR", "2"), ("CHINWAG_LIMITS_SIGN_IN_PER_MINUTE", "2")];
    sources.flags = vec![("limits.sign-in-per-minute", "3")];
    let loaded = sources.load().unwrap();
    let settings = &loaded.config.application;
    assert_eq!(settings.session_idle, Duration::from_secs(24 * 3_600));
    assert_eq!(settings.rules.limits.accounts_per_hour, 2);
    assert_eq!(settings.rules.limits.sign_in_per_minute, 3);
    let origin = |name| {
        let chosen = loaded.chosen.iter().find(|chosen| chosen.item.name == name).unwrap();
        chosen.origin.clone().unwrap_or_default()
    };
    assert!(origin("session-days").ends_with("chinwag.toml, line 1"), "{}", origin("session-days"));
    assert_eq!(origin("limits.accounts-per-hour"), "CHINWAG_LIMITS_ACCOUNTS_PER_HOUR");
    assert_eq!(origin("limits.sign-in-per-minute"), "--limits-sign-in-per-minute");
    assert_eq!(origin("data"), "");
}

#[test]
fn lists_and_numbers_are_read_alike_everywhere() {
    let listen = |sources: Sources| {
        let loaded = sources.load().unwrap();
        loaded.chosen.into_iter().find(|chosen| chosen.item.name == "listen").unwrap().value
    };
    let both = Value::List(vec!["127.0.0.1:1".into(), "127.0.0.1:2".into()]);
    assert_eq!(listen(file("listen = ['127.0.0.1:1', '127.0.0.1:2']")), both);
    assert_eq!(listen(file("listen = '127.0.0.1:1, 127.0.0.1:2'")), both);
    assert_eq!(listen(environment("CHINWAG_LISTEN", "127.0.0.1:1, 127.0.0.1:2,")), both);
    let connections = |sources: Sources| sources.load().unwrap().config.application.connections;
    assert_eq!(connections(file("limits.connections = 1_000")), 1_000);
    assert_eq!(connections(file("limits.connections = 0xff")), 255);
    assert_eq!(connections(environment("CHINWAG_LIMITS_CONNECTIONS", "1_000")), 1_000);
}

#[test]
fn an_unknown_key_is_answered_with_the_nearest_known_one() {
    assert_fault(&file("\nlisen = []"), &["line 2", "lisen", "mean listen?"]);
    assert_fault(&file("public_url = ''"), &["line 1", "public_url", "mean public-url?"]);
    assert_fault(&file("sign-in-per-minute = 3"), &["mean limits.sign-in-per-minute?"]);
    assert_fault(
        &file("[limits]\n\nconections = 3"),
        &["line 3", "limits.conections", "mean limits.connections?"],
    );
    assert_fault(&file("[limit]\nconnections = 3"), &["line 1", "limit", "mean limits."]);
    assert_fault(&file("[listen]\na = 3"), &["listen", "a table"]);
}

#[test]
fn an_unknown_variable_is_answered_with_the_nearest_known_one() {
    assert_fault(&environment("CHINWAG_LISEN", ""), &["CHINWAG_LISEN", "mean CHINWAG_LISTEN?"]);
    assert_fault(&environment("CHINWAG_PORT", "3000"), &["CHINWAG_PORT"]);
    assert_fault(&environment("CHINWAG_CONFIGURATION", "x"), &["mean CHINWAG_CONFIG?"]);
    let fine = [
        ("CHINWAG_WEB", "require"),
        ("LISTEN", "x"),
        ("CHINWAG_SERVICE_HOST", "10.0.0.1"),
        ("CHINWAG_SERVICE_PORT_HTTP", "3000"),
        ("CHINWAG_PORT", "tcp://10.0.0.1:3000"),
        ("CHINWAG_PORT_3000_TCP", "tcp://10.0.0.1:3000"),
        ("CHINWAG_PORT_3000_TCP_ADDR", "10.0.0.1"),
    ];
    let sources = Sources { environment: fine.to_vec(), ..Sources::default() };
    assert!(sources.load().is_ok());
}

#[test]
fn a_bad_value_is_answered_with_where_it_is_and_what_is_allowed() {
    assert_fault(&file("\n\nlisten = ['nonsense']"), &["line 3", "listen", "\"nonsense\"", "127.0.0.1:3000"]);
    assert_fault(&file("listen = [3]"), &["line 1", "\"3\""]);
    assert_fault(&file("listen = []"), &["listen"]);
    assert_fault(&file("session-days = 0"), &["\"0\"", "from 1 to 400"]);
    assert_fault(&file("session-days = -1"), &["\"-1\"", "from 1 to 400"]);
    assert_fault(&file("session-days = 1.5"), &["\"1.5\""]);
    assert_fault(&file("session-days = '3'"), &["\"3\"", "whole number"]);
    assert_fault(&environment("CHINWAG_SESSION_DAYS", ""), &["CHINWAG_SESSION_DAYS", "whole number"]);
    assert_fault(&environment("CHINWAG_LOG", "loud"), &["CHINWAG_LOG", "\"loud\"", "trace"]);
    assert_fault(&environment("CHINWAG_DATA", ""), &["CHINWAG_DATA", "folder"]);
    assert_fault(&environment("CHINWAG_TEST_ENVELOPES", "1"), &["CHINWAG_TEST_ENVELOPES", "\"previous\""]);
    let flags = Sources { flags: vec![("log-format", "xml")], ..Sources::default() };
    assert_fault(&flags, &["--log-format", "\"xml\"", "json"]);
}

#[test]
fn a_bad_value_is_a_fault_even_where_another_replaces_it() {
    let mut sources = file("session-days = 0");
    sources.environment = vec![("CHINWAG_SESSION_DAYS", "3")];
    assert_fault(&sources, &["line 1", "session-days"]);
}

#[test]
fn all_faults_are_told_at_once_in_order() {
    let faults = file("zz = 1\nsession-days = true\naa = 1").faults();
    assert_eq!(faults.len(), 3);
    for (fault, line) in faults.iter().zip(["line 1", "line 2", "line 3"]) {
        assert!(fault.contains(line), "{faults:?}");
    }
}

#[test]
fn what_is_no_toml_is_a_fault_with_its_line() {
    assert_fault(&file("log = 'info'\nlisten = ["), &["line 2", "TOML"]);
    assert_fault(&file("log = 'info'\nlog = 'warn'"), &["line 2", "TOML"]);
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let named = Given { file: Some("no/such.toml".into()), ..Given::default() };
    let faults = load_with(&named, OPTIONS, Path::new("no.toml")).err().unwrap();
    assert!(faults.len() == 1 && faults[0].contains("no/such.toml"), "{faults:?}");
    let sources = environment("CHINWAG_CONFIG", "no/such.toml");
    assert_fault(&sources, &["no/such.toml"]);
    assert!(environment("CHINWAG_CONFIG", "").load().is_ok());
}

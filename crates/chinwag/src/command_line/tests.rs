use std::path::Path;

use chinwag_model::Role;

use super::{Action, JobsAction, UserAction, command, parse};
use crate::config::Given;

fn parsed(words: &[&str]) -> (Action, Given) {
    parse(["chinwag"].iter().chain(words).map(Into::into)).unwrap()
}

#[test]
fn the_definition_is_sound() {
    command().debug_assert();
}

#[test]
fn without_a_command_it_serves() {
    assert!(matches!(parsed(&[]).0, Action::Serve { no_worker: false }));
    assert!(matches!(parsed(&["--data", "there"]).0, Action::Serve { no_worker: false }));
}

#[test]
fn flags_stand_before_or_behind_the_command() {
    let value = |given: &Given, name: &str| {
        given.flags.iter().find(|(item, _)| item.name == name).map(|(_, text)| text.clone())
    };
    for words in [["--listen", "a", "serve"], ["serve", "--listen", "a"]] {
        assert_eq!(value(&parsed(&words).1, "listen").as_deref(), Some("a"), "{words:?}");
    }
    let (_, given) = parsed(&["--listen", "a", "serve", "--listen", "b", "--listen", "c,d"]);
    assert_eq!(value(&given, "listen").as_deref(), Some("b,c,d"));
    let words = ["--config", "x.toml", "--data", "d", "user", "add", "ada", "--role", "owner"];
    let (action, given) = parsed(&words);
    let Action::User(UserAction::Add { name, role }) = action else { panic!("another command") };
    assert_eq!((name.as_str(), role), ("ada", Role::Owner));
    assert_eq!(given.file.as_deref(), Some(Path::new("x.toml")));
    assert_eq!(value(&given, "data").as_deref(), Some("d"));
    let (_, given) = parsed(&["user", "list", "--data", "d"]);
    assert_eq!(value(&given, "data").as_deref(), Some("d"));
    let (_, given) = parsed(&["config", "check", "--limits-connections", "3"]);
    assert_eq!(value(&given, "limits.connections").as_deref(), Some("3"));
}

#[test]
fn jobs_are_named_by_their_ids() {
    let id = "01890000-0000-7000-8000-000000000001";
    let (action, _) = parsed(&["jobs", "drop", id]);
    let Action::Jobs(JobsAction::Drop { id: parsed }) = action else { panic!("another command") };
    assert_eq!(parsed.0.to_string(), id);
    for words in [["jobs", "drop", "1"], ["jobs", "show", ""], ["jobs", "list", "--state=done"]] {
        assert!(parse(["chinwag"].iter().chain(&words).map(Into::into)).is_err(), "{words:?}");
    }
}

#[test]
fn nobody_is_made_a_guest() {
    for words in [["user", "set-role", "ada", "guest"], ["user", "set-role", "ada", "king"]] {
        assert!(parse(["chinwag"].iter().chain(&words).map(Into::into)).is_err(), "{words:?}");
    }
}

#[test]
fn the_short_help_is_short_and_the_long_one_complete() {
    let short = command().render_help().to_string();
    let long = command().render_long_help().to_string();
    assert!(short.lines().count() < 40, "{short}");
    assert!(!short.contains("--limits-connections"), "{short}");
    for item in crate::config::options::OPTIONS {
        assert!(long.contains(&format!("--{}", item.flag())), "{}", item.name);
        assert!(long.contains(&item.variable()), "{}", item.name);
    }
}

use super::*;

fn found() -> Found {
    Found {
        synchronous_commit: "on".into(),
        fsync: "on".into(),
        full_page_writes: "on".into(),
        synchronous_standby_names: String::new(),
        max_connections: 100,
        standbys: 0,
        ahead: 0,
    }
}

fn said(found: &Found) -> Vec<String> {
    sentences(found, &Options::new("postgres://localhost/chat".parse().unwrap()))
}

#[test]
fn of_a_server_that_is_set_well_nothing_is_said() {
    assert_eq!(said(&found()), Vec::<String>::new());
    let waits = Found { synchronous_standby_names: "*".into(), standbys: 2, ..found() };
    assert_eq!(said(&waits), Vec::<String>::new());
}

#[test]
fn clocks_that_differ_are_named() {
    for (ahead, words) in [(90_500, "90 s ahead of"), (-3_000, "3 s behind")] {
        let said = said(&Found { ahead, ..found() });
        assert!(said.len() == 1 && said[0].contains(words), "{said:?}");
    }
    assert_eq!(said(&Found { ahead: -1_999, ..found() }), Vec::<String>::new());
}

#[test]
fn a_standby_that_may_not_have_written_what_was_acknowledged_is_named() {
    for level in ["local", "remote_write"] {
        let found = Found {
            synchronous_commit: level.into(),
            synchronous_standby_names: "one".into(),
            standbys: 1,
            ..found()
        };
        let said = said(&found);
        assert!(said.len() == 1 && said[0].contains(level), "{said:?}");
    }
}

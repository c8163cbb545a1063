use std::ffi::OsString;
use std::path::Path;

use super::super::load::{Chosen, Loaded};
use super::super::option::{Item, Kind, Value};
use super::super::options::OPTIONS;
use super::super::{Config, Given, file, load};
use super::print;

fn given(variables: &[(&str, &str)]) -> Given {
    let pair = |&(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
    Given { environment: variables.iter().map(pair).collect(), ..Given::default() }
}

#[test]
fn what_is_printed_sets_the_same_again() {
    let given = given(&[
        ("CHINWAG_DATA", "a \"strange\" \\ folder\twith\u{7f}ä"),
        ("CHINWAG_LISTEN", "127.0.0.1:1,[::1]:2"),
        ("CHINWAG_PUBLIC_URL", "https://chat.example.org"),
        ("CHINWAG_LIMITS_CONNECTIONS", "7"),
    ]);
    let loaded = load(&given).map_err(|faults| faults.join("\n")).unwrap();
    let file::Read { set, faults, .. } = file::read(&print(&loaded), OPTIONS);
    assert_eq!(faults, []);
    let shown = || loaded.chosen.iter().filter(|chosen| !chosen.item.secret);
    assert_eq!(set.len(), shown().count(), "every option is printed");
    for chosen in shown() {
        let (_, value, _) = set.iter().find(|(item, ..)| item.name == chosen.item.name).unwrap();
        assert_eq!(*value, chosen.value, "{}", chosen.item.name);
    }
}

#[test]
fn every_option_is_explained() {
    let printed = print(&load(&Given::default()).map_err(|faults| faults.join("\n")).unwrap());
    let one_line = printed.replace("\n# ", " ");
    for item in OPTIONS {
        assert!(one_line.contains(item.explanation), "{}", item.name);
        assert!(one_line.contains(&item.variable()) && one_line.contains(&item.flag()), "{}", item.name);
    }
    assert!(printed.lines().all(|line| line.chars().count() <= 110), "{printed}");
}

static SECRETS: &[Item] = &[Item {
    name: "door-key",
    kind: Kind::Text(|_, text| if text.starts_with('k') { Ok(()) } else { Err(text.to_owned()) }),
    default: "k",
    placeholder: "KEY",
    allowed: "a key",
    explanation: "Opens the door.",
    secret: true,
    everyday: false,
}];

#[test]
fn secrets_are_never_printed() {
    let item = &SECRETS[0];
    let value = Value::Text("k-open-sesame".to_owned());
    let origin = Some("chinwag.toml, line 1".to_owned());
    let loaded = Loaded {
        config: Config::unset(),
        file: Some(Path::new("chinwag.toml").to_owned()),
        chosen: vec![Chosen { item, value, origin }],
    };
    let printed = print(&loaded);
    assert!(printed.contains("door-key") && !printed.contains("sesame"), "{printed}");
    assert!(file::read(&printed, SECRETS).faults.is_empty());
    // Nor where they are wrong.
    for text in ["door-key = 'open-sesame'", "door-key = ['open-sesame']", "door-key = 2026"] {
        let file::Read { set, mut faults, .. } = file::read(text, SECRETS);
        for (item, value, line) in set {
            faults.extend(item.set(&mut Config::unset(), &value).err().map(|fault| (line, fault)));
        }
        let [(_, fault)] = faults.as_slice() else { panic!("{faults:?}") };
        assert!(!fault.contains("sesame") && !fault.contains("2026") && fault.contains("a key"), "{fault}");
    }
}

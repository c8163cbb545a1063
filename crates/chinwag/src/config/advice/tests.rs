use std::ffi::OsString;
use std::fs;

use tempfile::TempDir;

use super::advice;
use crate::config::{Given, load};

fn told(variables: &[(&str, &str)], descriptors: Option<u64>) -> Vec<String> {
    let pair = |&(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
    let given = Given { environment: variables.iter().map(pair).collect(), ..Given::default() };
    advice(&load(&given).map_err(|faults| faults.join("\n")).unwrap(), descriptors)
}

#[track_caller]
fn assert_told(variables: &[(&str, &str)], words: &str) {
    let told = told(variables, None);
    assert!(told.len() == 1 && told[0].contains(words), "{told:?}");
}

#[test]
fn a_first_start_and_a_usual_installation_are_not_odd() {
    assert_eq!(told(&[], None), [""; 0]);
    let usual = [
        ("CHINWAG_PUBLIC_URL", "https://chat.example.org"),
        ("CHINWAG_TRUSTED_PROXIES", "127.0.0.1"),
        ("CHINWAG_METRICS_LISTEN", "localhost:9090"),
    ];
    assert_eq!(told(&usual, Some(1_000_000)), [""; 0]);
    assert_eq!(told(&[("CHINWAG_PUBLIC_URL", "http://localhost:3000")], None), [""; 0]);
}

#[test]
fn odd_things_are_told() {
    assert_told(&[("CHINWAG_PUBLIC_URL", "http://chat.example.org")], "http://");
    assert_told(&[("CHINWAG_LISTEN", "0.0.0.0:3000")], "plain HTTP");
    assert_told(&[("CHINWAG_PUBLIC_URL", "https://chat.example.org")], "trusted-proxies is empty");
    assert_told(&[("CHINWAG_TRUSTED_PROXIES", "10.0.0.0/8,::/0")], "::/0");
    assert_told(&[("CHINWAG_METRICS_LISTEN", "0.0.0.0:9090")], "metrics-listen");
    assert_told(&[("CHINWAG_CLUSTER_LISTEN", "10.0.0.1:7000")], "without database");
    assert_told(&[("CHINWAG_CLUSTER_ADDRESS", "10.0.0.1:7000")], "without cluster.listen");
    assert_told(&[("CHINWAG_TEST_ENVELOPES", "previous")], "is for tests");
    assert_told(&[("CHINWAG_LIMITS_OUTBOX_BYTES", "65536")], "limits.outbox-bytes");
    assert_told(&[("CHINWAG_LIMITS_OUTBOXES_BYTES", "2097152")], "limits.outboxes-bytes");
    assert_eq!(told(&[], Some(1_024)), [""; 0], "nobody has asked for so many");
    let few = told(&[("CHINWAG_LIMITS_CONNECTIONS", "1000")], Some(1_024));
    assert!(few.len() == 1 && few[0].contains("1024"), "{few:?}");
}

#[test]
fn what_other_services_need_is_told() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("chinwag.toml");
    let told = |kind: &str, public: &str| {
        let more = if kind == "facebook" { "email-domains = [\"example.org\"]\n" } else { "" };
        let head = format!("public-url = \"{public}\"\ntrusted-proxies = [\"127.0.0.1\"]\n");
        let table =
            format!("[providers.one]\nkind = \"{kind}\"\nclient-id = \"i\"\nclient-secret = \"s\"\n{more}");
        fs::write(&path, head + &table).unwrap();
        told(&[("CHINWAG_CONFIG", path.to_str().unwrap())], None)
    };
    let https = "https://chat.example.org";
    assert_eq!(told("github", https), [""; 0]);
    assert_eq!(told("github", "http://localhost:3000"), [""; 0]);
    let without = told("github", "");
    assert!(without.len() == 1 && without[0].contains("public-url is not set"), "{without:?}");
    let plain = told("github", "http://chat.example.org");
    assert!(plain.len() == 2 && plain.iter().any(|one| one.starts_with("providers are there")), "{plain:?}");
    let facebook = told("facebook", https);
    assert!(facebook.len() == 1 && facebook[0].contains("providers.one.email-domains"), "{facebook:?}");
}

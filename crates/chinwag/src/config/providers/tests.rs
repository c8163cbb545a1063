use std::fs;

use tempfile::TempDir;

use super::super::file;
use super::print;

fn read(text: &str) -> file::Read {
    file::read(text, &[])
}

fn faults(text: &str) -> Vec<String> {
    read(text).faults.into_iter().map(|(line, fault)| format!("{line}: {fault}")).collect()
}

/// A provider with these lines in its table, the rest of which is right.
fn github(lines: &str) -> String {
    format!("[providers.one]\nkind = \"github\"\nclient-id = \"id\"\n{lines}")
}

#[test]
fn a_provider_is_read_as_it_is_printed_but_for_its_secret() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a \"strange\" name");
    fs::write(&path, "open sesame\r\n").unwrap();
    let lines = [
        "[providers.corp]",
        "kind = \"openid\"",
        "title = \"Corp \\\"ID\\\"\"",
        "url = \"https://id.example.org/realms/corp\"",
        "client-id = \"chinwag\"",
        &format!("client-secret-file = {}", super::quoted(&path.display().to_string())),
        "scopes = [\"groups\", \"more\"]",
        "email-domains = [\"example.org\", \"bücher.example\"]",
    ];
    let found = read(&lines.join("\n").replace("bücher", "BÜCHER"));
    assert_eq!(found.faults, []);
    let [configured] = found.providers.as_slice() else { panic!("{:?}", found.providers) };
    let settings = &configured.provider.settings;
    assert_eq!(settings.client_secret.as_ref().unwrap().expose(), "open sesame");
    let printed = print(configured);
    assert_eq!(printed.trim().lines().collect::<Vec<_>>(), lines);
    let again = read(&printed);
    assert_eq!(format!("{:?}{:?}", again.providers, again.faults), format!("{:?}[]", found.providers));
    assert_eq!(again.providers[0].provider.settings.client_secret, settings.client_secret);

    let inline = read(&github("client-secret = \"open sesame\""));
    assert_eq!(inline.faults, []);
    let printed = print(&inline.providers[0]);
    assert!(printed.contains("\n# client-secret = (not shown)\n"), "{printed}");
    assert!(!format!("{printed}{:?}", inline.providers).contains("sesame"));
    // Clients of OpenID Connect may have none.
    let public = "kind = \"openid\"\ntitle = \"ID\"\nurl = \"https://id.example\"\nclient-id = \"id\"";
    let public = read(&format!("[providers.public]\n{public}"));
    assert!(
        public.faults.is_empty() && !print(&public.providers[0]).contains("secret"),
        "{:?}",
        public.faults
    );
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let text = "[providers.One]\nkind = \"github\"\nclient-id = \"\"\nurl = \"http://github.example\"\ntitle = \"\"\n";
    let expected = [
        "1: \"One\" is no name for a provider; it takes letters a to z, digits and -, a letter first, at most 32.",
        "1: providers.One has no client-secret; it takes what the provider gave you, 1 to 1024 printable ASCII characters.",
        "3: providers.One.client-id is not valid; it takes what the provider gave you, 1 to 255 printable ASCII characters.",
        "4: providers.One.url is not https; it takes an https URL without query, or an http one to localhost.",
        "5: providers.One.title is not valid; it takes a line of 1 to 40 characters.",
    ];
    assert_eq!(faults(text), expected);
    let text = "[providers.one]\nkind = \"gitlab\"\nclient_id = \"id\"\nscopes = \"a\"\ntitle = 3\nemail-domains = [3]\n";
    let keys =
        "kind, title, url, api-url, client-id, client-secret, client-secret-file, scopes, email-domains";
    let expected = [
        "2: providers.one.kind cannot be \"gitlab\"; it takes github, google, facebook or openid.".to_owned(),
        format!("3: providers.one has no \"client_id\"; it takes {keys}."),
        "4: providers.one.scopes cannot be \"a\"; it takes a list of texts.".to_owned(),
        "5: providers.one.title cannot be \"3\"; it takes a text.".to_owned(),
        "6: providers.one.email-domains is not valid; it takes a list of texts.".to_owned(),
    ];
    assert_eq!(faults(text), expected);
    let expected = [
        "1: providers.one has no client-id; it takes what the provider gave you, 1 to 255 printable ASCII characters.",
        "1: providers.one has no title; it takes a line of 1 to 40 characters.",
        "1: providers.one has no url; it takes the issuer, an https URL or an http one to localhost.",
    ];
    let mut found = faults("[providers.one]\nkind = \"openid\"");
    found.sort();
    assert_eq!(found, expected);
    for (text, fault) in [
        (
            "providers = 3",
            "1: providers is not valid; it takes a table for each service, like [providers.github].",
        ),
        (
            "providers.a = 3",
            "1: providers.a is not valid; it takes a table with kind, client-id and what else it needs.",
        ),
        ("[providers.a]", "1: providers.a has no kind; it takes github, google, facebook or openid."),
    ] {
        assert_eq!(faults(text), [fault]);
    }
}

#[test]
fn domains_are_domains() {
    let of = |list: &str| faults(&github(&format!("client-secret = \"s\"\nemail-domains = {list}")));
    let takes = "it takes a list of 1 to 50 domains, like [\"example.org\"].";
    for (list, problem) in [
        ("[]", "has 0 domains"),
        ("[\"example.org\", \"@example.org\"]", "cannot have \"@example.org\""),
        ("[\"*.example.org\"]", "cannot have \"*.example.org\""),
        ("[\"example..org\"]", "cannot have \"example..org\""),
    ] {
        assert_eq!(of(list), [format!("5: providers.one.email-domains {problem}; {takes}")]);
    }
    let many = |count: usize| format!("[{}]", vec!["\"example.org\""; count].join(","));
    assert_eq!((of(&many(50)).len(), of(&many(51)).len()), (0, 1));
}

#[test]
fn there_are_twenty_at_most() {
    let many = |count: usize| -> String {
        let one =
            |at| format!("[providers.p{at}]\nkind = \"github\"\nclient-id = \"i\"\nclient-secret = \"s\"\n");
        (0..count).map(one).collect()
    };
    assert_eq!(faults(&many(20)), [""; 0]);
    let wrong = faults(&many(21));
    assert!(wrong.len() == 1 && wrong[0].contains("more than 20"), "{wrong:?}");
}

#[test]
fn a_secret_is_shown_nowhere_even_where_it_is_wrong() {
    let folder = TempDir::new().unwrap();
    let file = |content: &[u8]| {
        let path = folder.path().join("secret");
        fs::write(&path, content).unwrap();
        faults(&github(&format!("client-secret-file = {}", super::quoted(&path.display().to_string()))))
    };
    let fits = "s".repeat(1_024);
    assert_eq!(file(fits.as_bytes()), [""; 0]);
    assert_eq!(file(format!("{fits}\r\n").as_bytes()), [""; 0]);
    for (content, problem) in [
        (format!("{fits}s").as_bytes(), "is too long"),
        (&[fits.as_bytes(), b"\r\nsesame"].concat(), "is too long"),
        (b"sesame\xff", "is not text"),
        (b"sesame\n\n", "is not valid"),
        (b"\n", "is not valid"),
    ] {
        let wrong = file(content);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        let expected = format!("4: providers.one.client-secret-file {problem}; it takes ");
        assert!(wrong[0].starts_with(&expected) && !wrong[0].contains("sesame"), "{wrong:?}");
    }
    for (line, problem) in [
        ("client-secret-file = \"/no/such/secret\"", ".client-secret-file cannot be read (No such file"),
        ("client-secret = \"sesame\\u00e9\"", ".client-secret is not valid"),
        ("client-secret = [\"sesame\"]", ".client-secret is not valid"),
        ("client-secret = 20261123", ".client-secret is not valid"),
        (
            "client-secret-file = \"/no\"\nclient-secret = \"sesame\"",
            "-file stands beside client-secret; it takes the place",
        ),
    ] {
        let wrong = faults(&github(line));
        assert!(wrong.len() == 1 && wrong[0].contains(problem), "{wrong:?}");
        assert!(!wrong[0].contains("sesame") && !wrong[0].contains("2026"), "{wrong:?}");
    }
}

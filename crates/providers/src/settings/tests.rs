use proptest::prelude::*;

use super::*;

fn settings(kind: ProviderKind) -> ProviderSettings {
    ProviderSettings {
        name: "one".to_owned(),
        title: Some("One".to_owned()),
        kind,
        url: (kind == ProviderKind::OpenId).then(|| "https://issuer.example/".to_owned()),
        api_url: None,
        client_id: "id".to_owned(),
        client_secret: Some(Secret::new("secret")),
        scopes: Vec::new(),
    }
}

fn urls(kind: ProviderKind, url: Option<&str>, api_url: Option<&str>) -> (String, String) {
    let url = url.map(str::to_owned).or(settings(kind).url);
    let checked = ProviderSettings { url, api_url: api_url.map(str::to_owned), ..settings(kind) }.check();
    let checked = checked.unwrap();
    (checked.url, checked.api_url)
}

fn wrong(settings: ProviderSettings) -> Vec<&'static str> {
    settings.check().err().unwrap_or_default().iter().map(|fault| fault.setting).collect()
}

#[test]
fn what_everybody_knows_need_not_be_said() {
    for (kind, title, url, api_url) in [
        (ProviderKind::GitHub, "GitHub", "https://github.com", "https://api.github.com"),
        (ProviderKind::Google, "Google", "https://accounts.google.com", ""),
        (ProviderKind::Facebook, "Facebook", "https://www.facebook.com", "https://graph.facebook.com"),
    ] {
        let checked = ProviderSettings { title: None, ..settings(kind) }.check().unwrap();
        assert_eq!((&*checked.title, &*checked.url, &*checked.api_url), (title, url, api_url));
    }
    assert_eq!(
        wrong(ProviderSettings { title: None, url: None, ..settings(ProviderKind::OpenId) }),
        ["title", "url"]
    );
}

#[test]
fn the_api_of_an_enterprise_is_below_its_address() {
    let github = |url, api_url| urls(ProviderKind::GitHub, url, api_url);
    let both = |url: &str, api_url: &str| (url.to_owned(), api_url.to_owned());
    for same in ["https://git.example", "https://git.example/", "https://GIT.example:443"] {
        assert_eq!(github(Some(same), None), both("https://git.example", "https://git.example/api/v3"));
    }
    assert_eq!(
        github(Some("https://acme.ghe.com"), Some("https://api.acme.ghe.com/")),
        both("https://acme.ghe.com", "https://api.acme.ghe.com")
    );
    assert_eq!(
        github(Some("https://github.com/"), None),
        both("https://github.com", "https://api.github.com")
    );
}

#[test]
fn an_issuer_stays_as_it_is_written() {
    for issuer in ["https://t.auth0.com/", "https://K.example/realms/a", "http://localhost:8080/realms/a"] {
        assert_eq!(urls(ProviderKind::OpenId, Some(issuer), None).0, issuer);
    }
}

#[test]
fn addresses_are_https_or_here() {
    for url in
        ["http://git.example", "git.example", "https://git.example/?a=b", "https://u:p@git.example", ""]
    {
        for kind in [ProviderKind::GitHub, ProviderKind::Google, ProviderKind::Facebook, ProviderKind::OpenId]
        {
            let settings = ProviderSettings { url: Some(url.to_owned()), ..settings(kind) };
            assert_eq!(wrong(settings), ["url"], "{kind:?} {url}");
        }
    }
    let plain_api =
        ProviderSettings { api_url: Some("http://api.example".to_owned()), ..settings(ProviderKind::GitHub) };
    assert_eq!(wrong(plain_api), ["api-url"]);
    let api =
        ProviderSettings { api_url: Some("https://a.example".to_owned()), ..settings(ProviderKind::Google) };
    assert_eq!(wrong(api), ["api-url"]);
}

#[test]
fn a_secret_may_be_missing_where_there_are_public_clients() {
    let without = |kind| wrong(ProviderSettings { client_secret: None, ..settings(kind) });
    assert!(without(ProviderKind::OpenId).is_empty() && without(ProviderKind::Google).is_empty());
    assert_eq!(without(ProviderKind::GitHub), ["client-secret"]);
    assert_eq!(without(ProviderKind::Facebook), ["client-secret"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_without_what_was_written() {
    let settings = ProviderSettings {
        name: "One!".to_owned(),
        title: Some(" ".to_owned()),
        client_id: String::new(),
        client_secret: Some(Secret::new("my-sécret")),
        scopes: vec!["a b".to_owned()],
        ..settings(ProviderKind::GitHub)
    };
    let faults = settings.check().unwrap_err();
    let all: Vec<_> = faults.iter().map(|fault| fault.setting).collect();
    assert_eq!(all, ["name", "title", "client-id", "client-secret", "scopes"]);
    let sentences: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(!sentences.concat().contains("my-s"));
    assert_eq!(
        sentences[0],
        "name is not valid; it takes letters a to z, digits and -, a letter first, at most 32."
    );
}

#[test]
fn kinds_have_names() {
    assert_eq!(ProviderKind::parse("github"), Some(ProviderKind::GitHub));
    assert_eq!(ProviderKind::parse("openid"), Some(ProviderKind::OpenId));
    assert_eq!(ProviderKind::parse("GitHub"), None);
}

proptest! {
    #[test]
    fn whatever_passes_is_in_bounds(name in "[a-zA-Z0-9_-]{0,40}", title in ".{0,50}", id in "\\PC{0,300}", scope in "[ -~]{0,210}") {
        let settings = ProviderSettings {
            name, title: Some(title), client_id: id, scopes: vec![scope], ..settings(ProviderKind::GitHub)
        };
        if let Ok(checked) = settings.check() {
            prop_assert!((1..=NAME_CHARS).contains(&checked.name.len()));
            prop_assert!(checked.title.chars().count() <= TITLE_CHARS);
            prop_assert!(checked.client.id.is_ascii());
            prop_assert!(!checked.scopes.concat().contains(' '));
        }
    }
}

//! The other services by which people may sign in: a table for each in the configuration file, like
//!
//! ```toml
//! [providers.github]
//! kind = "github"
//! client-id = "Ov23li…"
//! client-secret-file = "/run/secrets/github"
//! ```

use std::ops::Range;

use chinwag_providers::{ProviderKind, ProviderSettings, Secret};
use chinwag_server::SignInProvider;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::shown;
use super::option::{Value, quoted};

mod secret_file;
#[cfg(test)]
mod tests;

/// The table in which they stand.
pub(super) const TABLE: &str = "providers";
/// Most providers.
const MOST: usize = 20;
/// Most domains of one, and characters of a domain.
const DOMAINS: usize = 50;
const DOMAIN_CHARS: usize = 253;

const KEYS: &[&str] = &[
    "kind",
    "title",
    "url",
    "api-url",
    "client-id",
    "client-secret",
    "client-secret-file",
    "scopes",
    "email-domains",
];
const KINDS: &str = "github, google, facebook or openid";

/// Something wrong: where, and a sentence.
type Fault = (Range<usize>, String);

/// A provider, and from where it was read.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    /// What is made of it.
    pub(crate) provider: SignInProvider,
    /// The file that has its secret, if that does not stand in the configuration itself.
    pub(crate) secret_file: Option<String>,
}

/// Reads the table, and the files that it names.
pub(super) fn read(value: &Spanned<DeValue<'_>>) -> (Vec<Configured>, Vec<Fault>) {
    let (mut providers, mut faults) = (Vec::new(), Vec::new());
    let DeValue::Table(table) = value.get_ref() else {
        let example = "it takes a table for each service, like [providers.github].";
        return (providers, vec![(value.span(), format!("{TABLE} is not valid; {example}"))]);
    };
    if table.len() > MOST {
        faults.push((value.span(), format!("there are more than {MOST} providers.")));
    }
    for (name, provider) in table {
        match one(name.get_ref(), name.span(), provider) {
            Ok(provider) => providers.push(provider),
            Err(wrong) => faults.extend(wrong),
        }
    }
    (providers, faults)
}

fn one(name: &str, at: Range<usize>, value: &Spanned<DeValue<'_>>) -> Result<Configured, Vec<Fault>> {
    let DeValue::Table(table) = value.get_ref() else {
        let takes = "it takes a table with kind, client-id and what else it needs.";
        return Err(vec![(at, format!("{TABLE}.{name} is not valid; {takes}"))]);
    };
    let mut reader = Reader { name: format!("{TABLE}.{name}"), at, table, faults: Vec::new() };
    reader.unknown_keys();
    let kind = reader.kind();
    let (title, url, api_url) = (reader.text("title"), reader.text("url"), reader.text("api-url"));
    let client_id = reader.text("client-id").unwrap_or_default();
    let (client_secret, secret_file) = reader.secret();
    let scopes = reader.list("scopes").unwrap_or_default();
    let email_domains = reader.domains();
    // What is of the wrong kind would be told twice.
    let (Some(kind), true) = (kind, reader.faults.is_empty()) else { return Err(reader.faults) };
    let name = name.to_owned();
    let settings = ProviderSettings { name, title, kind, url, api_url, client_id, client_secret, scopes };
    reader.settings(&settings);
    if !reader.faults.is_empty() {
        return Err(reader.faults);
    }
    Ok(Configured { provider: SignInProvider { settings, email_domains }, secret_file })
}

/// Reads one of them, and gathers what is wrong with it.
struct Reader<'a> {
    /// What it is called in sentences.
    name: String,
    /// Where its name stands.
    at: Range<usize>,
    table: &'a DeTable<'a>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn unknown_keys(&mut self) {
        for (key, _) in self.table {
            if !KEYS.contains(&key.get_ref().as_ref()) {
                let bad = quoted(key.get_ref());
                let fault = format!("{} has no {bad}; it takes {}.", self.name, KEYS.join(", "));
                self.faults.push((key.span(), fault));
            }
        }
    }

    fn field(&self, key: &str) -> Option<(Range<usize>, &DeValue<'_>)> {
        let found = self.table.iter().find(|(name, _)| *name.get_ref() == key);
        found.map(|(_, value)| (value.span(), value.get_ref()))
    }

    fn kind(&mut self) -> Option<ProviderKind> {
        if self.field("kind").is_none() {
            self.faults.push((self.at.clone(), format!("{} has no kind; it takes {KINDS}.", self.name)));
            return None;
        }
        let text = self.text("kind")?;
        let kind = ProviderKind::parse(&text);
        if kind.is_none() {
            self.refuse("kind", &format!("cannot be {}", quoted(&text)), KINDS);
        }
        kind
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let problem = match self.field(key)?.1 {
            DeValue::String(text) => return Some(text.to_string()),
            // It may be a secret whose quotation marks were forgotten.
            _ if key == "client-secret" => "is not valid".to_owned(),
            other => format!("cannot be {}", quoted(&shown(other))),
        };
        self.refuse(key, &problem, "a text");
        None
    }

    fn list(&mut self, key: &str) -> Option<Vec<String>> {
        let texts = match self.field(key)?.1 {
            DeValue::Array(list) => list.iter().map(|text| match text.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            }),
            other => {
                let problem = format!("cannot be {}", quoted(&shown(other)));
                self.refuse(key, &problem, "a list of texts");
                return None;
            }
        };
        let texts: Option<Vec<String>> = texts.collect();
        if texts.is_none() {
            self.refuse(key, "is not valid", "a list of texts");
        }
        texts
    }

    /// The secret, and the file that it was read from.
    fn secret(&mut self) -> (Option<Secret>, Option<String>) {
        let (text, file) = (self.text("client-secret"), self.text("client-secret-file"));
        match (text, file) {
            (Some(_), Some(_)) => {
                self.refuse("client-secret-file", "stands beside client-secret", "the place of that");
                (None, None)
            }
            (text, None) => (text.map(Secret::new), None),
            (None, Some(path)) => match secret_file::read(&path) {
                Ok(secret) => (Some(secret), Some(path)),
                Err(problem) => {
                    let takes = "the path of a file with the secret, at most 1,024 bytes of text";
                    self.refuse("client-secret-file", &problem, takes);
                    (None, None)
                }
            },
        }
    }

    fn domains(&mut self) -> Vec<String> {
        let Some(domains) = self.list("email-domains") else { return Vec::new() };
        let takes = format!("a list of 1 to {DOMAINS} domains, like [\"example.org\"]");
        // An empty list would let everybody in, and looks as if it let nobody.
        if !(1..=DOMAINS).contains(&domains.len()) {
            self.refuse("email-domains", &format!("has {} domains", domains.len()), &takes);
        }
        if let Some(bad) = domains.iter().find(|domain| !is_domain(domain)) {
            self.refuse("email-domains", &format!("cannot have {}", quoted(bad)), &takes);
        }
        domains.iter().map(|domain| domain.to_lowercase()).collect()
    }

    /// What else is wrong, as whoever uses the settings tells it.
    fn settings(&mut self, settings: &ProviderSettings) {
        for fault in settings.faults() {
            if fault.setting == "name" {
                let problem = format!("{} is no name for a provider", quoted(&settings.name));
                self.faults.push((self.at.clone(), format!("{problem}; it takes {}.", fault.takes)));
                continue;
            }
            let in_file = fault.setting == "client-secret" && self.field("client-secret-file").is_some();
            let key = if in_file { "client-secret-file" } else { fault.setting };
            self.refuse(key, &fault.fault, &fault.takes);
        }
    }

    /// Says what is wrong with a key, where it stands; or that it is missing.
    fn refuse(&mut self, key: &str, problem: &str, takes: &str) {
        let name = &self.name;
        let fault = match self.field(key) {
            Some((span, _)) => (span, format!("{name}.{key} {problem}; it takes {takes}.")),
            None => (self.at.clone(), format!("{name} has no {key}; it takes {takes}.")),
        };
        self.faults.push(fault);
    }
}

fn is_domain(domain: &str) -> bool {
    let fits = |label: &str| {
        !label.is_empty() && label.chars().all(|character| character.is_alphanumeric() || character == '-')
    };
    domain.chars().count() <= DOMAIN_CHARS && domain.split('.').all(fits)
}

/// What is valid but odd about them.
pub(super) fn advice(providers: &[SignInProvider], public: Option<&http::Uri>, safe: bool) -> Vec<String> {
    let mut advice = Vec::new();
    if providers.is_empty() {
        return advice;
    }
    if public.is_none() {
        advice.push(
            "providers are there, but public-url is not set: they send people back to the address that is registered \
             with them, and to no other; set public-url to that."
                .to_owned(),
        );
    } else if !safe {
        advice.push(
            "providers are there, but public-url begins with http://: most of them send people back to https:// only, \
             and what they send with them could be read on the way."
                .to_owned(),
        );
    }
    let facebook = providers.iter().filter(|one| one.settings.kind == ProviderKind::Facebook);
    for one in facebook.filter(|one| !one.email_domains.is_empty()) {
        let name = &one.settings.name;
        advice.push(format!(
            "{TABLE}.{name}.email-domains lets nobody in: Facebook never says whether an address is verified."
        ));
    }
    advice
}

/// A provider as it stands in a file, without its secret.
pub(super) fn print(configured: &Configured) -> String {
    let Configured { provider: SignInProvider { settings, email_domains }, secret_file } = configured;
    let mut text = format!("\n[{TABLE}.{}]\n", settings.name);
    let mut line = |key: &str, value: &str| text.extend([key, " = ", value, "\n"]);
    line("kind", &quoted(settings.kind.name()));
    for (key, value) in [("title", &settings.title), ("url", &settings.url), ("api-url", &settings.api_url)] {
        if let Some(value) = value {
            line(key, &quoted(value));
        }
    }
    line("client-id", &quoted(&settings.client_id));
    match secret_file {
        Some(path) => line("client-secret-file", &quoted(path)),
        None if settings.client_secret.is_some() => line("# client-secret", "(not shown)"),
        None => {}
    }
    for (key, list) in [("scopes", &settings.scopes), ("email-domains", email_domains)] {
        if !list.is_empty() {
            line(key, &Value::List(list.clone()).toml());
        }
    }
    text
}

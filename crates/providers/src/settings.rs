//! What a provider is made from.

use url::Url;

use crate::address::{self, Plain};
use crate::secret::Secret;

#[cfg(test)]
mod tests;

/// Most characters of a name, and of a title.
const NAME_CHARS: usize = 32;
const TITLE_CHARS: usize = 40;
/// Most bytes of a client's id, and of its secret.
const CLIENT_ID_BYTES: usize = 255;
const CLIENT_SECRET_BYTES: usize = 1_024;
/// Most scopes that are asked for beside our own, and bytes of one.
const SCOPES: usize = 20;
const SCOPE_BYTES: usize = 200;

/// What kind of provider it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// github.com, or GitHub Enterprise under another `url`.
    GitHub,
    /// Google: an issuer of OpenID Connect whose `url` is known.
    Google,
    /// Facebook Login.
    Facebook,
    /// Any issuer of OpenID Connect; its `url` is its issuer identifier, exactly as it writes it.
    OpenId,
}

impl ProviderKind {
    /// Reads what stands in a configuration: `github`, `google`, `facebook` or `openid`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "github" => Self::GitHub,
            "google" => Self::Google,
            "facebook" => Self::Facebook,
            "openid" => Self::OpenId,
            _ => return None,
        })
    }

    /// What stands in a configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Google => "google",
            Self::Facebook => "facebook",
            Self::OpenId => "openid",
        }
    }

    const fn url(self) -> Option<&'static str> {
        match self {
            Self::GitHub => Some("https://github.com"),
            Self::Google => Some("https://accounts.google.com"),
            Self::Facebook => Some("https://www.facebook.com"),
            Self::OpenId => None,
        }
    }

    const fn title(self) -> Option<&'static str> {
        match self {
            Self::GitHub => Some("GitHub"),
            Self::Google => Some("Google"),
            Self::Facebook => Some("Facebook"),
            Self::OpenId => None,
        }
    }

    /// Whether it speaks OpenID Connect.
    const fn is_openid(self) -> bool {
        matches!(self, Self::Google | Self::OpenId)
    }
}

/// What a provider is made from, as somebody wrote it.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// What it is called in addresses and in the log: 1 to 32 of a to z, 0 to 9 and `-`, a letter first.
    pub name: String,
    /// What people read: 1 to 40 characters in one line. If it is left out, the name of the site; an OpenID issuer needs one.
    pub title: Option<String>,
    /// What kind of provider it is.
    pub kind: ProviderKind,
    /// Where it is, if not where everybody knows; of OpenID Connect the issuer. https, or http to this machine.
    pub url: Option<String>,
    /// Where its API is, of GitHub and Facebook. If it is left out, `https://api.github.com`, the `url` of a GitHub Enterprise with
    /// `/api/v3`, or `https://graph.facebook.com`.
    pub api_url: Option<String>,
    /// Who we are there: 1 to 255 printable ASCII characters.
    pub client_id: String,
    /// How we show it: 1 to 1,024 printable ASCII characters. Clients of OpenID Connect may be without.
    pub client_secret: Option<Secret>,
    /// What is asked for beside what is needed to know who somebody is: at most 20.
    pub scopes: Vec<String>,
}

/// A setting that is not right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} {fault}; it takes {takes}.")]
pub struct SettingFault {
    /// Which one, by the name of the field with hyphens.
    pub setting: &'static str,
    /// What is wrong, after the name of the setting. What was written is not in it.
    pub fault: String,
    /// What it takes.
    pub takes: String,
}

/// Settings that are right.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) kind: ProviderKind,
    /// Without a slash at its end, but for OpenID Connect, where it is as it was written.
    pub(crate) url: String,
    /// Without a slash at its end. Not for OpenID Connect.
    pub(crate) api_url: String,
    pub(crate) client: Client,
    pub(crate) scopes: Vec<String>,
}

/// Who we are at a provider.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<Secret>,
}

/// Gathers what is wrong.
#[derive(Default)]
struct Faults(Vec<SettingFault>);

impl Faults {
    fn add(&mut self, setting: &'static str, fault: impl Into<String>, takes: impl Into<String>) {
        self.0.push(SettingFault { setting, fault: fault.into(), takes: takes.into() });
    }

    fn unless(&mut self, right: bool, setting: &'static str, takes: impl Into<String>) {
        if !right {
            self.add(setting, "is not valid", takes);
        }
    }
}

impl ProviderSettings {
    /// Everything that is wrong with them: what [`Provider::new`](crate::Provider::new) refuses them for.
    pub fn faults(&self) -> Vec<SettingFault> {
        self.clone().check().err().unwrap_or_default()
    }

    pub(crate) fn check(self) -> Result<Checked, Vec<SettingFault>> {
        let mut faults = Faults::default();
        faults.unless(
            is_name(&self.name),
            "name",
            format!("letters a to z, digits and -, a letter first, at most {NAME_CHARS}"),
        );
        let title = self.title.or_else(|| self.kind.title().map(str::to_owned)).unwrap_or_default();
        faults.unless(is_title(&title), "title", format!("a line of 1 to {TITLE_CHARS} characters"));
        faults.unless(
            is_printable(&self.client_id, CLIENT_ID_BYTES),
            "client-id",
            format!("what the provider gave you, 1 to {CLIENT_ID_BYTES} printable ASCII characters"),
        );
        let secret_takes =
            format!("what the provider gave you, 1 to {CLIENT_SECRET_BYTES} printable ASCII characters");
        match &self.client_secret {
            Some(secret) => {
                let right = is_printable(secret.expose(), CLIENT_SECRET_BYTES);
                faults.unless(right, "client-secret", secret_takes);
            }
            None if self.kind.is_openid() => {}
            None => faults.add("client-secret", "is missing", secret_takes),
        }
        let scopes_right = self.scopes.len() <= SCOPES && self.scopes.iter().all(|scope| is_scope(scope));
        faults.unless(
            scopes_right,
            "scopes",
            format!(
                "at most {SCOPES} words of 1 to {SCOPE_BYTES} visible ASCII characters without \" and \\"
            ),
        );
        let (url, api_url) = match self.kind.is_openid() {
            true => {
                if self.api_url.is_some() {
                    faults.add("api-url", "is only for GitHub and Facebook", "nothing here");
                }
                (issuer(self.kind, self.url, &mut faults), String::new())
            }
            false => bases(self.kind, self.url, self.api_url, &mut faults),
        };
        if !faults.0.is_empty() {
            return Err(faults.0);
        }
        Ok(Checked {
            name: self.name,
            title,
            kind: self.kind,
            url,
            api_url,
            client: Client { id: self.client_id, secret: self.client_secret },
            scopes: self.scopes,
        })
    }
}

const TAKES_URL: &str = "an https URL without query, or an http one to localhost";

/// The issuer, as it is written: it is compared character by character (OpenID Connect Discovery, section 4.3).
fn issuer(kind: ProviderKind, written: Option<String>, faults: &mut Faults) -> String {
    let Some(text) = written.or_else(|| kind.url().map(str::to_owned)) else {
        faults.add("url", "is missing", "the issuer, an https URL or an http one to localhost");
        return String::new();
    };
    let _ = base("url", &text, faults);
    text
}

/// Where a provider without OpenID Connect and its API are.
fn bases(
    kind: ProviderKind,
    url: Option<String>,
    api_url: Option<String>,
    faults: &mut Faults,
) -> (String, String) {
    let known = kind.url().unwrap_or_default();
    let url = url.map_or_else(|| known.to_owned(), |text| base("url", &text, faults));
    let api_url = match (api_url, kind) {
        (Some(text), _) => base("api-url", &text, faults),
        (None, ProviderKind::GitHub) if url != known => format!("{url}/api/v3"),
        (None, ProviderKind::GitHub) => "https://api.github.com".to_owned(),
        (None, _) => "https://graph.facebook.com".to_owned(),
    };
    (url, api_url)
}

/// An address that paths are put behind, without the slash at its end.
fn base(setting: &'static str, text: &str, faults: &mut Faults) -> String {
    match address::parse(text, Plain::OnThisMachine) {
        Ok(url) if url.query().is_none() => Url::to_string(&url).trim_end_matches('/').to_owned(),
        Ok(_) => {
            faults.add(setting, "has a query", TAKES_URL);
            String::new()
        }
        Err(fault) => {
            faults.add(setting, fault.to_string(), TAKES_URL);
            String::new()
        }
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_CHARS
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_title(title: &str) -> bool {
    (1..=TITLE_CHARS).contains(&title.chars().count())
        && !title.chars().any(char::is_control)
        && title.trim() == title
}

/// RFC 6749, appendix A.1 and A.2.
fn is_printable(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// RFC 6749, appendix A.4.
fn is_scope(scope: &str) -> bool {
    (1..=SCOPE_BYTES).contains(&scope.len())
        && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

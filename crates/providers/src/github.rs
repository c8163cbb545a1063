//! Who somebody is at GitHub, or a GitHub Enterprise:
//! <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps>,
//! <https://docs.github.com/en/rest/users>.

use serde::Deserialize;
use url::Url;

use crate::failure::Failure;
use crate::http::{Answer, Credentials, HttpClient};
use crate::person::{self, Email, Person};
use crate::provider::join;
use crate::secret::Secret;

/// Without it, the addresses of people are not told.
pub(crate) const SCOPES: &[&str] = &["user:email"];

/// What is asked for of `/user`. The address in it is the one that somebody shows to everybody, and need not be verified.
#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// Where people are sent, and where codes are exchanged.
pub(crate) fn endpoints(url: &str) -> Result<(Url, Url), Failure> {
    Ok((join(url, "/login/oauth/authorize")?, join(url, "/login/oauth/access_token")?))
}

/// By what it names itself when it sends a browser back (RFC 9207):
/// <https://docs.github.com/en/apps/github-authentication-discovery-endpoints>. An Enterprise may say something else that is not
/// documented.
pub(crate) fn issuer(url: &str) -> Option<&'static str> {
    (url == "https://github.com").then_some("https://github.com/login/oauth")
}

/// Who an access token is of.
pub(crate) async fn person(
    http: &HttpClient,
    url: &str,
    api_url: &str,
    token: &Secret,
) -> Result<Person, Failure> {
    let bearer = || Credentials::Bearer(token.expose());
    let user: User =
        http.get(join(api_url, "/user")?, bearer()).await?.json("GitHub's answer about somebody")?;
    let addresses = http.get(join(api_url, "/user/emails?per_page=100")?, bearer()).await?;
    let mut person = Person::new(url, &user.id.to_string())?;
    person.handle = person::name(&user.login);
    person.name = user.name.as_deref().and_then(person::name);
    person.email = email(&addresses)?;
    Ok(person)
}

/// The address that GitHub writes to. There is none if we were not allowed to ask, which people and applications of the kind
/// «GitHub App» decide about.
fn email(answer: &Answer) -> Result<Option<Email>, Failure> {
    if matches!(answer.status, 403 | 404) {
        return Ok(None);
    }
    let addresses: Vec<Address> = answer.json("GitHub's answer about addresses")?;
    let primary = addresses.into_iter().find(|address| address.primary);
    Ok(primary.and_then(|address| Email::new(&address.email, address.verified)))
}

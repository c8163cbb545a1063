//! Who somebody is at Facebook:
//! <https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow>,
//! <https://developers.facebook.com/docs/graph-api/reference/user/>.

use aws_lc_rs::hmac;
use serde::Deserialize;
use url::Url;

use crate::failure::Failure;
use crate::http::{Credentials, HttpClient};
use crate::person::{self, Email, Person};
use crate::provider::join;
use crate::secret::Secret;
use crate::wire::complaint::Complaint;

#[cfg(test)]
mod tests;

/// Without the second, nobody's address is told.
pub(crate) const SCOPES: &[&str] = &["public_profile", "email"];

/// The version of the Graph API. When it has come to its end, in 2028, Facebook takes the oldest that there is then; what is asked
/// for here has been the same in all of them.
const VERSION: &str = "v25.0";

#[derive(Deserialize)]
struct User {
    id: String,
    name: Option<String>,
    email: Option<String>,
}

/// Where people are sent, and where codes are exchanged.
pub(crate) fn endpoints(url: &str, api_url: &str) -> Result<(Url, Url), Failure> {
    let dialog = join(url, &format!("/{VERSION}/dialog/oauth"))?;
    Ok((dialog, join(api_url, &format!("/{VERSION}/oauth/access_token"))?))
}

/// Who an access token is of. Facebook does not say whether it has made sure of an address, and people without one, or who did not
/// let it be told, have none.
pub(crate) async fn person(
    http: &HttpClient,
    url: &str,
    api_url: &str,
    secret: Option<&Secret>,
    token: &Secret,
) -> Result<Person, Failure> {
    let mut me = join(api_url, &format!("/{VERSION}/me"))?;
    me.query_pairs_mut().append_pair("fields", "id,name,email");
    if let Some(secret) = secret {
        me.query_pairs_mut().append_pair("appsecret_proof", &proof(secret, token));
    }
    let answer = http.get(me, Credentials::Bearer(token.expose())).await?;
    if let Some(complaint) = Complaint::read(&answer.body) {
        return Err(Failure::unavailable(complaint.to_string()));
    }
    let user: User = answer.json("Facebook's answer about somebody")?;
    let mut person = Person::new(url, &user.id)?;
    person.name = user.name.as_deref().and_then(person::name);
    person.email = user.email.and_then(|address| Email::new(&address, false));
    Ok(person)
}

/// That the token is used by whom it was given to, which applications may be set to demand:
/// <https://developers.facebook.com/docs/graph-api/guides/secure-requests>.
fn proof(secret: &Secret, token: &Secret) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, token.expose().as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

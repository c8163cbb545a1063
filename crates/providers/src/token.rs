//! A code becomes an access token (RFC 6749, sections 2.3 and 4.1.3; RFC 7636, section 4.5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::error::ProviderError;
use crate::failure::{Failure, said};
use crate::http::{Credentials, HttpClient};
use crate::secret::Secret;
use crate::settings::Client;
use crate::wire::discovery::ClientAuthentication;
use crate::wire::token::{Answer, Granted};

#[cfg(test)]
mod tests;

/// A code, and what goes with it.
pub(crate) struct Exchange<'a> {
    pub(crate) code: &'a Secret,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: &'a str,
}

impl Exchange<'_> {
    /// Asks for the token.
    pub(crate) async fn ask(
        &self,
        http: &HttpClient,
        endpoint: Url,
        client: &Client,
        authentication: ClientAuthentication,
    ) -> Result<Granted, Failure> {
        let (form, basic) = self.form(client, authentication)?;
        let credentials = basic.as_deref().map_or(Credentials::None, Credentials::Basic);
        let answer = http.post(endpoint, credentials, form).await?;
        match (Answer::read(&answer.body), answer.status) {
            (Ok(Answer::Granted(granted)), 200) => Ok(granted),
            (Ok(Answer::Refused(complaint)), _) => {
                Err(Failure::new(complaint.token_error(), complaint.to_string()))
            }
            // Some say no more than that (RFC 6749, section 5.2).
            (_, 401) => {
                Err(Failure::new(ProviderError::Misconfigured, "the client is not accepted: status 401"))
            }
            (Ok(Answer::Granted(_)), status) => {
                Err(Failure::unavailable(format!("a token came with status {status}")))
            }
            (Err(unusable), status) => {
                Err(Failure::unavailable(format!("{}, with status {status}", said(&unusable.to_string()))))
            }
        }
    }

    /// The form, and what goes into the header for Basic.
    fn form(
        &self,
        client: &Client,
        authentication: ClientAuthentication,
    ) -> Result<(String, Option<String>), Failure> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", self.code.expose())
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("code_verifier", self.verifier);
        let basic = match (&client.secret, authentication) {
            (Some(secret), ClientAuthentication::Basic) => Some(basic(&client.id, secret)),
            (Some(secret), ClientAuthentication::Post) => {
                form.append_pair("client_id", &client.id).append_pair("client_secret", secret.expose());
                None
            }
            (Some(_), ClientAuthentication::Neither) => {
                let detail = "the provider takes client secrets neither as Basic nor in the form";
                return Err(Failure::new(ProviderError::Misconfigured, detail));
            }
            // A public client only says who it is (RFC 6749, section 3.2.1).
            (None, _) => {
                form.append_pair("client_id", &client.id);
                None
            }
        };
        Ok((form.finish(), basic))
    }
}

/// RFC 6749, section 2.3.1: both are encoded like a form first, so that neither has a colon.
fn basic(id: &str, secret: &Secret) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    STANDARD.encode(format!("{}:{}", encode(id), encode(secret.expose())))
}

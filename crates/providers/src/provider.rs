//! A provider, and the two steps of signing in by it.

use url::Url;

use crate::callback::{Callback, Issuer};
use crate::error::ProviderError;
use crate::facebook;
use crate::failure::Failure;
use crate::github;
use crate::http::HttpClient;
use crate::openid::{self, OpenId};
use crate::pending::{Begun, Pending};
use crate::person::Person;
use crate::settings::{Checked, ProviderKind, ProviderSettings, SettingFault};
use crate::token::Exchange;
use crate::wire::discovery::ClientAuthentication;

/// Somebody who can say who people are.
pub struct Provider {
    settings: Checked,
    http: HttpClient,
    kind: Kind,
}

enum Kind {
    GitHub,
    Facebook,
    OpenId(Box<OpenId>),
}

/// Where things are at a provider.
struct Endpoints {
    authorization: Url,
    token: Url,
    authentication: ClientAuthentication,
    /// Whether it always names itself when it sends a browser back.
    names_itself: bool,
}

impl Provider {
    /// Makes one. Nothing is asked of it yet.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn new(settings: ProviderSettings, http: HttpClient) -> Result<Self, Vec<SettingFault>> {
        let settings = settings.check()?;
        let kind = match settings.kind {
            ProviderKind::GitHub => Kind::GitHub,
            ProviderKind::Facebook => Kind::Facebook,
            ProviderKind::Google | ProviderKind::OpenId => {
                Kind::OpenId(Box::new(OpenId::new(settings.url.clone())))
            }
        };
        Ok(Self { settings, http, kind })
    }

    /// What it is called in addresses and in the log.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// What people read.
    pub fn title(&self) -> &str {
        &self.settings.title
    }

    /// The [`issuer`](Person::issuer) of everybody whom it knows.
    pub fn issuer(&self) -> &str {
        &self.settings.url
    }

    /// Begins a sign-in: the browser is to be sent away, and comes back to `redirect_uri`, which must be known to the provider. Asks
    /// the provider about itself if it is one of OpenID Connect and was not asked for an hour, which takes up to 10 s.
    ///
    /// # Errors
    /// [`ProviderError::Unavailable`].
    pub async fn begin(&self, redirect_uri: &str) -> Result<Begun, ProviderError> {
        self.begun(redirect_uri).await.map_err(|failure| failure.told(self.name()))
    }

    /// Says who has come back: exchanges the code, which can be done once, and asks who it is of. `redirect_uri` is what it was begun
    /// with. Takes as many requests as the provider needs, at most five of 10 s.
    ///
    /// # Errors
    /// See [`ProviderError`]. Why it is so stands in the log.
    pub async fn finish(
        &self,
        redirect_uri: &str,
        callback: &Callback,
        pending: &Pending,
    ) -> Result<Person, ProviderError> {
        self.person(redirect_uri, callback, pending).await.map_err(|failure| failure.told(self.name()))
    }

    async fn begun(&self, redirect_uri: &str) -> Result<Begun, Failure> {
        let mut url = self.endpoints().await?.authorization;
        let pending = Pending::random()?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client.id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", &self.scopes())
            .append_pair("state", &pending.state)
            .append_pair("code_challenge", &pending.challenge())
            .append_pair("code_challenge_method", "S256");
        if let Kind::OpenId(_) = self.kind {
            url.query_pairs_mut().append_pair("nonce", &pending.nonce);
        }
        Ok(Begun { url: url.into(), pending })
    }

    async fn person(
        &self,
        redirect_uri: &str,
        callback: &Callback,
        pending: &Pending,
    ) -> Result<Person, Failure> {
        let endpoints = self.endpoints().await?;
        let code = callback.code(&pending.state, &self.names_itself(&endpoints))?;
        let exchange = Exchange { code, redirect_uri, verifier: &pending.verifier };
        let Checked { url, api_url, client, .. } = &self.settings;
        let granted = exchange.ask(&self.http, endpoints.token, client, endpoints.authentication).await?;
        let token = &granted.access_token;
        match &self.kind {
            Kind::GitHub => github::person(&self.http, url, api_url, token).await,
            Kind::Facebook => facebook::person(&self.http, url, api_url, client.secret.as_ref(), token).await,
            Kind::OpenId(issuer) => issuer.person(&self.http, &client.id, &pending.nonce, &granted).await,
        }
    }

    async fn endpoints(&self) -> Result<Endpoints, Failure> {
        let Checked { url, api_url, .. } = &self.settings;
        let fixed = |(authorization, token)| Endpoints {
            authorization,
            token,
            authentication: ClientAuthentication::Post,
            names_itself: false,
        };
        match &self.kind {
            Kind::GitHub => github::endpoints(url).map(fixed),
            Kind::Facebook => facebook::endpoints(url, api_url).map(fixed),
            Kind::OpenId(issuer) => {
                let discovery = issuer.discovery(&self.http).await?;
                Ok(Endpoints {
                    authorization: discovery.authorization_endpoint.clone(),
                    token: discovery.token_endpoint.clone(),
                    authentication: discovery.authentication,
                    names_itself: discovery.names_itself,
                })
            }
        }
    }

    fn names_itself(&self, endpoints: &Endpoints) -> Issuer<'_> {
        match &self.kind {
            Kind::GitHub => github::issuer(&self.settings.url).map_or(Issuer::Unknown, Issuer::NamedMaybe),
            Kind::Facebook => Issuer::NamedMaybe(&self.settings.url),
            Kind::OpenId(issuer) if endpoints.names_itself => Issuer::NamedAlways(issuer.issuer()),
            Kind::OpenId(issuer) => Issuer::NamedMaybe(issuer.issuer()),
        }
    }

    /// Ours, then those of the settings, each once.
    fn scopes(&self) -> String {
        let ours = match &self.kind {
            Kind::GitHub => github::SCOPES,
            Kind::Facebook => facebook::SCOPES,
            Kind::OpenId(_) => openid::SCOPES,
        };
        let mut scopes = ours.to_vec();
        for more in &self.settings.scopes {
            if !scopes.contains(&more.as_str()) {
                scopes.push(more);
            }
        }
        scopes.join(" ")
    }
}

/// A path behind a base address, which has no slash at its end.
pub(crate) fn join(base: &str, path: &str) -> Result<Url, Failure> {
    Url::parse(&format!("{base}{path}"))
        .map_err(|error| Failure::unavailable(format!("{base}{path} is no address: {error}")))
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("name", &self.settings.name).finish_non_exhaustive()
    }
}

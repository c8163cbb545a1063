//! The other services by which people may sign in, as the server was started with them.

use std::sync::Arc;

use chinwag_providers::{Email, HttpClient, Person, Provider, ProviderSettings};

/// A service by which people may sign in.
#[derive(Clone, Debug)]
pub struct SignInProvider {
    /// What it is.
    pub settings: ProviderSettings,
    /// Whose people may come, if not everybody's: the domains of verified e-mail addresses, in small letters.
    pub email_domains: Vec<String>,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Providers(Vec<Arc<Known>>);

/// One of them.
pub(crate) struct Known {
    pub(crate) provider: Provider,
    email_domains: Vec<String>,
}

impl Providers {
    /// Those that were configured. None of them is asked anything yet.
    ///
    /// # Errors
    /// A sentence about what cannot be used.
    pub(crate) fn new(configured: &[SignInProvider]) -> Result<Self, String> {
        if configured.is_empty() {
            return Ok(Self::default());
        }
        let http = HttpClient::new(None)?;
        let providers = configured.iter().map(|one| {
            let provider = Provider::new(one.settings.clone(), http.clone());
            let provider = provider
                .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))?;
            Ok(Arc::new(Known { provider, email_domains: one.email_domains.clone() }))
        });
        Ok(Self(providers.collect::<Result<_, String>>()?))
    }

    /// The one with this name.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<Known>> {
        self.0.iter().find(|known| known.provider.name() == name).cloned()
    }

    /// What an issuer is called here.
    pub(crate) fn title_of(&self, issuer: &str) -> Option<&str> {
        self.0.iter().find(|known| known.provider.issuer() == issuer).map(|known| known.provider.title())
    }

    /// The names of all, and what people read.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|known| (known.provider.name(), known.provider.title()))
    }
}

impl Known {
    /// Whether somebody may come by it. Only an address that the provider says is theirs counts.
    pub(crate) fn lets_in(&self, person: &Person) -> bool {
        let verified = person.email.as_ref().filter(|email| email.verified);
        self.email_domains.is_empty() || verified.is_some_and(|email| self.has_domain(email))
    }

    fn has_domain(&self, email: &Email) -> bool {
        let domain = email.address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        domain.is_some_and(|domain| self.email_domains.contains(&domain))
    }
}

//! One's own accounts at other services. Linking one takes a browser that goes there and comes back: it is done on the page.

use chinwag_model::Millis;
use serde::{Deserialize, Serialize};

use super::{Action, Needs, Nothing};
use crate::accounts;
use crate::app::{App, Who};
use crate::error::Error;

/// Lists those that are linked, the oldest first.
#[derive(Deserialize)]
pub(crate) struct IdentityList {}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) identities: Vec<Linked>,
}

/// An account at another service.
#[derive(Serialize)]
pub(crate) struct Linked {
    /// The service, and who one is there.
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// What the service is called; its issuer if it was taken out of the configuration.
    pub(crate) title: String,
    /// What one was called there when one came last.
    pub(crate) name: String,
    pub(crate) at: Millis,
}

impl Action for IdentityList {
    const EVENT: &'static str = "identity:list";
    const NEEDS: Needs = Needs::Session;
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        let identities = app.store.identities(who.user.id).await?.into_iter().map(|identity| {
            let of = identity.of;
            let title = app.providers.title_of(&of.issuer).unwrap_or(&of.issuer).to_owned();
            Linked { title, issuer: of.issuer, subject: of.subject, name: of.name, at: identity.at }
        });
        Ok(Answer { identities: identities.collect() })
    }
}

/// Unlinks one; does nothing if it is not linked.
#[derive(Deserialize)]
pub(crate) struct IdentityUnlink {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// Who has none leaves it out.
    #[serde(default)]
    pub(crate) password: Option<String>,
}

impl Action for IdentityUnlink {
    const EVENT: &'static str = "identity:unlink";
    const NEEDS: Needs = Needs::Session;
    type Answer = Nothing;

    async fn act(self, app: &App, who: &Who) -> Result<Nothing, Error> {
        accounts::unlink(app, who, self.issuer, self.subject, self.password).await?;
        Ok(Nothing {})
    }
}

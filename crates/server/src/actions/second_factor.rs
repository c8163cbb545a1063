//! One's own second factor.

use chinwag_model::Millis;
use serde::{Deserialize, Serialize};

use super::{Action, Needs, Nothing};
use crate::accounts;
use crate::app::{App, Who};
use crate::error::Error;
use crate::tokens::Token;

/// Says whether there is one.
#[derive(Deserialize)]
pub(crate) struct SecondFactorLoad {}

#[derive(Serialize)]
pub(crate) struct Loaded {
    pub(crate) second_factor: Option<Present>,
}

#[derive(Serialize)]
pub(crate) struct Present {
    pub(crate) at: Millis,
    /// How many are left.
    pub(crate) recovery_codes: usize,
}

impl Action for SecondFactorLoad {
    const EVENT: &'static str = "second_factor:load";
    const NEEDS: Needs = Needs::Session;
    type Answer = Loaded;

    async fn act(self, app: &App, who: &Who) -> Result<Loaded, Error> {
        let present = accounts::own_second_factor(app, who).await?;
        let present =
            present.map(|present| Present { at: present.at, recovery_codes: present.recovery_codes });
        Ok(Loaded { second_factor: present })
    }
}

/// Begins to set one up.
#[derive(Deserialize)]
pub(crate) struct SecondFactorBegin {}

#[derive(Serialize)]
pub(crate) struct Begun {
    /// With which it goes on.
    pending: String,
    /// What the app is to be given.
    secret: String,
    /// The same as a link.
    link: String,
}

impl Action for SecondFactorBegin {
    const EVENT: &'static str = "second_factor:begin";
    const NEEDS: Needs = Needs::Session;
    type Answer = Begun;

    async fn act(self, app: &App, who: &Who) -> Result<Begun, Error> {
        let host = app.settings.public_url.as_ref().and_then(|url| url.host()).unwrap_or_default();
        let accounts::Begun { token, secret, link } = accounts::begin_second_factor(app, who, host).await?;
        Ok(Begun { pending: token.expose().to_owned(), secret, link })
    }
}

/// Sets it up.
#[derive(Deserialize)]
pub(crate) struct SecondFactorSet {
    pending: String,
    /// That the app shows.
    code: String,
    /// Who has none leaves it out.
    #[serde(default)]
    password: Option<String>,
}

/// Codes for whoever loses their app, shown this once.
#[derive(Serialize)]
pub(crate) struct Codes {
    recovery_codes: Vec<String>,
}

impl Action for SecondFactorSet {
    const EVENT: &'static str = "second_factor:set";
    const NEEDS: Needs = Needs::Session;
    type Answer = Codes;

    async fn act(self, app: &App, who: &Who) -> Result<Codes, Error> {
        let token = Token::parse(&self.pending).ok_or(Error::SetUpOver)?;
        let recovery_codes = accounts::set_second_factor(app, who, &token, &self.code, self.password).await?;
        Ok(Codes { recovery_codes })
    }
}

/// Replaces the codes for whoever loses their app.
#[derive(Deserialize)]
pub(crate) struct SecondFactorRenew {
    code: String,
    #[serde(default)]
    password: Option<String>,
}

impl Action for SecondFactorRenew {
    const EVENT: &'static str = "second_factor:renew";
    const NEEDS: Needs = Needs::Session;
    type Answer = Codes;

    async fn act(self, app: &App, who: &Who) -> Result<Codes, Error> {
        let recovery_codes = accounts::renew_recovery_codes(app, who, &self.code, self.password).await?;
        Ok(Codes { recovery_codes })
    }
}

/// Does without it again.
#[derive(Deserialize)]
pub(crate) struct SecondFactorRemove {
    code: String,
    #[serde(default)]
    password: Option<String>,
}

impl Action for SecondFactorRemove {
    const EVENT: &'static str = "second_factor:remove";
    const NEEDS: Needs = Needs::Session;
    type Answer = Nothing;

    async fn act(self, app: &App, who: &Who) -> Result<Nothing, Error> {
        accounts::remove_second_factor(app, who, &self.code, self.password).await?;
        Ok(Nothing {})
    }
}

//! One's own access tokens: making, seeing and revoking them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::line::TOKEN_NAME_CHARS;
use chinwag_model::{Millis, Scope, Scopes, SessionId};
use serde::Deserialize;
use uuid::Uuid;

use super::Tab;
use crate::accounts;
use crate::actions::{Action, ListedToken, TOKEN_DAYS, TokenList, TokenMake, TokenRevoke};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::form::{done_or_again, refused};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::{Done, Notice};
use crate::http::pages::page;
use crate::times;

/// What a form of this page asks for. A field may come more than once, as that of the scopes does.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Filled(Vec<(String, String)>);

impl Filled {
    fn field(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// A token as it is filled in. The password is not written into the page again.
struct NewToken {
    name: String,
    scopes: Scopes,
    days: String,
}

impl Default for NewToken {
    fn default() -> Self {
        Self { name: String::new(), scopes: [Scope::Read].into_iter().collect(), days: "90".into() }
    }
}

impl From<&Filled> for NewToken {
    fn from(filled: &Filled) -> Self {
        let chosen = filled.0.iter().filter(|(field, _)| field == "scope");
        Self {
            name: filled.field("name").unwrap_or_default().to_owned(),
            scopes: chosen.filter_map(|(_, word)| Scope::parse(word)).collect(),
            days: filled.field("days").unwrap_or_default().to_owned(),
        }
    }
}

/// A token that was just made.
struct Made {
    name: String,
    token: String,
    ends_at: Millis,
}

#[derive(Template)]
#[template(path = "account_tokens.html")]
struct Tokens {
    frame: Frame,
    tab: Tab,
    notice: Notice,
    made: Option<Made>,
    filled: NewToken,
    tokens: Vec<ListedToken>,
    name_chars: usize,
    most_days: u32,
    has_password: bool,
}

impl Tokens {
    async fn load(app: &App, who: &Who, notice: Notice) -> Result<Self, Error> {
        let tokens = TokenList {}.run(app, who).await?.tokens;
        Ok(Self {
            frame: Frame::new(app, Some(who)),
            tab: Tab::Tokens,
            notice,
            made: None,
            filled: NewToken::default(),
            tokens,
            name_chars: TOKEN_NAME_CHARS,
            most_days: TOKEN_DAYS,
            has_password: accounts::has_password(app, who).await?,
        })
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Error> {
    Ok(page(&Tokens::load(&app, &who, Notice::done(done.as_deref())).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    who: Who,
    Form(filled): Form<Filled>,
) -> Result<Response, Error> {
    let load = async |notice| Tokens::load(&app, &who, notice).await;
    if let Some(id) = filled.field("revoke") {
        let revoked = revoke(&app, &who, id).await.map(|()| "/account/tokens?done=token-revoked");
        return done_or_again(revoked, load).await;
    }
    match make(&app, &who, &filled).await {
        // The token is shown at once and never again, so there is nowhere to go.
        Ok(made) => Ok(page(&Tokens { made: Some(made), ..load(Notice::default()).await? })),
        Err(error @ Error::Internal) => Err(error),
        Err(error) => {
            let again = Tokens { filled: NewToken::from(&filled), ..load(Notice::problem(&error)).await? };
            Ok(refused(&error, &again))
        }
    }
}

async fn revoke(app: &App, who: &Who, id: &str) -> Result<(), Error> {
    let id = Uuid::try_parse(id).map_err(|_| chinwag_model::Refusal::TokenUnknown)?;
    TokenRevoke { id: SessionId(id) }.run(app, who).await.map(drop)
}

async fn make(app: &App, who: &Who, filled: &Filled) -> Result<Made, Error> {
    let NewToken { name, scopes, days } = NewToken::from(filled);
    let number = || Error::PayloadInvalid("For how many days it works: write a whole number.".into());
    let days = days.trim().parse().map_err(|_| number())?;
    let password = filled.field("password").map(str::to_owned);
    let made = TokenMake { name: name.clone(), scopes, days, password }.run(app, who).await?;
    Ok(Made { name, token: made.token, ends_at: made.ends_at })
}

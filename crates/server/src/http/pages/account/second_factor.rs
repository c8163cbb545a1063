//! One's own second factor.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_store::SecondFactor;
use serde::Deserialize;

use super::Tab;
use crate::accounts;
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::identity::AnyWho;
use crate::http::pages::form::{done_or_again, refused};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::{Done, Notice};
use crate::http::pages::{page, qr};
use crate::times;
use crate::tokens::Token;
use crate::visitor::Visitor;

/// Where it is.
const PATH: &str = "/account/second-factor";

#[derive(Template)]
#[template(path = "account_second_factor.html")]
struct Page {
    frame: Frame,
    tab: Tab,
    notice: Notice,
    /// Whether there is one.
    present: Option<SecondFactor>,
    /// One that is being set up.
    begun: Option<Begun>,
    /// Fresh recovery codes, shown this once.
    codes: Vec<String>,
    has_password: bool,
    /// Whether nothing else can be done before there is one.
    needed: bool,
}

/// What is needed to set one up.
struct Begun {
    token: String,
    secret: String,
    link: String,
    qr: Option<String>,
}

impl From<accounts::Begun> for Begun {
    fn from(begun: accounts::Begun) -> Self {
        let accounts::Begun { token, secret, link } = begun;
        let qr = qr::svg(&link, "QR code for your app");
        Self { token: token.expose().to_owned(), secret: in_groups(&secret), link, qr }
    }
}

/// A secret as it is easily typed: four characters at once.
fn in_groups(secret: &str) -> String {
    let mut shown = String::with_capacity(secret.len() + secret.len() / 4);
    for (place, letter) in secret.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            shown.push(' ');
        }
        shown.push(letter);
    }
    shown
}

impl Page {
    async fn load(app: &App, who: &Who, notice: Notice) -> Result<Self, Error> {
        let present = accounts::own_second_factor(app, who).await?;
        Ok(Self {
            frame: Frame::new(app, Some(who)),
            tab: Tab::SecondFactor,
            notice,
            begun: None,
            codes: Vec::new(),
            has_password: accounts::has_password(app, who).await?,
            needed: present.is_none() && app.rules.now().second_factor.is_for(who.user.role),
            present,
        })
    }
}

/// What the forms of this page send.
#[derive(Deserialize)]
pub(super) struct Filled {
    #[serde(rename = "do")]
    order: Order,
    #[serde(default)]
    token: String,
    #[serde(default)]
    code: String,
    password: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Begin,
    Set,
    Renew,
    Remove,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    AnyWho(who): AnyWho,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Error> {
    Ok(page(&Page::load(&app, &who, Notice::done(done.as_deref())).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    AnyWho(who): AnyWho,
    Form(Filled { order, token, code, password }): Form<Filled>,
) -> Result<Response, Error> {
    let host = visitor.shown_host(&app.settings);
    let load = async |notice| Page::load(&app, &who, notice).await;
    match order {
        Order::Begin => {
            let begun = accounts::begin_second_factor(&app, &who, &host).await?;
            Ok(page(&Page { begun: Some(begun.into()), ..load(Notice::default()).await? }))
        }
        Order::Set => {
            let token = Token::parse(&token).ok_or(Error::SetUpOver)?;
            // What is shown once is shown whatever happens afterwards.
            let ready = load(Notice::done(Some("second-factor"))).await?;
            match accounts::set_second_factor(&app, &who, &token, &code, password).await {
                Ok(codes) => Ok(page(&Page { codes, needed: false, ..ready })),
                Err(error @ Error::Internal) => Err(error),
                Err(error) => {
                    // The same secret again, unless it is too late for it.
                    let begun = accounts::begun_second_factor(&app, &who, &token, &host).await.ok();
                    let again = load(Notice::problem(&error)).await?;
                    Ok(refused(&error, &Page { begun: begun.map(Into::into), ..again }))
                }
            }
        }
        Order::Renew => {
            let ready = load(Notice::default()).await?;
            match accounts::renew_recovery_codes(&app, &who, &code, password).await {
                Ok(codes) => Ok(page(&Page { codes, ..ready })),
                Err(error @ Error::Internal) => Err(error),
                Err(error) => Ok(refused(&error, &load(Notice::problem(&error)).await?)),
            }
        }
        Order::Remove => {
            let removed = accounts::remove_second_factor(&app, &who, &code, password).await;
            done_or_again(removed.map(|()| format!("{PATH}?done=second-factor-gone")), load).await
        }
    }
}

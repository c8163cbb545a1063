//! The accounts at other services by which one signs in.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::Tab;
use crate::accounts::{self, Errand};
use crate::actions::{Action, IdentityList, IdentityUnlink, LinkedIdentity};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::elsewhere::{Way, away, ways};
use crate::http::pages::form::{done_or_again, refused};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::{Done, Notice};
use crate::http::pages::page;
use crate::times;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "account_services.html")]
struct Services {
    frame: Frame,
    tab: Tab,
    notice: Notice,
    linked: Vec<LinkedIdentity>,
    ways: Vec<Way>,
    has_password: bool,
}

impl Services {
    async fn load(app: &App, who: &Who, notice: Notice) -> Result<Self, Error> {
        Ok(Self {
            frame: Frame::new(app, Some(who)),
            tab: Tab::Services,
            notice,
            linked: IdentityList {}.run(app, who).await?.identities,
            ways: ways(app),
            has_password: accounts::has_password(app, who).await?,
        })
    }
}

/// What the forms of this page send.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Order {
    Link { provider: String, password: Option<String> },
    Unlink { issuer: String, subject: String, password: Option<String> },
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Error> {
    Ok(page(&Services::load(&app, &who, Notice::done(done.as_deref())).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Who,
    Form(order): Form<Order>,
) -> Result<Response, Error> {
    match order {
        Order::Link { provider, password } => {
            // It will let them in from then on, so it takes what that takes.
            match accounts::confirm(&app, &who, password).await {
                Ok(_) => {}
                Err(error @ Error::Internal) => return Err(error),
                Err(error) => return services_again(&app, &who, &error).await,
            }
            let errand = Errand::Link { user: who.user.id, session: who.session.0 };
            match accounts::leave(&app, &visitor, &provider, errand).await {
                Ok(leaving) => Ok(away(&app, &visitor, Some(&who), leaving)),
                Err(error @ (Error::Internal | Error::PageUnknown)) => Err(error),
                Err(error) => services_again(&app, &who, &error).await,
            }
        }
        Order::Unlink { issuer, subject, password } => {
            let unlinked = IdentityUnlink { issuer, subject, password }.run(&app, &who).await;
            let unlinked = unlinked.map(|_| "/account/services?done=unlinked");
            done_or_again(unlinked, async |notice| Services::load(&app, &who, notice).await).await
        }
    }
}

/// The page, with why something was not done.
pub(in crate::http::pages) async fn services_again(
    app: &App,
    who: &Who,
    error: &Error,
) -> Result<Response, Error> {
    Ok(refused(error, &Services::load(app, who, Notice::problem(error)).await?))
}

//! One's own data: taking it out, and deleting the account.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::DeletedAccounts;
use http::header;
use serde::Deserialize;

use super::Tab;
use crate::accounts;
use crate::actions::{AccountDelete, Action};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::Form;
use crate::http::cookies;
use crate::http::pages::form::refused;
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::Notice;
use crate::http::pages::page;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "account_data.html")]
struct Data {
    frame: Frame,
    tab: Tab,
    notice: Notice,
    messages_stay: bool,
    has_password: bool,
}

impl Data {
    async fn load(app: &App, who: &Who, notice: Notice) -> Result<Self, Error> {
        let messages_stay = app.rules.now().deleted_accounts == DeletedAccounts::KeepMessages;
        let has_password = accounts::has_password(app, who).await?;
        Ok(Self { frame: Frame::new(app, Some(who)), tab: Tab::Data, notice, messages_stay, has_password })
    }
}

#[derive(Deserialize)]
pub(super) struct Filled {
    password: Option<String>,
}

pub(super) async fn show(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    Ok(page(&Data::load(&app, &who, Notice::default()).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Who,
    Form(Filled { password }): Form<Filled>,
) -> Result<Response, Error> {
    match (AccountDelete { password }).run(&app, &who).await {
        Ok(_) => {
            let mut response = Redirect::to("/sign-in").into_response();
            if let Some(cookie) = cookies::take_back(visitor.https) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Err(error @ Error::Internal) => Err(error),
        Err(error) => {
            let again = Data::load(&app, &who, Notice::problem(&error)).await?;
            Ok(refused(&error, &again))
        }
    }
}

//! The page behind the one-time link of the start-up log.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::sign_in::Filled;
use super::sign_up::SignUpPage;
use super::{next, page, welcome};
use crate::accounts::{self, NameAndPassword, NewAccount};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Path};
use crate::links::FIRST_ADMINISTRATOR;
use crate::visitor::Visitor;

pub(super) async fn show(State(app): State<Arc<App>>, Path(secret): Path<String>) -> Response {
    if !app.first_administrator.is_open_for(&secret) {
        return Error::PageUnknown.into_response();
    }
    page(&SignUpPage::first_administrator(&app, format!("{FIRST_ADMINISTRATOR}{secret}")))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<Who>,
    Path(secret): Path<String>,
    Form(filled): Form<Filled>,
) -> Response {
    if !app.first_administrator.is_open_for(&secret) {
        return Error::PageUnknown.into_response();
    }
    let Filled { name, password, .. } = filled;
    let given = NameAndPassword { name: name.clone(), password };
    match accounts::sign_up(&app, &visitor, given, NewAccount::FirstAdministrator).await {
        Ok(signed_in) => {
            app.first_administrator.close();
            welcome(&app, &visitor, who, &signed_in, next::HOME).await
        }
        Err(error @ Error::Internal) => error.into_response(),
        Err(error) => {
            let action = format!("{FIRST_ADMINISTRATOR}{secret}");
            SignUpPage::first_administrator(&app, action).again(name, &error)
        }
    }
}

//! Signing out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::header;

use crate::accounts;
use crate::app::App;
use crate::error::Error;
use crate::http::cookies;
use crate::http::identity::AnyWho;
use crate::visitor::Visitor;

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<AnyWho>,
) -> Result<Response, Error> {
    if let Some(AnyWho(who)) = who {
        accounts::sign_out(&app, who.session).await?;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    if let Some(cookie) = cookies::take_back(visitor.https) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

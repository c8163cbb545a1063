//! Signing in by another service: the way there, the way back, and the page on which a newcomer chooses their name.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chinwag_model::Refusal;
use chinwag_model::name::USER_NAME_CHARS;
use http::{HeaderMap, header};
use serde::Deserialize;

use super::form::refused;
use super::frame::Frame;
use super::sign_in::SignIn;
use super::{next, page, welcome, welcome_or_ask};
use crate::accounts::{self, CameBack, Errand, Leaving, Suggested};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Path};
use crate::http::cookies::{self, pending_token};
use crate::visitor::Visitor;

/// Most bytes of where somebody goes on to.
const NEXT_BYTES: usize = 4_096;
/// Where a newcomer chooses their name.
const NEWCOMER: &str = "/sign-up/choose-name";

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/sign-in/with/{provider}", post(leave))
        .route("/sign-in/with/{provider}/callback", get(come_back))
        .route(NEWCOMER, get(show).post(submit))
}

/// A service, for a button.
pub(super) struct Way {
    pub(super) name: String,
    pub(super) title: String,
}

/// Those by which one may come.
pub(super) fn ways(app: &App) -> Vec<Way> {
    app.providers.all().map(|(name, title)| Way { name: name.to_owned(), title: title.to_owned() }).collect()
}

#[derive(Template)]
#[template(path = "leaving.html")]
struct LeavingPage {
    frame: Frame,
    title: String,
    url: String,
}

/// Sends a browser away. A form may not lead to another site (our policy forbids it, so that no markup that was smuggled in can
/// send anything there), so a page does that goes on by itself.
pub(super) fn away(app: &App, visitor: &Visitor, who: Option<&Who>, leaving: Leaving) -> Response {
    let Leaving { title, url, browser } = leaving;
    let mut response = page(&LeavingPage { frame: Frame::new(app, who), title, url });
    if let Some(cookie) = cookies::give_pending(&browser, visitor.https) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    next: Option<String>,
    invitation: Option<String>,
}

async fn leave(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(provider): Path<String>,
    Form(Wanted { next, invitation }): Form<Wanted>,
) -> Result<Response, Error> {
    // It is kept until they come back.
    let next = next::safe(next.as_deref().filter(|next| next.len() <= NEXT_BYTES));
    let invitation = invitation.as_deref().map(accounts::invitation_key).transpose()?;
    let errand = Errand::SignIn { next: next.clone(), invitation: invitation.map(|key| key.0) };
    match accounts::leave(&app, &visitor, &provider, errand).await {
        Ok(leaving) => Ok(away(&app, &visitor, None, leaving)),
        Err(error @ (Error::Internal | Error::PageUnknown)) => Err(error),
        Err(error) => Ok(SignIn::again(&app, Some(&next), &error)),
    }
}

async fn come_back(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<Who>,
    headers: HeaderMap,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let browser = pending_token(&headers, visitor.https);
    let query = query.unwrap_or_default();
    let came = accounts::come_back(&app, &visitor, &provider, &query, browser.as_ref(), who.as_ref()).await;
    match came {
        Ok(CameBack::Known { entered, next }) => {
            Ok(welcome_or_ask(&app, &visitor, who, entered, &next::safe(Some(&next))).await)
        }
        Ok(CameBack::Newcomer(token)) => {
            let mut response = Redirect::to(NEWCOMER).into_response();
            if let Some(cookie) = cookies::give_pending(&token, visitor.https) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Ok(CameBack::Linked) => Ok(Redirect::to("/account/services?done=linked").into_response()),
        Err(error @ (Error::Internal | Error::PageUnknown)) => Err(error),
        // Who is signed in had come to link it.
        Err(error) => match &who {
            Some(who) => super::account::services_again(&app, who, &error).await,
            None => Ok(SignIn::again(&app, None, &error)),
        },
    }
}

#[derive(Template)]
#[template(path = "choose_name.html")]
struct ChooseName {
    frame: Frame,
    /// The service, and what somebody is called there.
    title: String,
    known_as: String,
    name: String,
    name_chars: usize,
    next_encoded: String,
    problem: Option<String>,
}

impl ChooseName {
    fn new(app: &App, suggested: Suggested, problem: Option<String>) -> Self {
        let Suggested { title, name: known_as, suggestion, next } = suggested;
        Self {
            frame: Frame::new(app, None),
            title,
            known_as,
            name: suggestion,
            name_chars: USER_NAME_CHARS,
            next_encoded: next::encode(&next),
            problem,
        }
    }
}

async fn show(State(app): State<Arc<App>>, visitor: Visitor, headers: HeaderMap) -> Result<Response, Error> {
    let Some(token) = pending_token(&headers, visitor.https) else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    match accounts::suggested(&app, &visitor, &token).await {
        Ok(suggested) => Ok(page(&ChooseName::new(&app, suggested, None))),
        Err(error @ Error::Internal) => Err(error),
        Err(error) => Ok(SignIn::again(&app, None, &error)),
    }
}

#[derive(Deserialize)]
struct Chosen {
    name: String,
}

async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<Who>,
    headers: HeaderMap,
    Form(Chosen { name }): Form<Chosen>,
) -> Result<Response, Error> {
    let Some(token) = pending_token(&headers, visitor.https) else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    match accounts::make_account_by_provider(&app, &visitor, &token, &name).await {
        Ok((signed_in, next)) => Ok(welcome(&app, &visitor, who, &signed_in, &next::safe(Some(&next))).await),
        Err((error @ Error::Internal, _)) => Err(error),
        // Another name would not help.
        Err((error @ Error::Refused(Refusal::SignUpClosed | Refusal::InvitationInvalid), _)) => Err(error),
        Err((error, Some(suggested))) => {
            let again = ChooseName::new(&app, suggested, Some(error.to_string()));
            Ok(refused(&error, &ChooseName { name, ..again }))
        }
        Err((error, None)) => Ok(SignIn::again(&app, None, &error)),
    }
}

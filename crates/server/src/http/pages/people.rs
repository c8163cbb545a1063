//! Looking for people, to talk with them directly.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::{Refusal, User, UserId};
use serde::Deserialize;

use super::frame::{Frame, SHOWN};
use super::page;
use crate::actions::{Action, DirectOpen, Limit, PersonSearch};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};

#[derive(Deserialize)]
pub(super) struct Looked {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    person: UserId,
}

#[derive(Template)]
#[template(path = "people.html")]
struct People {
    frame: Frame,
    text: String,
    people: Vec<User>,
    /// Whether there may be more than are shown.
    more: bool,
    me: UserId,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Looked { text }): Query<Looked>,
) -> Result<Response, Error> {
    let search = PersonSearch { text: text.clone(), limit: Limit::of(SHOWN) };
    let people = search.run(&app, &who).await?.people;
    let (frame, more, me) = (Frame::new(&app, Some(&who)), people.len() == SHOWN, who.user.id);
    Ok(page(&People { frame, text, people, more, me }))
}

pub(super) async fn talk(
    State(app): State<Arc<App>>,
    who: Who,
    Form(Chosen { person }): Form<Chosen>,
) -> Result<Response, Error> {
    if person == who.user.id {
        return Err(Refusal::PeopleInvalid.into());
    }
    let opened = DirectOpen { people: vec![person], nonce: None }.run(&app, &who).await?;
    Ok(Redirect::to(&format!("/rooms/{}#newest", opened.room.id)).into_response())
}

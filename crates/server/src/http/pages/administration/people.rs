//! All accounts, with search.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::{Role, Standing};
use serde::Deserialize;

use super::{Tab, Tabs};
use crate::accounts::now;
use crate::actions::{Action, Group, Limit, Listing, PersonList, Place};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::Query;
use crate::http::pages::frame::{Frame, SHOWN};
use crate::http::pages::{next, page};
use crate::times;

#[derive(Deserialize)]
pub(super) struct Searched {
    text: Option<String>,
    #[serde(default)]
    group: Group,
    after: Option<Place>,
}

#[derive(Template)]
#[template(path = "administration_people.html")]
struct People {
    frame: Frame,
    tabs: Tabs,
    text: String,
    text_encoded: String,
    group: Group,
    people: Vec<Listing>,
    next: Option<Place>,
    now: chinwag_model::Millis,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Searched { text, group, after }): Query<Searched>,
) -> Result<Response, Error> {
    let list = PersonList { text: text.clone(), group, after, limit: Limit::of(SHOWN) };
    let found = list.run(&app, &who).await?;
    let text = text.unwrap_or_default();
    let shown = People {
        frame: Frame::new(&app, Some(&who)),
        tabs: Tabs::new(&who, Tab::People),
        text_encoded: next::encode(&text),
        text,
        group,
        people: found.people,
        next: found.next,
        now: now(),
    };
    Ok(page(&shown))
}

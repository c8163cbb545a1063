//! All rooms but direct conversations, with search.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::RoomKind;
use serde::Deserialize;

use super::{Tab, Tabs};
use crate::actions::{Action, Limit, ListedRoom, Place, RoomList};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::Query;
use crate::http::pages::frame::{Frame, SHOWN};
use crate::http::pages::{next, page};
use crate::times;

#[derive(Deserialize)]
pub(super) struct Searched {
    text: Option<String>,
    after: Option<Place>,
}

#[derive(Template)]
#[template(path = "administration_rooms.html")]
struct Rooms {
    frame: Frame,
    tabs: Tabs,
    text: String,
    text_encoded: String,
    rooms: Vec<ListedRoom>,
    next: Option<Place>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Searched { text, after }): Query<Searched>,
) -> Result<Response, Error> {
    let found = RoomList { text: text.clone(), after, limit: Limit::of(SHOWN) }.run(&app, &who).await?;
    let text = text.unwrap_or_default();
    let shown = Rooms {
        frame: Frame::new(&app, Some(&who)),
        tabs: Tabs::new(&who, Tab::Rooms),
        text_encoded: next::encode(&text),
        text,
        rooms: found.rooms,
        next: found.next,
    };
    Ok(page(&shown))
}

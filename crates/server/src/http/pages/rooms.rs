//! The page with all rooms.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::{Room, RoomId, RoomKind};
use serde::Deserialize;
use uuid::Uuid;

use super::form::refused;
use super::frame::{Frame, SHOWN};
use super::{page, room_title};
use crate::actions::{Action, Limit, MeLoad, MyRoom, NewKind, RoomCreate, WorkspaceLoad};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};

#[derive(Deserialize)]
pub(super) struct After {
    after: Option<RoomId>,
}

#[derive(Deserialize)]
pub(super) struct NewRoom {
    name: String,
    #[serde(default)]
    kind: NewKind,
    nonce: Option<String>,
}

#[derive(Template)]
#[template(path = "rooms.html")]
struct Rooms {
    frame: Frame,
    /// With what each is called.
    mine: Vec<(Room, String)>,
    others: Vec<(Room, u64)>,
    /// After which room the next page begins, if there is one.
    after: Option<RoomId>,
    name: String,
    /// What is chosen in the form.
    closed: bool,
    nonce: Uuid,
    problem: Option<String>,
}

impl Rooms {
    async fn load(app: &App, who: &Who, after: Option<RoomId>) -> Result<Self, Error> {
        let me = MeLoad {}.run(app, who).await?;
        let open = WorkspaceLoad { after, limit: Limit::of(SHOWN) }.run(app, who).await?;
        let next = open.rooms.last().map(|listed| listed.room.id).filter(|_| open.more);
        let titled = |mine: MyRoom| {
            let title = room_title(&mine.room, who);
            (mine.room, title)
        };
        let others = open.rooms.into_iter().filter(|listed| !listed.joined);
        Ok(Self {
            frame: Frame::new(app, Some(who)),
            mine: me.rooms.into_iter().map(titled).collect(),
            others: others.map(|listed| (listed.room, listed.members)).collect(),
            after: next,
            name: String::new(),
            closed: false,
            nonce: Uuid::now_v7(),
            problem: None,
        })
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(After { after }): Query<After>,
) -> Result<Response, Error> {
    Ok(page(&Rooms::load(&app, &who, after).await?))
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    who: Who,
    Form(NewRoom { name, kind, nonce }): Form<NewRoom>,
) -> Result<Response, Error> {
    match (RoomCreate { name: name.clone(), kind, nonce }).run(&app, &who).await {
        Ok(made) => Ok(Redirect::to(&format!("/rooms/{}", made.room.id)).into_response()),
        Err(error @ Error::Internal) => Err(error),
        Err(error) => {
            let (problem, closed) = (Some(error.to_string()), kind == NewKind::Closed);
            let again = Rooms { name, closed, problem, ..Rooms::load(&app, &who, None).await? };
            Ok(refused(&error, &again))
        }
    }
}

//! A room's page.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::{Body, Message, Refusal, Rev, Room, RoomId};
use serde::Deserialize;
use uuid::Uuid;

use super::form::refused;
use super::frame::{Frame, SHOWN};
use super::{next, page, retention, room_title};
use crate::accounts::now;
use crate::actions::{Action, Limit, MessageSend, RoomJoin, RoomLeave, RoomLoad, Sent};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Path, Query};
use crate::slash_commands::CommandAnswer;
use crate::times;

#[derive(Deserialize)]
pub(super) struct Shown {
    before: Option<Rev>,
    /// A message that was written before the session had ended.
    text: Option<String>,
}

/// Most bytes of a message that are carried through the sign-in page, in an address.
const CARRIED: usize = 1_000;

#[derive(Deserialize)]
pub(super) struct NewMessage {
    text: String,
    nonce: String,
}

#[derive(Template)]
#[template(path = "room.html")]
struct RoomPage {
    frame: Frame,
    room: Room,
    title: String,
    members: u64,
    /// For how long it keeps its messages, if not for ever.
    kept: Option<String>,
    messages: Vec<Message>,
    /// Before which message the older page ends, if there is one.
    older: Option<Rev>,
    /// Whether this is not the newest page.
    is_old: bool,
    text: String,
    nonce: String,
    problem: Option<String>,
    /// What was answered to a slash command.
    answer: Option<String>,
}

impl RoomPage {
    async fn load(app: &App, who: &Who, room: RoomId, before: Option<Rev>) -> Result<Self, Error> {
        let loaded = RoomLoad { room, before, limit: Limit::of(SHOWN) }.run(app, who).await?;
        Ok(Self {
            frame: Frame::new(app, Some(who)),
            older: loaded.messages.first().map(|message| message.seq).filter(|_| loaded.more),
            title: room_title(&loaded.room, who),
            kept: retention::rule(loaded.room.retention, now()),
            room: loaded.room,
            members: loaded.members,
            messages: loaded.messages,
            is_old: before.is_some(),
            text: String::new(),
            nonce: Uuid::now_v7().to_string(),
            problem: None,
            answer: None,
        })
    }
}

/// Shown to whoever is not in the room.
#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage {
    frame: Frame,
    room: RoomId,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Query(Shown { before, text }): Query<Shown>,
) -> Result<Response, Error> {
    match RoomPage::load(&app, &who, room, before).await {
        Ok(loaded) => {
            let text = text.unwrap_or_default();
            Ok(page(&RoomPage { text, ..loaded }))
        }
        Err(Error::Refused(Refusal::NotAMember)) => {
            let frame = Frame::new(&app, Some(&who));
            Ok(page(&JoinPage { frame, room }))
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn post(
    State(app): State<Arc<App>>,
    who: Option<Who>,
    Path(room): Path<RoomId>,
    Form(NewMessage { text, nonce }): Form<NewMessage>,
) -> Result<Response, Error> {
    let Some(who) = who else {
        if text.len() > CARRIED {
            return Err(Error::Unauthenticated);
        }
        // The way to the sign-in page and back must not cost what was written.
        let back = format!("/rooms/{room}?text={}", next::encode(&text));
        return Ok(Redirect::to(&format!("/sign-in?next={}", next::encode(&back))).into_response());
    };
    let send = MessageSend { room, text: text.clone(), nonce: nonce.clone() };
    match send.run(&app, &who).await {
        Ok(Sent::Posted { .. }) => Ok(to_newest(room)),
        Ok(Sent::Answered(CommandAnswer { answer, .. })) => {
            let answered = RoomPage { answer: Some(answer), ..RoomPage::load(&app, &who, room, None).await? };
            Ok(page(&answered))
        }
        Err(error @ (Error::Internal | Error::Refused(Refusal::RoomUnknown | Refusal::NotAMember))) => {
            Err(error)
        }
        Err(error) => {
            // Nothing that was written is lost: the form comes back filled in, with the same nonce; but what a worker has refused
            // may be asked anew.
            let loaded = RoomPage::load(&app, &who, room, None).await?;
            let nonce = if matches!(error, Error::CommandRefused(_)) { loaded.nonce.clone() } else { nonce };
            let again = RoomPage { text, nonce, problem: Some(error.to_string()), ..loaded };
            Ok(refused(&error, &again))
        }
    }
}

pub(super) async fn join(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
) -> Result<Response, Error> {
    RoomJoin { room, nonce: None }.run(&app, &who).await?;
    Ok(to_newest(room))
}

pub(super) async fn leave(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
) -> Result<Response, Error> {
    RoomLeave { room, nonce: None }.run(&app, &who).await?;
    Ok(Redirect::to("/rooms").into_response())
}

fn to_newest(room: RoomId) -> Response {
    Redirect::to(&format!("/rooms/{room}#newest")).into_response()
}

//! One's own data, as a file.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chinwag_model::{Millis, Refusal, Rev, Room, RoomId, User};
use chinwag_store::OwnMessage;
use futures_util::stream::{self, Stream};
use http::{HeaderValue, header};
use serde::Serialize;

use crate::accounts::now;
use crate::actions::{Action, ListedSession, ListedToken, MeLoad, SessionList, TokenList};
use crate::app::{App, Needs, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Messages that are read at once: what an export takes of memory does not grow with what somebody wrote.
const AT_ONCE: usize = 500;

/// The head of the file: everything but the messages.
#[derive(Serialize)]
struct Head {
    exported_at: Millis,
    user: User,
    rooms: Vec<MyRoom>,
    sessions: Vec<ListedSession>,
    tokens: Vec<ListedToken>,
}

#[derive(Serialize)]
struct MyRoom {
    room: Room,
    role: chinwag_model::MemberRole,
}

#[derive(Serialize)]
struct Message<'a> {
    room: RoomId,
    seq: Rev,
    at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_at: Option<Millis>,
    text: &'a str,
}

/// Everything that is kept about somebody, and everything that they wrote and have not deleted, as JSON. The file is
/// written while it is read from the store; one that breaks off is no JSON, so that nobody takes it for whole.
pub(in crate::http) async fn export(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    who.may(Needs::Session)?;
    limits::take(&app, Limited::Export(who.user.id)).await?;
    let me = MeLoad {}.run(&app, &who).await?;
    let sessions = SessionList {}.run(&app, &who).await?.sessions;
    // Guests have none, and may have none.
    let listed = TokenList {}.run(&app, &who).await;
    let tokens = match listed {
        Ok(listed) => listed.tokens,
        Err(Error::Refused(Refusal::Forbidden)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let rooms = me.rooms.into_iter().map(|mine| MyRoom { room: mine.room, role: mine.role }).collect();
    let head = Head { exported_at: now(), user: me.user, rooms, sessions, tokens };
    let mut head = serde_json::to_string(&head).map_err(|_| Error::Internal)?;
    // The messages go where the object ended.
    head.pop();
    head.push_str(",\"messages\":[");
    let mut response = Body::from_stream(file(app, who, head)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let name = HeaderValue::from_static("attachment; filename=\"chinwag-export.json\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Where the writing stands.
enum At {
    Head(String),
    After(Option<(RoomId, Rev)>),
    Done,
}

fn file(
    app: Arc<App>,
    who: Who,
    head: String,
) -> impl Stream<Item = Result<Bytes, chinwag_store::StoreError>> {
    stream::try_unfold(At::Head(head), move |at| {
        let (app, user) = (Arc::clone(&app), who.user.id);
        async move {
            let after = match at {
                At::Head(head) => return Ok(Some((Bytes::from(head), At::After(None)))),
                At::Done => return Ok(None),
                At::After(after) => after,
            };
            let messages = app.store.own_messages(user, after, AT_ONCE).await?;
            let mut part = String::new();
            for message in &messages {
                if after.is_some() || !part.is_empty() {
                    part.push(',');
                }
                write(&mut part, message);
            }
            match messages.last() {
                Some(last) if messages.len() == AT_ONCE => {
                    Ok(Some((Bytes::from(part), At::After(Some((last.room, last.seq))))))
                }
                _ => {
                    part.push_str("]}\n");
                    Ok(Some((Bytes::from(part), At::Done)))
                }
            }
        }
    })
}

fn write(part: &mut String, message: &OwnMessage) {
    let OwnMessage { room, seq, at, edited_at, text } = message;
    let message = Message { room: *room, seq: *seq, at: *at, edited_at: *edited_at, text };
    // Texts and numbers can always be written.
    part.push_str(&serde_json::to_string(&message).unwrap_or_else(|_| "null".to_owned()));
}

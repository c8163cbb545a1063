//! Rooms, members and presence.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chinwag_model::{MemberRole, RoomId, UserId};
use http::StatusCode;
use serde::Deserialize;

use super::{Nonce, PageOf, answer, carry_out, limit};
use crate::actions::{
    Action, DirectOpen, Kept, MeLoad, PresenceList, RoomAdd, RoomCreate, RoomJoin, RoomLeave, RoomMembers,
    RoomRemove, RoomRename, RoomSetRetention, RoomSetRole, WorkspaceLoad,
};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Json, Path, Query};

#[derive(Deserialize)]
pub(super) struct NewName {
    name: String,
    nonce: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct NewRole {
    role: MemberRole,
    nonce: Option<String>,
}

pub(super) async fn me(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    carry_out(&app, &who, MeLoad {}).await
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    who: Who,
    Query(page): Query<PageOf<RoomId>>,
) -> Result<Response, Error> {
    carry_out(&app, &who, WorkspaceLoad { after: page.after, limit: limit(page.limit)? }).await
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    who: Who,
    Json(room): Json<RoomCreate>,
) -> Result<Response, Error> {
    answer(StatusCode::CREATED, room.run(&app, &who).await?)
}

pub(super) async fn direct(
    State(app): State<Arc<App>>,
    who: Who,
    Json(direct): Json<DirectOpen>,
) -> Result<Response, Error> {
    carry_out(&app, &who, direct).await
}

pub(super) async fn rename(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Json(NewName { name, nonce }): Json<NewName>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomRename { room, name, nonce }).await
}

pub(super) async fn set_retention(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Json(kept): Json<Kept>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomSetRetention { room, kept }).await
}

pub(super) async fn add(
    State(app): State<Arc<App>>,
    who: Who,
    Path((room, user)): Path<(RoomId, UserId)>,
    Query(Nonce { nonce }): Query<Nonce>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomAdd { room, user, nonce }).await
}

pub(super) async fn set_role(
    State(app): State<Arc<App>>,
    who: Who,
    Path((room, user)): Path<(RoomId, UserId)>,
    Json(NewRole { role, nonce }): Json<NewRole>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomSetRole { room, user, role, nonce }).await
}

pub(super) async fn members(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Query(page): Query<PageOf<UserId>>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomMembers { room, after: page.after, limit: limit(page.limit)? }).await
}

pub(super) async fn join(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Query(Nonce { nonce }): Query<Nonce>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomJoin { room, nonce }).await
}

pub(super) async fn leave(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
    Query(Nonce { nonce }): Query<Nonce>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomLeave { room, nonce }).await
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    who: Who,
    Path((room, user)): Path<(RoomId, UserId)>,
    Query(Nonce { nonce }): Query<Nonce>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomRemove { room, user, nonce }).await
}

pub(super) async fn presence(
    State(app): State<Arc<App>>,
    who: Who,
    Path(room): Path<RoomId>,
) -> Result<Response, Error> {
    carry_out(&app, &who, PresenceList { room }).await
}

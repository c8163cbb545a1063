//! What those who keep order do.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use chinwag_model::{Millis, Role, UserId, WorkspaceSettings};
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::{answer, carry_out, limit};
use crate::actions::{
    Action, AuditList, Group, InvitationList, InvitationMake, InvitationRevoke, PersonBan, PersonList,
    PersonLoad, PersonMute, PersonReset, PersonRestore, PersonSetRole, PersonSuspend, PersonTakeSecondFactor,
    Place, RoomList, SettingsChange, SettingsLoad,
};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Json, Path, Query};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/people", get(people))
        .route("/people/{user}", get(person))
        .route("/people/{user}/mute", put(mute).delete(unmute))
        .route("/people/{user}/suspension", put(suspend).delete(restore))
        .route("/people/{user}/ban", put(ban).delete(restore))
        .route("/people/{user}/role", put(set_role))
        .route("/people/{user}/reset", post(reset))
        .route("/people/{user}/second-factor", delete(take_second_factor))
        .route("/rooms", get(rooms))
        .route("/invitations", get(invitations).post(invite))
        .route("/invitations/{invitation}", delete(revoke))
        .route("/settings", get(settings).put(change_settings))
        .route("/audit", get(audit))
}

/// A page of a list that can be searched, in the query.
#[derive(Deserialize)]
struct Searched {
    text: Option<String>,
    group: Option<Group>,
    after: Option<Place>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
struct Invited {
    before: Option<Uuid>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
struct Audited {
    about: Option<UserId>,
    before: Option<u64>,
    limit: Option<i64>,
}

/// Until when, and why.
#[derive(Deserialize)]
struct Muting {
    until: Millis,
    #[serde(default)]
    reason: String,
}

/// Why.
#[derive(Deserialize)]
struct Because {
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct Banning {
    #[serde(default)]
    remove_messages: bool,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct Giving {
    role: Role,
    #[serde(default)]
    reason: String,
}

async fn people(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Searched { text, group, after, limit: given }): Query<Searched>,
) -> Result<Response, Error> {
    let group = group.unwrap_or_default();
    carry_out(&app, &who, PersonList { text, group, after, limit: limit(given)? }).await
}

async fn person(State(app): State<Arc<App>>, who: Who, Path(user): Path<UserId>) -> Result<Response, Error> {
    carry_out(&app, &who, PersonLoad { user }).await
}

async fn mute(
    State(app): State<Arc<App>>,
    who: Who,
    Path(user): Path<UserId>,
    Json(Muting { until, reason }): Json<Muting>,
) -> Result<Response, Error> {
    carry_out(&app, &who, PersonMute { user, until, reason }).await
}

async fn unmute(State(app): State<Arc<App>>, who: Who, Path(user): Path<UserId>) -> Result<Response, Error> {
    carry_out(&app, &who, PersonMute { user, until: Millis(0), reason: String::new() }).await
}

async fn suspend(
    State(app): State<Arc<App>>,
    who: Who,
    Path(user): Path<UserId>,
    Json(Because { reason }): Json<Because>,
) -> Result<Response, Error> {
    carry_out(&app, &who, PersonSuspend { user, reason }).await
}

async fn restore(State(app): State<Arc<App>>, who: Who, Path(user): Path<UserId>) -> Result<Response, Error> {
    carry_out(&app, &who, PersonRestore { user, reason: String::new() }).await
}

async fn ban(
    State(app): State<Arc<App>>,
    who: Who,
    Path(user): Path<UserId>,
    Json(Banning { remove_messages, reason }): Json<Banning>,
) -> Result<Response, Error> {
    carry_out(&app, &who, PersonBan { user, remove_messages, reason }).await
}

async fn set_role(
    State(app): State<Arc<App>>,
    who: Who,
    Path(user): Path<UserId>,
    Json(Giving { role, reason }): Json<Giving>,
) -> Result<Response, Error> {
    carry_out(&app, &who, PersonSetRole { user, role, reason }).await
}

async fn take_second_factor(
    State(app): State<Arc<App>>,
    who: Who,
    Path(user): Path<UserId>,
) -> Result<Response, Error> {
    carry_out(&app, &who, PersonTakeSecondFactor { user }).await
}

async fn reset(State(app): State<Arc<App>>, who: Who, Path(user): Path<UserId>) -> Result<Response, Error> {
    answer(StatusCode::CREATED, PersonReset { user }.run(&app, &who).await?)
}

async fn rooms(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Searched { text, after, limit: given, .. }): Query<Searched>,
) -> Result<Response, Error> {
    carry_out(&app, &who, RoomList { text, after, limit: limit(given)? }).await
}

async fn invitations(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Invited { before, limit: given }): Query<Invited>,
) -> Result<Response, Error> {
    carry_out(&app, &who, InvitationList { before, limit: limit(given)? }).await
}

async fn invite(
    State(app): State<Arc<App>>,
    who: Who,
    Json(invitation): Json<InvitationMake>,
) -> Result<Response, Error> {
    answer(StatusCode::CREATED, invitation.run(&app, &who).await?)
}

async fn revoke(
    State(app): State<Arc<App>>,
    who: Who,
    Path(invitation): Path<Uuid>,
) -> Result<Response, Error> {
    carry_out(&app, &who, InvitationRevoke { invitation }).await
}

async fn settings(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    carry_out(&app, &who, SettingsLoad {}).await
}

async fn change_settings(
    State(app): State<Arc<App>>,
    who: Who,
    Json(settings): Json<WorkspaceSettings>,
) -> Result<Response, Error> {
    carry_out(&app, &who, SettingsChange { settings }).await
}

async fn audit(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Audited { about, before, limit: given }): Query<Audited>,
) -> Result<Response, Error> {
    carry_out(&app, &who, AuditList { about, before, limit: limit(given)? }).await
}

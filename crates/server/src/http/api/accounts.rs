//! Accounts: making them, one's own, and people by name.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, header};
use serde::Deserialize;

use super::sessions::hand_out;
use super::{carry_out, limit};
use crate::accounts::{self, NameAndPassword, NewAccount};
use crate::actions::{
    AccountDelete, AccountPassword, AccountProfile, IdentityList, IdentityUnlink, PersonSearch,
};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Json, Query};
use crate::http::cookies;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct NewMember {
    name: String,
    password: String,
    /// What stands at the end of an invitation's link.
    invitation: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct NewGuest {
    name: String,
}

#[derive(Deserialize)]
pub(super) struct Looked {
    text: String,
    limit: Option<i64>,
}

/// Makes an account and signs its owner in.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Json(NewMember { name, password, invitation }): Json<NewMember>,
) -> Result<Response, Error> {
    let invitation = invitation.as_deref().map(accounts::invitation_key).transpose()?;
    let kind = NewAccount::Member(invitation);
    let signed_in = accounts::sign_up(&app, &visitor, NameAndPassword { name, password }, kind).await?;
    hand_out(&app, &visitor, signed_in, StatusCode::CREATED)
}

/// Lets somebody in as a guest.
pub(super) async fn guest(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Json(NewGuest { name }): Json<NewGuest>,
) -> Result<Response, Error> {
    let signed_in = accounts::come_as_guest(&app, &visitor, &name).await?;
    hand_out(&app, &visitor, signed_in, StatusCode::CREATED)
}

pub(super) async fn change_profile(
    State(app): State<Arc<App>>,
    who: Who,
    Json(change): Json<AccountProfile>,
) -> Result<Response, Error> {
    carry_out(&app, &who, change).await
}

pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    who: Who,
    Json(change): Json<AccountPassword>,
) -> Result<Response, Error> {
    carry_out(&app, &who, change).await
}

pub(super) async fn delete_account(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Who,
    Json(delete): Json<AccountDelete>,
) -> Result<Response, Error> {
    let mut response = carry_out(&app, &who, delete).await?;
    if let Some(cookie) = cookies::take_back(visitor.https) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

pub(super) async fn services(State(app): State<Arc<App>>, who: Who) -> Result<Response, Error> {
    carry_out(&app, &who, IdentityList {}).await
}

pub(super) async fn unlink(
    State(app): State<Arc<App>>,
    who: Who,
    Json(unlink): Json<IdentityUnlink>,
) -> Result<Response, Error> {
    carry_out(&app, &who, unlink).await
}

pub(super) async fn search(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Looked { text, limit: given }): Query<Looked>,
) -> Result<Response, Error> {
    carry_out(&app, &who, PersonSearch { text, limit: limit(given)? }).await
}

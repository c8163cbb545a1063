//! One's own second factor, and signing in with it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::carry_out;
use super::sessions::hand_out;
use crate::accounts;
use crate::actions::{
    SecondFactorBegin, SecondFactorLoad, SecondFactorRemove, SecondFactorRenew, SecondFactorSet,
};
use crate::app::App;
use crate::error::Error;
use crate::http::body::Json;
use crate::http::identity::AnyWho;
use crate::tokens::Token;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct SecondStep {
    /// What the first step was answered with.
    pending: String,
    code: String,
}

/// The second step of signing in.
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Json(SecondStep { pending, code }): Json<SecondStep>,
) -> Result<Response, Error> {
    let half_way = Token::parse(&pending).ok_or(Error::SignInOver)?;
    let signed_in = accounts::second_step(&app, &visitor, &half_way, &code).await?;
    hand_out(&app, &visitor, signed_in, StatusCode::OK)
}

pub(super) async fn show(State(app): State<Arc<App>>, AnyWho(who): AnyWho) -> Result<Response, Error> {
    carry_out(&app, &who, SecondFactorLoad {}).await
}

pub(super) async fn begin(State(app): State<Arc<App>>, AnyWho(who): AnyWho) -> Result<Response, Error> {
    carry_out(&app, &who, SecondFactorBegin {}).await
}

pub(super) async fn set(
    State(app): State<Arc<App>>,
    AnyWho(who): AnyWho,
    Json(set): Json<SecondFactorSet>,
) -> Result<Response, Error> {
    carry_out(&app, &who, set).await
}

pub(super) async fn renew(
    State(app): State<Arc<App>>,
    AnyWho(who): AnyWho,
    Json(renew): Json<SecondFactorRenew>,
) -> Result<Response, Error> {
    carry_out(&app, &who, renew).await
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    AnyWho(who): AnyWho,
    Json(remove): Json<SecondFactorRemove>,
) -> Result<Response, Error> {
    carry_out(&app, &who, remove).await
}

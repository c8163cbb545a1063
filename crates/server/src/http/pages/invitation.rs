//! The page behind an invitation.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chinwag_model::{Refusal, SignUp};

use super::sign_in::Filled;
use super::sign_up::SignUpPage;
use super::{for_strangers, next, page, welcome};
use crate::accounts::{self, NameAndPassword, NewAccount};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Path};
use crate::visitor::Visitor;

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Option<Who>,
    Path(secret): Path<String>,
) -> Result<Response, Error> {
    if app.rules.now().sign_up == SignUp::Closed {
        return Err(Refusal::SignUpClosed.into());
    }
    if accounts::invited(&app, accounts::invitation_key(&secret)?).await?.is_none() {
        return Err(Refusal::InvitationInvalid.into());
    }
    Ok(for_strangers(who.as_ref(), None, || page(&SignUpPage::invited(&app, secret))))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Option<Who>,
    Path(secret): Path<String>,
    Form(filled): Form<Filled>,
) -> Response {
    let Filled { name, password, .. } = filled;
    let given = NameAndPassword { name: name.clone(), password };
    let signed_up = match accounts::invitation_key(&secret) {
        Ok(key) => accounts::sign_up(&app, &visitor, given, NewAccount::Member(Some(key))).await,
        Err(refusal) => Err(refusal.into()),
    };
    match signed_up {
        Ok(signed_in) => welcome(&app, &visitor, who, &signed_in, next::HOME).await,
        Err(
            error @ (Error::Internal | Error::Refused(Refusal::InvitationInvalid | Refusal::SignUpClosed)),
        ) => error.into_response(),
        Err(error) => SignUpPage::invited(&app, secret).again(name, &error),
    }
}

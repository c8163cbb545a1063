//! Invitations: making, seeing and revoking them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::line::NOTE_CHARS;
use chinwag_model::{Millis, SignUp};
use chinwag_store::INVITATION_USES;
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::{Tab, tabs};
use crate::actions::{
    Action, INVITATION_HOURS, InvitationList, InvitationMake, InvitationRevoke, Limit, ListedInvitation,
};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::frame::{Frame, SHOWN};
use crate::http::pages::notice::Notice;
use crate::http::pages::{or_sign_in, page, qr};
use crate::times;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct Shown {
    before: Option<Uuid>,
    done: Option<String>,
}

/// What a form of this page asks for.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Order {
    Make { note: String, uses: String, hours: String },
    Revoke { invitation: Uuid },
}

/// An invitation's link, as it is shown once.
struct ShownLink {
    link: String,
    qr: Option<String>,
    expires_at: Millis,
}

#[derive(Template)]
#[template(path = "administration_invitations.html")]
struct Invitations {
    frame: Frame,
    tab: Tab,
    tabs: Vec<(Tab, &'static str, &'static str)>,
    notice: Notice,
    /// Whether invitations are of any use.
    closed: bool,
    link: Option<ShownLink>,
    invitations: Vec<ListedInvitation>,
    next: Option<Uuid>,
    note_chars: usize,
    most_uses: u32,
    most_hours: u32,
}

impl Invitations {
    async fn load(app: &App, who: &Who, before: Option<Uuid>, notice: Notice) -> Result<Self, Error> {
        let found = InvitationList { before, limit: Limit::of(SHOWN) }.run(app, who).await?;
        Ok(Self {
            frame: Frame::new(app, Some(who)),
            tab: Tab::Invitations,
            tabs: tabs(who),
            notice,
            closed: app.rules.now().sign_up == SignUp::Closed,
            link: None,
            next: found.invitations.last().map(|last| last.id).filter(|_| found.more),
            invitations: found.invitations,
            note_chars: NOTE_CHARS,
            most_uses: INVITATION_USES,
            most_hours: INVITATION_HOURS,
        })
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    Query(Shown { before, done }): Query<Shown>,
) -> Response {
    let shown = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        let notice = Notice::done(done.as_deref());
        Ok(page(StatusCode::OK, &Invitations::load(&app, &who, before, notice).await?))
    };
    or_sign_in(shown.await, &here)
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    visitor: Visitor,
    who: Option<Who>,
    Form(order): Form<Order>,
) -> Response {
    let outcome = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        let outcome = match order {
            Order::Revoke { invitation } => {
                InvitationRevoke { invitation }.run(&app, &who).await.map(|_| None)
            }
            Order::Make { note, uses, hours } => {
                make(&app, &visitor, &who, note, &uses, &hours).await.map(Some)
            }
        };
        match outcome {
            Ok(None) => Ok(Redirect::to("/administration/invitations?done=revoked").into_response()),
            // The link is shown at once and never again, so there is nowhere to go.
            Ok(link) => {
                let shown =
                    Invitations { link, ..Invitations::load(&app, &who, None, Notice::default()).await? };
                Ok(page(StatusCode::OK, &shown))
            }
            Err(error @ Error::Internal) => Err(error),
            Err(error) => {
                let again = Invitations::load(&app, &who, None, Notice::problem(&error)).await?;
                Ok(error.with_headers(page(error.status(), &again)))
            }
        }
    };
    or_sign_in(outcome.await, &here)
}

async fn make(
    app: &App,
    visitor: &Visitor,
    who: &Who,
    note: String,
    uses: &str,
    hours: &str,
) -> Result<ShownLink, Error> {
    let number = |text: &str, what: &str| {
        let number = text.trim().parse::<u32>();
        number.map_err(|_| Error::PayloadInvalid(format!("{what}: write a whole number.")))
    };
    let (uses, hours) = (number(uses, "How many accounts")?, number(hours, "For how many hours")?);
    let made = InvitationMake { note, uses, hours }.run(app, who).await?;
    let link = visitor.link(&made.path);
    let qr = qr::svg(&link);
    Ok(ShownLink { link, qr, expires_at: made.expires_at })
}

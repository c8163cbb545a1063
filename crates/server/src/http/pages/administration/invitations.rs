//! Invitations: making, seeing and revoking them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::SignUp;
use chinwag_model::line::NOTE_CHARS;
use chinwag_store::INVITATION_USES;
use serde::Deserialize;
use uuid::Uuid;

use super::{Tab, Tabs};
use crate::actions::{
    Action, INVITATION_HOURS, InvitationList, InvitationMake, InvitationRevoke, Limit, ListedInvitation,
};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::form::{done_or_again, refused};
use crate::http::pages::frame::{Frame, SHOWN};
use crate::http::pages::notice::Notice;
use crate::http::pages::page;
use crate::http::pages::shown_link::ShownLink;
use crate::times;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct Shown {
    before: Option<Uuid>,
    done: Option<String>,
}

/// As it is filled in.
#[derive(Deserialize)]
pub(super) struct NewInvitation {
    note: String,
    uses: String,
    hours: String,
}

impl Default for NewInvitation {
    fn default() -> Self {
        Self { note: String::new(), uses: "1".into(), hours: "72".into() }
    }
}

/// What a form of this page asks for.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Order {
    Make(NewInvitation),
    Revoke { invitation: Uuid },
}

#[derive(Template)]
#[template(path = "administration_invitations.html")]
struct Invitations {
    frame: Frame,
    tabs: Tabs,
    notice: Notice,
    /// Whether invitations are of any use.
    closed: bool,
    link: Option<ShownLink>,
    filled: NewInvitation,
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
            tabs: Tabs::new(who, Tab::Invitations),
            notice,
            closed: app.rules.now().sign_up == SignUp::Closed,
            link: None,
            filled: NewInvitation::default(),
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
    who: Who,
    Query(Shown { before, done }): Query<Shown>,
) -> Result<Response, Error> {
    let notice = Notice::done(done.as_deref());
    Ok(page(&Invitations::load(&app, &who, before, notice).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Who,
    Form(order): Form<Order>,
) -> Result<Response, Error> {
    let load = async |notice| Invitations::load(&app, &who, None, notice).await;
    match order {
        Order::Revoke { invitation } => {
            let revoked = InvitationRevoke { invitation }.run(&app, &who).await;
            let revoked = revoked.map(|_| "/administration/invitations?done=revoked");
            done_or_again(revoked, load).await
        }
        Order::Make(filled) => match make(&app, &visitor, &who, &filled).await {
            // The link is shown at once and never again, so there is nowhere to go.
            Ok(link) => Ok(page(&Invitations { link: Some(link), ..load(Notice::default()).await? })),
            Err(error @ Error::Internal) => Err(error),
            Err(error) => {
                let again = Invitations { filled, ..load(Notice::problem(&error)).await? };
                Ok(refused(&error, &again))
            }
        },
    }
}

async fn make(app: &App, visitor: &Visitor, who: &Who, filled: &NewInvitation) -> Result<ShownLink, Error> {
    let number = |text: &str, what: &str| {
        let number = text.trim().parse::<u32>();
        number.map_err(|_| Error::PayloadInvalid(format!("{what}: write a whole number.")))
    };
    let NewInvitation { note, uses, hours } = filled;
    let (uses, hours) = (number(uses, "How many accounts")?, number(hours, "For how many hours")?);
    let made = InvitationMake { note: note.clone(), uses, hours }.run(app, who).await?;
    Ok(ShownLink::new(app, visitor, &made.path, made.expires_at))
}

//! One account, and what can be decided about it.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::line::REASON_CHARS;
use chinwag_model::permission::{self, Action as Allowed, Case};
use chinwag_model::{Millis, Role, Standing, UserId};
use http::StatusCode;
use serde::Deserialize;

use super::{Tab, tabs};
use crate::accounts::now;
use crate::actions::{
    Action, FOREVER, Listing, PersonBan, PersonLoad, PersonMute, PersonReset, PersonRestore, PersonSetRole,
    PersonSuspend,
};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Path, Query};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::Notice;
use crate::http::pages::{or_sign_in, page, qr};
use crate::times;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct Done {
    done: Option<String>,
}

/// What a form of this page asks for.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Order {
    Reset {},
    #[serde(untagged)]
    Decide(Decision),
}

/// What is decided about somebody.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Decision {
    Mute {
        /// 0: until it is lifted.
        hours: String,
        reason: String,
    },
    Unmute {},
    Suspend {
        reason: String,
    },
    Restore {},
    Ban {
        #[serde(default)]
        remove_messages: Option<String>,
        reason: String,
    },
    SetRole {
        role: Role,
    },
}

/// A link, as it is shown once.
struct ShownLink {
    link: String,
    qr: Option<String>,
    expires_at: Millis,
}

#[derive(Template)]
#[template(path = "administration_person.html")]
struct Person {
    frame: Frame,
    tab: Tab,
    tabs: Vec<(Tab, &'static str, &'static str)>,
    notice: Notice,
    person: Listing,
    now: Millis,
    reason_chars: usize,
    /// The roles that may be given.
    roles: Vec<Role>,
    may_mute: bool,
    may_suspend: bool,
    may_ban: bool,
    may_reset: bool,
    sees_audit: bool,
    link: Option<ShownLink>,
}

impl Person {
    async fn load(app: &App, who: &Who, user: UserId, notice: Notice) -> Result<Self, Error> {
        let person = PersonLoad { user }.run(app, who).await?.person;
        let gone = person.standing == Standing::Gone;
        // Only what is of use is shown; the store decides.
        let case = Case::of(who.user.role, false);
        let target = Some(person.user.role).filter(|_| user != who.user.id);
        let may = |action| !gone && permission::check(action, Case { target, ..case }).is_ok();
        let may_give = |role: &Role| {
            *role != Role::Guest
                && *role != person.user.role
                && permission::check(Allowed::SetRole, case.upon(*role)).is_ok()
        };
        let settable = may(Allowed::SetRole) && person.user.role != Role::Guest;
        let account = person.user.role != Role::Guest;
        Ok(Self {
            frame: Frame::new(app, Some(who)),
            tab: Tab::People,
            tabs: tabs(who),
            notice,
            now: now(),
            reason_chars: REASON_CHARS,
            roles: Role::ALL.into_iter().filter(|role| settable && may_give(role)).collect(),
            may_mute: may(Allowed::Mute),
            may_suspend: may(Allowed::Suspend),
            may_ban: may(Allowed::Ban),
            may_reset: may(Allowed::MakeResetLink) && account,
            sees_audit: permission::check(Allowed::SeeAudit, case).is_ok(),
            link: None,
            person,
        })
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    Path(user): Path<UserId>,
    Query(Done { done }): Query<Done>,
) -> Response {
    let shown = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        Ok(page(StatusCode::OK, &Person::load(&app, &who, user, Notice::done(done.as_deref())).await?))
    };
    or_sign_in(shown.await, &here)
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    visitor: Visitor,
    who: Option<Who>,
    Path(user): Path<UserId>,
    Form(order): Form<Order>,
) -> Response {
    let outcome = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        let outcome = match order {
            // A link is shown at once and never again, so there is nowhere to go.
            Order::Reset {} => match (PersonReset { user }).run(&app, &who).await {
                Ok(made) => {
                    let link = visitor.link(&made.path);
                    let qr = qr::svg(&link);
                    let link = Some(ShownLink { link, qr, expires_at: made.expires_at });
                    let shown = Person { link, ..Person::load(&app, &who, user, Notice::default()).await? };
                    return Ok(page(StatusCode::OK, &shown));
                }
                Err(error) => Err(error),
            },
            Order::Decide(decision) => carry_out(&app, &who, user, decision).await,
        };
        match outcome {
            Ok(done) => {
                Ok(Redirect::to(&format!("/administration/people/{user}?done={done}")).into_response())
            }
            Err(error @ Error::Internal) => Err(error),
            Err(error) => {
                let again = Person::load(&app, &who, user, Notice::problem(&error)).await?;
                Ok(error.with_headers(page(error.status(), &again)))
            }
        }
    };
    or_sign_in(outcome.await, &here)
}

/// Answers what was done.
async fn carry_out(app: &App, who: &Who, user: UserId, decision: Decision) -> Result<&'static str, Error> {
    let none = String::new();
    match decision {
        Decision::Mute { hours, reason } => {
            let hours = hours.parse::<u32>();
            let hours = hours.map_err(|_| Error::PayloadInvalid("hours: a whole number.".into()))?;
            let until =
                if hours == 0 { FOREVER } else { now().plus(Duration::from_secs(u64::from(hours) * 3_600)) };
            PersonMute { user, until, reason }.run(app, who).await?;
            Ok("muted")
        }
        Decision::Unmute {} => {
            PersonMute { user, until: Millis(0), reason: none }.run(app, who).await?;
            Ok("unmuted")
        }
        Decision::Suspend { reason } => {
            PersonSuspend { user, reason }.run(app, who).await?;
            Ok("suspended")
        }
        Decision::Restore {} => {
            PersonRestore { user, reason: none }.run(app, who).await?;
            Ok("restored")
        }
        Decision::Ban { remove_messages, reason } => {
            let remove_messages = remove_messages.is_some();
            PersonBan { user, remove_messages, reason }.run(app, who).await?;
            Ok("banned")
        }
        Decision::SetRole { role } => {
            PersonSetRole { user, role, reason: none }.run(app, who).await?;
            Ok("role")
        }
    }
}

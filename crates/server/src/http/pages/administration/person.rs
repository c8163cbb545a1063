//! One account, and what can be decided about it.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::line::REASON_CHARS;
use chinwag_model::permission::{self, Action as Allowed, Case};
use chinwag_model::{Millis, Role, Standing, UserId};
use serde::Deserialize;

use super::{Tab, Tabs};
use crate::accounts::now;
use crate::actions::{
    Action, FOREVER, Listing, PersonBan, PersonLoad, PersonMute, PersonReset, PersonRestore, PersonSetRole,
    PersonSuspend, PersonTakeSecondFactor,
};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Path, Query};
use crate::http::pages::form::{done_or_again, refused};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::{Done, Notice};
use crate::http::pages::page;
use crate::http::pages::shown_link::ShownLink;
use crate::times;
use crate::visitor::Visitor;

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
    TakeSecondFactor {},
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

#[derive(Template)]
#[template(path = "administration_person.html")]
struct Person {
    frame: Frame,
    tabs: Tabs,
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
    may_take_second_factor: bool,
    sees_audit: bool,
    link: Option<ShownLink>,
    /// What was asked for and not done: the form comes back as it was filled in.
    refused: Option<Decision>,
}

impl Person {
    async fn load(app: &App, who: &Who, user: UserId, notice: Notice) -> Result<Self, Error> {
        let person = PersonLoad { user }.run(app, who).await?.person;
        let gone = person.standing == Standing::Gone;
        let has_second_factor = app.store.second_factor(user).await?.is_some();
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
            tabs: Tabs::new(who, Tab::People),
            notice,
            now: now(),
            reason_chars: REASON_CHARS,
            roles: Role::ALL.into_iter().filter(|role| settable && may_give(role)).collect(),
            may_mute: may(Allowed::Mute),
            may_suspend: may(Allowed::Suspend),
            may_ban: may(Allowed::Ban),
            may_reset: may(Allowed::MakeResetLink) && account,
            may_take_second_factor: may(Allowed::TakeSecondFactor) && has_second_factor,
            sees_audit: permission::check(Allowed::SeeAudit, case).is_ok(),
            link: None,
            refused: None,
            person,
        })
    }

    fn mute_filled(&self) -> (&str, &str) {
        match &self.refused {
            Some(Decision::Mute { hours, reason }) => (hours, reason),
            _ => ("1", ""),
        }
    }

    fn suspend_reason(&self) -> &str {
        match &self.refused {
            Some(Decision::Suspend { reason }) => reason,
            _ => "",
        }
    }

    /// Whether all messages are to go, and why.
    fn ban_filled(&self) -> (bool, &str) {
        match &self.refused {
            Some(Decision::Ban { remove_messages, reason }) => (remove_messages.is_some(), reason),
            _ => (false, ""),
        }
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Path(user): Path<UserId>,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Error> {
    Ok(page(&Person::load(&app, &who, user, Notice::done(done.as_deref())).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    who: Who,
    Path(user): Path<UserId>,
    Form(order): Form<Order>,
) -> Result<Response, Error> {
    let load = async |notice| Person::load(&app, &who, user, notice).await;
    match order {
        Order::Reset {} => match (PersonReset { user }).run(&app, &who).await {
            // The link is shown at once and never again, so there is nowhere to go.
            Ok(made) => {
                let link = Some(ShownLink::new(&app, &visitor, &made.path, made.expires_at));
                Ok(page(&Person { link, ..load(Notice::default()).await? }))
            }
            Err(error @ Error::Internal) => Err(error),
            Err(error) => Ok(refused(&error, &load(Notice::problem(&error)).await?)),
        },
        Order::Decide(decision) => {
            let done = carry_out(&app, &who, user, &decision).await;
            let done = done.map(|done| format!("/administration/people/{user}?done={done}"));
            let again = async |notice| Ok(Person { refused: Some(decision), ..load(notice).await? });
            done_or_again(done, again).await
        }
    }
}

/// Answers what was done.
async fn carry_out(app: &App, who: &Who, user: UserId, decision: &Decision) -> Result<&'static str, Error> {
    let none = String::new();
    match decision {
        Decision::Mute { hours, reason } => {
            let hours = hours.parse::<u32>();
            let hours = hours.map_err(|_| Error::PayloadInvalid("hours: a whole number.".into()))?;
            let until =
                if hours == 0 { FOREVER } else { now().plus(Duration::from_secs(u64::from(hours) * 3_600)) };
            PersonMute { user, until, reason: reason.clone() }.run(app, who).await?;
            Ok("muted")
        }
        Decision::Unmute {} => {
            PersonMute { user, until: Millis(0), reason: none }.run(app, who).await?;
            Ok("unmuted")
        }
        Decision::TakeSecondFactor {} => {
            PersonTakeSecondFactor { user }.run(app, who).await?;
            Ok("second-factor-taken")
        }
        Decision::Suspend { reason } => {
            PersonSuspend { user, reason: reason.clone() }.run(app, who).await?;
            Ok("suspended")
        }
        Decision::Restore {} => {
            PersonRestore { user, reason: none }.run(app, who).await?;
            Ok("restored")
        }
        Decision::Ban { remove_messages, reason } => {
            let remove_messages = remove_messages.is_some();
            PersonBan { user, remove_messages, reason: reason.clone() }.run(app, who).await?;
            Ok("banned")
        }
        Decision::SetRole { role } => {
            PersonSetRole { user, role: *role, reason: none }.run(app, who).await?;
            Ok("role")
        }
    }
}

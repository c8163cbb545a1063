//! Who did what.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::permission::{self, Action as Allowed, Case};
use chinwag_model::{Refusal, UserId, UserName};
use serde::Deserialize;

use super::{Tab, Tabs};
use crate::actions::{Action, AuditList, Entry, Limit};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::Query;
use crate::http::pages::frame::{Frame, SHOWN};
use crate::http::pages::page;
use crate::times;

#[derive(Deserialize)]
pub(super) struct Searched {
    about: Option<UserId>,
    /// The same by name.
    name: Option<String>,
    before: Option<u64>,
}

#[derive(Template)]
#[template(path = "administration_audit.html")]
struct Audit {
    frame: Frame,
    tabs: Tabs,
    /// Of whom it is, if it is of one person alone.
    about: Option<(UserId, String)>,
    entries: Vec<Entry>,
    next: Option<u64>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Searched { about, name, before }): Query<Searched>,
) -> Result<Response, Error> {
    // Before anybody is looked up by name.
    permission::check(Allowed::SeeAudit, Case::of(who.user.role, false))?;
    let about = match (about, name.filter(|name| !name.trim().is_empty())) {
        (None, Some(name)) => {
            let known = app.store.credentials(&UserName::parse(&name)?).await?;
            Some(known.ok_or(Refusal::UserUnknown)?.user.id)
        }
        (about, _) => about,
    };
    let found = AuditList { about, before, limit: Limit::of(SHOWN) }.run(&app, &who).await?;
    let about = match about {
        Some(id) => {
            let person = app.store.person(id).await?.ok_or(Refusal::UserUnknown)?;
            Some((id, person.name))
        }
        None => None,
    };
    let shown = Audit {
        frame: Frame::new(&app, Some(&who)),
        tabs: Tabs::new(&who, Tab::Audit),
        about,
        next: found.entries.last().map(|last| last.id).filter(|_| found.more),
        entries: found.entries,
    };
    Ok(page(&shown))
}

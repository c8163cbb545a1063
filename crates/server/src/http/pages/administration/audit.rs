//! Who did what.

use std::sync::Arc;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use chinwag_model::permission::{self, Action as Allowed, Case};
use chinwag_model::{Refusal, UserId, UserName};
use http::StatusCode;
use serde::Deserialize;

use super::{Tab, tabs};
use crate::actions::{Action, AuditList, Entry, Limit};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::Query;
use crate::http::pages::frame::{Frame, SHOWN};
use crate::http::pages::{or_sign_in, page};
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
    tab: Tab,
    tabs: Vec<(Tab, &'static str, &'static str)>,
    /// Of whom it is, if it is of one person alone.
    about: Option<(UserId, String)>,
    entries: Vec<Entry>,
    next: Option<u64>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    Query(Searched { about, name, before }): Query<Searched>,
) -> Response {
    let shown = async {
        let who = who.ok_or(Error::Unauthenticated)?;
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
            tab: Tab::Audit,
            tabs: tabs(&who),
            about,
            next: found.entries.last().map(|last| last.id).filter(|_| found.more),
            entries: found.entries,
        };
        Ok(page(StatusCode::OK, &shown))
    };
    or_sign_in(shown.await, &here)
}

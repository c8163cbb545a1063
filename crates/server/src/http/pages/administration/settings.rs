//! What administrators decide about the workspace.

use std::sync::Arc;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Redirect, Response};
use chinwag_model::{DeletedAccounts, Limits, SignUp, WorkspaceSettings};
use http::StatusCode;
use serde::Deserialize;

use super::{Tab, tabs};
use crate::actions::{Action, LIMIT_MOST, SettingsChange, SettingsLoad};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::Notice;
use crate::http::pages::{or_sign_in, page};

#[derive(Deserialize)]
pub(super) struct Done {
    done: Option<String>,
}

/// As it is filled in: an empty field is as the server was started.
#[derive(Deserialize)]
pub(super) struct Filled {
    sign_up: String,
    guests: String,
    deleted_accounts: String,
    sign_in_per_minute: String,
    accounts_per_hour: String,
    messages_per_minute: String,
    guest_messages_per_minute: String,
    rooms_per_hour: String,
}

/// A limit, as the page shows it.
struct Field {
    name: &'static str,
    label: &'static str,
    value: Option<u32>,
    configured: u32,
}

#[derive(Template)]
#[template(path = "administration_settings.html")]
struct Settings {
    frame: Frame,
    tab: Tab,
    tabs: Vec<(Tab, &'static str, &'static str)>,
    notice: Notice,
    decided: WorkspaceSettings,
    sign_up: SignUp,
    guests: bool,
    deleted_accounts: DeletedAccounts,
    fields: [Field; 5],
    most: u32,
}

impl Settings {
    async fn load(app: &App, who: &Who, notice: Notice) -> Result<Self, Error> {
        let loaded = SettingsLoad {}.run(app, who).await?;
        let (decided, configured) = (loaded.decided.limits, loaded.configured.limits);
        let field = |name, label, value, configured| Field { name, label, value, configured };
        Ok(Self {
            frame: Frame::new(app, Some(who)),
            tab: Tab::Settings,
            tabs: tabs(who),
            notice,
            decided: loaded.decided,
            sign_up: loaded.configured.sign_up,
            guests: loaded.configured.guests,
            deleted_accounts: loaded.configured.deleted_accounts,
            fields: [
                field(
                    "messages_per_minute",
                    "Messages per minute by one person",
                    decided.messages_per_minute,
                    configured.messages_per_minute,
                ),
                field(
                    "guest_messages_per_minute",
                    "Messages per minute by one guest",
                    decided.guest_messages_per_minute,
                    configured.guest_messages_per_minute,
                ),
                field(
                    "rooms_per_hour",
                    "Rooms and direct conversations per hour by one person",
                    decided.rooms_per_hour,
                    configured.rooms_per_hour,
                ),
                field(
                    "sign_in_per_minute",
                    "Tries to sign in per minute to one account from one address",
                    decided.sign_in_per_minute,
                    configured.sign_in_per_minute,
                ),
                field(
                    "accounts_per_hour",
                    "Accounts and guests per hour from one address",
                    decided.accounts_per_hour,
                    configured.accounts_per_hour,
                ),
            ],
            most: LIMIT_MOST,
        })
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    Query(Done { done }): Query<Done>,
) -> Response {
    let shown = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        Ok(page(StatusCode::OK, &Settings::load(&app, &who, Notice::done(done.as_deref())).await?))
    };
    or_sign_in(shown.await, &here)
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    OriginalUri(here): OriginalUri,
    who: Option<Who>,
    Form(filled): Form<Filled>,
) -> Response {
    let saved = async {
        let who = who.ok_or(Error::Unauthenticated)?;
        let saved = match read(&filled) {
            Ok(settings) => SettingsChange { settings }.run(&app, &who).await,
            Err(error) => Err(error),
        };
        match saved {
            Ok(_) => Ok(Redirect::to("/administration/settings?done=settings").into_response()),
            Err(error @ Error::Internal) => Err(error),
            Err(error) => {
                let again = Settings::load(&app, &who, Notice::problem(&error)).await?;
                Ok(error.with_headers(page(error.status(), &again)))
            }
        }
    };
    or_sign_in(saved.await, &here)
}

fn read(filled: &Filled) -> Result<WorkspaceSettings, Error> {
    let unknown = |text: &str| Error::PayloadInvalid(format!("There is no choice {text:?} in this form."));
    let limit = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            Error::PayloadInvalid(format!("A limit is a whole number from 1 to {LIMIT_MOST}, or nothing."))
        }),
    };
    let sign_up = SignUp::ALL.into_iter().find(|way| way.as_str() == filled.sign_up);
    let deleted = DeletedAccounts::ALL.into_iter().find(|what| what.as_str() == filled.deleted_accounts);
    let guests = match filled.guests.as_str() {
        "" => None,
        "yes" => Some(true),
        "no" => Some(false),
        other => return Err(unknown(other)),
    };
    for (given, known) in
        [(&filled.sign_up, sign_up.is_some()), (&filled.deleted_accounts, deleted.is_some())]
    {
        if !given.is_empty() && !known {
            return Err(unknown(given));
        }
    }
    Ok(WorkspaceSettings {
        sign_up,
        guests,
        deleted_accounts: deleted,
        limits: Limits {
            sign_in_per_minute: limit(&filled.sign_in_per_minute)?,
            accounts_per_hour: limit(&filled.accounts_per_hour)?,
            messages_per_minute: limit(&filled.messages_per_minute)?,
            guest_messages_per_minute: limit(&filled.guest_messages_per_minute)?,
            rooms_per_hour: limit(&filled.rooms_per_hour)?,
        },
    })
}

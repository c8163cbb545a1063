//! What administrators decide about the workspace.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chinwag_model::{DeletedAccounts, Limits, SecondFactorRule, SignUp, WorkspaceSettings};
use serde::Deserialize;

use super::{Tab, Tabs};
use crate::actions::{Action, SettingsChange, SettingsLoad};
use crate::app::{App, Who};
use crate::error::Error;
use crate::http::body::{Form, Query};
use crate::http::pages::form::done_or_again;
use crate::http::pages::frame::Frame;
use crate::http::pages::notice::{Done, Notice};
use crate::http::pages::page;
use crate::rules::{Effective, LIMIT_MOST};

/// As it is filled in: an empty field is as the server was started.
#[derive(Clone, Deserialize)]
pub(super) struct Filled {
    sign_up: String,
    guests: String,
    deleted_accounts: String,
    #[serde(default)]
    second_factor: String,
    sign_in_per_minute: String,
    accounts_per_hour: String,
    messages_per_minute: String,
    guest_messages_per_minute: String,
    rooms_per_hour: String,
}

impl Filled {
    /// As it was filled in when this was decided.
    fn of(decided: &WorkspaceSettings) -> Self {
        let limit = |limit: Option<u32>| limit.map_or_else(String::new, |limit| limit.to_string());
        let limits = &decided.limits;
        Self {
            sign_up: decided.sign_up.map_or("", SignUp::as_str).to_owned(),
            guests: decided.guests.map_or("", |guests| if guests { "yes" } else { "no" }).to_owned(),
            deleted_accounts: decided.deleted_accounts.map_or("", DeletedAccounts::as_str).to_owned(),
            second_factor: decided.second_factor.map_or("", SecondFactorRule::as_str).to_owned(),
            sign_in_per_minute: limit(limits.sign_in_per_minute),
            accounts_per_hour: limit(limits.accounts_per_hour),
            messages_per_minute: limit(limits.messages_per_minute),
            guest_messages_per_minute: limit(limits.guest_messages_per_minute),
            rooms_per_hour: limit(limits.rooms_per_hour),
        }
    }
}

/// A limit, as the page shows it.
struct Field {
    name: &'static str,
    label: &'static str,
    /// What is filled in.
    value: String,
    configured: u32,
}

#[derive(Template)]
#[template(path = "administration_settings.html")]
struct Settings {
    frame: Frame,
    tabs: Tabs,
    notice: Notice,
    filled: Filled,
    sign_up: SignUp,
    guests: bool,
    deleted_accounts: DeletedAccounts,
    second_factor: SecondFactorRule,
    fields: [Field; 5],
    most: u32,
}

impl Settings {
    async fn load(app: &App, who: &Who, notice: Notice) -> Result<Self, Error> {
        let loaded = SettingsLoad {}.run(app, who).await?;
        Ok(Self::new(app, who, notice, &loaded.configured, Filled::of(&loaded.decided)))
    }

    fn new(app: &App, who: &Who, notice: Notice, started: &Effective, filled: Filled) -> Self {
        let configured = &started.limits;
        let field = |name, label, value: &str, configured| {
            let value = value.to_owned();
            Field { name, label, value, configured }
        };
        Self {
            frame: Frame::new(app, Some(who)),
            tabs: Tabs::new(who, Tab::Settings),
            notice,
            sign_up: started.sign_up,
            guests: started.guests,
            deleted_accounts: started.deleted_accounts,
            second_factor: started.second_factor,
            fields: [
                field(
                    "messages_per_minute",
                    "Messages per minute by one person",
                    &filled.messages_per_minute,
                    configured.messages_per_minute,
                ),
                field(
                    "guest_messages_per_minute",
                    "Messages per minute by one guest",
                    &filled.guest_messages_per_minute,
                    configured.guest_messages_per_minute,
                ),
                field(
                    "rooms_per_hour",
                    "Rooms and direct conversations per hour by one person",
                    &filled.rooms_per_hour,
                    configured.rooms_per_hour,
                ),
                field(
                    "sign_in_per_minute",
                    "Tries to sign in per minute to one account from one address",
                    &filled.sign_in_per_minute,
                    configured.sign_in_per_minute,
                ),
                field(
                    "accounts_per_hour",
                    "Accounts and guests per hour from one address",
                    &filled.accounts_per_hour,
                    configured.accounts_per_hour,
                ),
            ],
            most: LIMIT_MOST,
            filled,
        }
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Error> {
    Ok(page(&Settings::load(&app, &who, Notice::done(done.as_deref())).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    who: Who,
    Form(filled): Form<Filled>,
) -> Result<Response, Error> {
    let saved = match read(&filled) {
        Ok(settings) => SettingsChange { settings }.run(&app, &who).await,
        Err(error) => Err(error),
    };
    let saved = saved.map(|_| "/administration/settings?done=settings");
    let again = async |notice| {
        let started = SettingsLoad {}.run(&app, &who).await?.configured;
        Ok(Settings::new(&app, &who, notice, &started, filled))
    };
    done_or_again(saved, again).await
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
    let second_factor = SecondFactorRule::ALL.into_iter().find(|who| who.as_str() == filled.second_factor);
    let guests = match filled.guests.as_str() {
        "" => None,
        "yes" => Some(true),
        "no" => Some(false),
        other => return Err(unknown(other)),
    };
    for (given, known) in [
        (&filled.sign_up, sign_up.is_some()),
        (&filled.deleted_accounts, deleted.is_some()),
        (&filled.second_factor, second_factor.is_some()),
    ] {
        if !given.is_empty() && !known {
            return Err(unknown(given));
        }
    }
    Ok(WorkspaceSettings {
        sign_up,
        guests,
        deleted_accounts: deleted,
        second_factor,
        limits: Limits {
            sign_in_per_minute: limit(&filled.sign_in_per_minute)?,
            accounts_per_hour: limit(&filled.accounts_per_hour)?,
            messages_per_minute: limit(&filled.messages_per_minute)?,
            guest_messages_per_minute: limit(&filled.guest_messages_per_minute)?,
            rooms_per_hour: limit(&filled.rooms_per_hour)?,
        },
    })
}

//! The pages about one's own account.

mod data;
mod password;
mod picture;
mod profile;
mod second_factor;
mod services;
mod sessions;
mod tokens;

pub(super) use services::services_again;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::http::api::export;
use crate::http::pages::frame::Frame;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/account", get(profile::show).post(profile::submit))
        .route("/account/picture", get(picture::show).post(picture::submit))
        .route("/account/picture/remove", post(picture::remove))
        .route("/account/password", get(password::show).post(password::submit))
        .route("/account/second-factor", get(second_factor::show).post(second_factor::submit))
        .route("/account/services", get(services::show).post(services::submit))
        .route("/account/sessions", get(sessions::show).post(sessions::submit))
        .route("/account/tokens", get(tokens::show).post(tokens::submit))
        .route("/account/data", get(data::show).post(data::submit))
        .route("/account/export", get(export))
}

/// The pages, for their tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Profile,
    Picture,
    Password,
    SecondFactor,
    Services,
    Sessions,
    Tokens,
    Data,
}

impl Tab {
    /// Those that somebody has, with paths and names. Where there are no other services there is no page for them.
    pub(super) fn all(frame: &Frame) -> impl Iterator<Item = (Self, &'static str, &'static str)> {
        const TABS: [(Tab, &str, &str); 8] = [
            (Tab::Profile, "/account", "Profile"),
            (Tab::Picture, "/account/picture", "Picture"),
            (Tab::Password, "/account/password", "Password"),
            (Tab::SecondFactor, "/account/second-factor", "Second factor"),
            (Tab::Services, "/account/services", "Other services"),
            (Tab::Sessions, "/account/sessions", "Sessions"),
            (Tab::Tokens, "/account/tokens", "Access tokens"),
            (Tab::Data, "/account/data", "Your data"),
        ];
        let (has_account, has_services) = (frame.has_account(), frame.has_services);
        TABS.into_iter().filter(move |(tab, ..)| match tab {
            Self::Profile | Self::Sessions | Self::Data => true,
            Self::Services => has_account && has_services,
            Self::Picture | Self::Password | Self::SecondFactor | Self::Tokens => has_account,
        })
    }
}

//! The pages of those who keep order.

mod audit;
mod invitations;
mod people;
mod person;
mod rooms;
mod settings;

use std::sync::Arc;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use chinwag_model::permission::{self, Action, Case};

use crate::app::{App, Who};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/administration", get(async || Redirect::to("/administration/people")))
        .route("/administration/people", get(people::show))
        .route("/administration/people/{user}", get(person::show).post(person::submit))
        .route("/administration/rooms", get(rooms::show))
        .route("/administration/invitations", get(invitations::show).post(invitations::submit))
        .route("/administration/settings", get(settings::show).post(settings::submit))
        .route("/administration/audit", get(audit::show))
}

/// The pages, for their tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    People,
    Rooms,
    Invitations,
    Settings,
    Audit,
}

/// The tabs above a page.
pub(super) struct Tabs {
    /// Where one is.
    here: Tab,
    /// Those that somebody has, with paths and names. The store decides what they may see.
    all: Vec<(Tab, &'static str, &'static str)>,
}

impl Tabs {
    fn new(who: &Who, here: Tab) -> Self {
        const TABS: [(Tab, Action, &str, &str); 5] = [
            (Tab::People, Action::ListPeople, "/administration/people", "People"),
            (Tab::Rooms, Action::ListRooms, "/administration/rooms", "Rooms"),
            (Tab::Invitations, Action::Invite, "/administration/invitations", "Invitations"),
            (Tab::Settings, Action::Settings, "/administration/settings", "Settings and limits"),
            (Tab::Audit, Action::SeeAudit, "/administration/audit", "Audit log"),
        ];
        let case = Case::of(who.user.role, false);
        let may = TABS.into_iter().filter(|(_, action, ..)| permission::check(*action, case).is_ok());
        Self { here, all: may.map(|(tab, _, path, name)| (tab, path, name)).collect() }
    }
}

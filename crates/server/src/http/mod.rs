//! The HTTP side: the API, the pages that work without JavaScript, and what all requests go through.

mod api;
mod assets;
mod body;
mod client_address;
mod cookies;
mod health;
mod identity;
mod layers;
mod origin;
mod pages;
mod pictures;
mod request_id;

use std::sync::Arc;

use axum::Router;
use chinwag_socketio::SocketIo;

use crate::app::App;

pub(crate) use client_address::{Peer, client_address, is_https};
pub(crate) use cookies::session_token;
pub(crate) use origin::same_origin;

/// Everything that is served.
pub(crate) fn router(app: &Arc<App>, io: &SocketIo) -> Router {
    let pages = Router::new()
        .merge(api::router())
        .merge(pages::router())
        .merge(pictures::router())
        .merge(assets::router());
    let pages = layers::for_pages(app, pages.fallback(pages::unknown)).with_state(Arc::clone(app));
    let health = health::router().with_state(Arc::clone(app));
    // The engine reads its own bodies, with its own limits, and answers other methods and origins itself.
    let sockets = Router::new().route_service("/socket.io/", io.service());
    layers::for_all(app, pages.merge(health).merge(sockets))
}

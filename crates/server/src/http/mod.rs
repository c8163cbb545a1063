//! The HTTP side: the API, the pages that work without JavaScript, and what all requests go through.

mod api;
mod assets;
mod body;
mod client_address;
mod cookies;
mod health;
mod identity;
mod keys;
mod layers;
mod origin;
mod pages;
mod pictures;
mod request_id;

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::routing::post;
use axum::{Extension, Router};
use chinwag_socketio::SocketIo;

use self::identity::ForPrograms;
use crate::app::App;
use crate::nodes::{Forwarding, RELEASE, forward, release};

pub(crate) use client_address::{Peer, Told, client_address, is_https};
pub(crate) use cookies::credential;
pub(crate) use origin::same_origin;

/// Everything that is served. With `forwarding` requests for sessions of other nodes are passed on.
pub(crate) fn router(app: &Arc<App>, io: &SocketIo, forwarding: Option<Arc<Forwarding>>) -> Router {
    let pages = Router::new()
        .merge(api::router().layer(Extension(ForPrograms)))
        .merge(pictures::router().layer(Extension(ForPrograms)))
        .merge(keys::router())
        .merge(pages::router())
        .merge(assets::router());
    let pages = layers::for_pages(app, pages.fallback(pages::unknown)).with_state(Arc::clone(app));
    let health = health::router().with_state(Arc::clone(app));
    // The engine reads its own bodies, with its own limits, and answers other methods and origins itself.
    let sockets = sockets(io);
    let sockets = match forwarding {
        Some(forwarding) => sockets.layer(from_fn_with_state(forwarding, forward)),
        None => sockets,
    };
    layers::for_all(app, pages.merge(health).merge(sockets))
}

/// What is served to other nodes: sockets, whose requests they pass on. From here nothing is passed on again.
pub(crate) fn router_for_nodes(app: &Arc<App>, io: &SocketIo) -> Router {
    let release = Router::new().route(RELEASE, post(release)).with_state(io.clone());
    layers::for_nodes(app, sockets(io).merge(release))
}

fn sockets(io: &SocketIo) -> Router {
    Router::new().route_service("/socket.io/", io.service())
}

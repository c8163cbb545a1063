//! Nodes that share a store, and a client's requests that may come to any of them.
//!
//! A session of the engine lives on the node that opened it, and its id begins with that node's id. A request that comes
//! to another node is passed on to it, once, by a listener for nodes alone. Where that is stands in a registry in the
//! store, with the SHA-256 of the certificate that the node has made for itself: nobody is believed but who shows one
//! that is registered. So there is nothing to configure but an address, and whoever may write the store is trusted.
//!
//! | module | what it holds |
//! |---|---|
//! | [`identity`] | who a node is: its id, key and certificate |
//! | [`registry`] | who else there is, as far as this node knows |
//! | [`tls`] | believing whom the registry names |
//! | [`pool`] | connections to other nodes, kept and used again |
//! | [`forward`] | passing a request on, and its answer back |
//! | [`returning`] | bodies of answers that give their connection back |
//! | [`tunnel`] | WebSockets through this node |
//! | [`release`] | sending clients another way before this node ends |
//! | [`headers`] | what is passed on of a request, and who the client is |
//! | [`listener`] | taking what other nodes pass on |

mod forward;
mod headers;
mod identity;
mod listener;
mod pool;
mod registration;
mod registry;
mod release;
mod returning;
mod tls;
mod tunnel;
mod warnings;

use std::sync::Arc;

use axum::Router;
use chinwag_socketio::SessionPrefix;
use chinwag_store::Store;
use tokio::net::TcpListener;

use crate::app::App;
use crate::serve::{Server, WeakHold};

pub(crate) use self::forward::{Forwarding, forward};
pub(crate) use self::headers::CLIENT;
use self::identity::Identity;
pub(crate) use self::identity::IdentityError;
use self::pool::Pool;
pub(crate) use self::registration::Registration;
use self::registry::Registry;
pub(crate) use self::release::{RELEASE, release};

/// What a node has that takes part.
pub(crate) struct Nodes {
    identity: Arc<Identity>,
    registry: Arc<Registry>,
}

impl Nodes {
    /// A new node, which the others reach at this address.
    ///
    /// # Errors
    /// There is no key for it.
    pub(crate) fn new(store: Arc<dyn Store>, address: &str) -> Result<Self, IdentityError> {
        let identity = Arc::new(Identity::fresh()?);
        let registry = Arc::new(Registry::new(store, identity.as_node(address)));
        Ok(Self { identity, registry })
    }

    /// How the ids of its sessions begin.
    pub(crate) fn prefix(&self) -> SessionPrefix {
        self.identity.prefix()
    }

    /// Enters it, so that its first client is found by the others. Where the store does not answer in time it is entered
    /// later.
    pub(crate) async fn enter(&self, app: &App) {
        self.registry.enter(app).await;
    }

    /// Stays in the registry, and knows who else does. A task of the application.
    pub(crate) fn stay(&self, app: &Arc<App>) -> impl Future<Output = ()> + Send + use<> {
        Arc::clone(&self.registry).run(Arc::clone(app))
    }

    /// Leaves the registry.
    pub(crate) async fn leave(&self) {
        self.registry.leave().await;
    }

    /// What passes requests on.
    pub(crate) fn forwarding(&self, app: &Arc<App>, hold: WeakHold) -> Arc<Forwarding> {
        let pool = Pool::new(Arc::clone(&self.identity), Arc::clone(&self.registry));
        Arc::new(Forwarding::new(Arc::clone(app), self.prefix(), Arc::clone(&self.registry), pool, hold))
    }

    /// Takes what other nodes pass on, until the server stops.
    pub(crate) fn listen(&self, server: &Server, app: &App, listeners: Vec<TcpListener>, router: &Router) {
        for listener in listeners {
            let accepting = listener::accept(
                listener,
                self.identity.acceptor(),
                Arc::clone(&self.registry),
                (router.clone(), app.settings.connections),
                server.hold_to_the_end(),
            );
            tokio::spawn(accepting);
        }
    }
}

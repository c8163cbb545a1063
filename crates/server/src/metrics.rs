//! What is counted. Names and units are in `docs/operating.md`.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// The application's metrics.
#[derive(Clone, Default)]
pub(crate) struct Metrics {
    pub(crate) sign_ins_refused: Counter,
    pub(crate) rate_limited: Counter,
    pub(crate) messages_posted: Counter,
    pub(crate) changes_published: Counter,
    pub(crate) frames_bytes: Counter,
    pub(crate) holes_filled: Counter,
    pub(crate) requests_forwarded: Counter,
    pub(crate) requests_not_forwarded: Counter,
    pub(crate) nodes: Gauge,
    pub(crate) people_online: Gauge,
    pub(crate) sockets: Gauge,
    pub(crate) streams: Gauge,
}

impl Metrics {
    /// Metrics that are told to a registry.
    pub(crate) fn registered(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let it = &metrics;
        registry.register(
            "sign_ins_refused",
            "Sign-ins with a wrong name or password",
            it.sign_ins_refused.clone(),
        );
        registry.register("rate_limited", "Requests and events that came too often", it.rate_limited.clone());
        registry.register("messages_posted", "Messages stored and acknowledged", it.messages_posted.clone());
        registry.register("changes_published", "Changes handed to the nodes", it.changes_published.clone());
        registry.register_with_unit(
            "frames",
            "Bytes of changes encoded for clients, each counted once",
            Unit::Bytes,
            it.frames_bytes.clone(),
        );
        registry.register(
            "holes_filled",
            "Times that missing changes were read from the store",
            it.holes_filled.clone(),
        );
        registry.register(
            "requests_forwarded",
            "Requests of sockets passed on to the node that has the session",
            it.requests_forwarded.clone(),
        );
        registry.register(
            "requests_not_forwarded",
            "Requests of sockets whose node is unknown or does not answer",
            it.requests_not_forwarded.clone(),
        );
        registry.register("nodes", "Nodes in the registry, this one included", it.nodes.clone());
        registry.register("people_online", "People with a socket on this node", it.people_online.clone());
        registry.register("sockets", "Sockets on this node", it.sockets.clone());
        registry.register("streams", "Streams that this node follows", it.streams.clone());
        metrics
    }
}

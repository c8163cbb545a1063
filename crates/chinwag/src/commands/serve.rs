//! `chinwag serve`: the composition.

use std::net::SocketAddr;

use chinwag_server::{Application, BackEnds, Settings};
use chinwag_store::postgres;

use crate::broker::Broker;
use crate::commands::process;
use crate::config::advice::room_for_sockets;
use crate::config::{Config, Given, Loaded, cluster, load};
use crate::failure::Failure;
use crate::listeners::Bound;
use crate::signals::Signals;
use crate::{control, descriptors, jobs, listeners, live, logging, metrics, output, store, version};

/// Where addresses are chosen.
const LISTEN: &str = "--listen";
const METRICS_LISTEN: &str = "--metrics-listen";
const CLUSTER_LISTEN: &str = "--cluster-listen";

/// Runs the server until it is asked to end. With `no_worker` it does no jobs, whatever is configured.
pub(crate) fn serve(given: &Given, no_worker: bool) -> Result<(), Failure> {
    let mut loaded = load(given).map_err(Failure::Usage)?;
    if no_worker {
        loaded.config.jobs = 0;
    }
    process::run(loaded, run)
}

async fn run(loaded: Loaded, signals: Signals) -> Result<(), Failure> {
    let descriptors = descriptors::raise_limit();
    // What can fail comes first, and what leaves no trace first of all.
    let for_clients = listeners::bind_all(&loaded.config.listen, LISTEN)?;
    let for_metrics = listeners::bind_all(loaded.config.metrics_listen.as_slice(), METRICS_LISTEN)?;
    // A data folder has no other nodes.
    let cluster = loaded.config.cluster_listen.filter(|_| loaded.config.database.is_some());
    let for_nodes = listeners::bind_all(cluster.as_slice(), CLUSTER_LISTEN)?;
    let store = store::open_configured(&loaded.config).await?;
    let live = live::open_configured(&loaded.config)?;
    process::log_start(&loaded, descriptors);
    if let Some(options) = loaded.config.postgres() {
        for sentence in postgres::advice(&options).await.map_err(Failure::new)? {
            tracing::warn!("{sentence}");
        }
    }
    let config = loaded.config;
    let cluster_address = cluster::reached_at(&config, &addresses(&for_nodes));
    if config.database.is_some() && cluster_address.is_none() {
        tracing::info!(
            "cluster.listen is not set: if there are other nodes, HTTP long-polling needs sticky sessions"
        );
    }

    let mut registry = metrics::registry();
    metrics::add_store(&mut registry, &store);
    let base = base(&config.application, &addresses(&for_clients));
    let settings = Settings {
        cluster_address: cluster_address.clone(),
        ..settings(config.application.clone(), descriptors)
    };
    let ours = metrics::of_application(&mut registry);
    let broker = Broker::for_server(&config);
    logging::tell_errors_to(broker.log_stream.clone());
    let back_ends = BackEnds {
        store: store.store(),
        live: live.live(),
        log_stream: broker.log_stream.clone(),
        questions: broker.questions.clone(),
    };
    let application = Application::new(settings, back_ends, ours).map_err(Failure::new)?;
    let application = application.with_nodes_at(listeners::listen_on_all(for_nodes, CLUSTER_LISTEN)?);
    let application = match jobs::configured(&config) {
        Some(back_end) => application.with_jobs(&*back_end, config.jobs).await.map_err(Failure::new)?,
        None => application,
    };

    let control = control(&config, &application)?;
    drop(store);

    let first_administrator = application.first_administrator_path().await.map_err(Failure::new)?;
    let metrics_addresses = addresses(&for_metrics);
    let _metrics = metrics::Listener::start(listeners::listen_on_all(for_metrics, METRICS_LISTEN)?, registry);
    let client_addresses = addresses(&for_clients);
    // Who connects from here on is answered.
    let listeners = listeners::listen_on_all(for_clients, LISTEN)?;
    for address in client_addresses {
        output::tell(&format!("listening on http://{address}"));
    }
    if let Some(address) = &cluster_address {
        output::tell(&format!("other nodes at {address}"));
    }
    for address in metrics_addresses {
        output::tell(&format!("metrics at http://{address}/metrics"));
    }
    output::tell(&format!("open {base}"));
    if let Some(path) = first_administrator {
        output::tell(&format!("first administrator: {base}{path}"));
    }

    // If the store fails this is dropped, and the control socket with it, while the folder is still locked.
    let stop = async move {
        process::asked_to_end(signals).await;
        if let Some(control) = control {
            control.stop().await;
        }
    };
    let served = application.serve(listeners, stop).await;
    live.close().await;
    broker.leave().await;
    served.map_err(Failure::new)?;
    tracing::info!("stopped");
    Ok(())
}

/// What commands reach this process by. With PostgreSQL they need nobody: they do it themselves, and all nodes hear of it.
fn control(config: &Config, application: &Application) -> Result<Option<control::Server>, Failure> {
    if config.database.is_some() {
        return Ok(None);
    }
    let server = control::Server::start(&config.data, application.administration());
    server.map(Some).map_err(|error| {
        let folder = config.data.display();
        Failure::new(format!("The control socket in the data folder {folder} cannot be made: {error}."))
    })
}

/// What the application gets to know, with no more sockets than there are descriptors for: who comes too many is better
/// told so than left waiting.
fn settings(settings: Settings, descriptors: Option<u64>) -> Settings {
    let room =
        descriptors.map_or(usize::MAX, |most| usize::try_from(room_for_sockets(most)).unwrap_or(usize::MAX));
    Settings { commit: version::COMMIT, connections: settings.connections.min(room), ..settings }
}

/// The address to open, without a slash at its end.
fn base(settings: &Settings, addresses: &[SocketAddr]) -> String {
    if let Some(url) = &settings.public_url {
        return url.to_string().trim_end_matches('/').to_owned();
    }
    let local = addresses.iter().find(|address| address.ip().is_loopback() || address.ip().is_unspecified());
    match (local, addresses.first()) {
        (Some(address), _) => format!("http://localhost:{}", address.port()),
        (None, Some(address)) => format!("http://{address}"),
        (None, None) => String::new(),
    }
}

fn addresses(bound: &[Bound]) -> Vec<SocketAddr> {
    bound.iter().map(Bound::address).collect()
}

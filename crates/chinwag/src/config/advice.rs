//! What is valid but odd.

use std::net::IpAddr;

use chinwag_live::redis::Envelopes;

use super::{Loaded, providers};

#[cfg(test)]
mod tests;

/// Descriptors for other things than sockets: the database, listeners, requests in hand.
const OTHER_DESCRIPTORS: u64 = 100;

/// How many sockets fit into the descriptors that the system gives this process, at least one.
pub(crate) fn room_for_sockets(descriptors: u64) -> u64 {
    descriptors.saturating_sub(OTHER_DESCRIPTORS).max(1)
}

/// Whether something was given at the command line.
fn is_flag(loaded: &Loaded, name: &str) -> bool {
    let flag = format!("--{name}");
    let origin = loaded.chosen.iter().find(|chosen| chosen.item.name == name);
    origin.is_some_and(|chosen| chosen.origin.as_deref() == Some(flag.as_str()))
}

fn seen_password(flag: &str, variable: &str) -> String {
    format!(
        "The password in --{flag} can be seen by everybody on this machine; put it into the file or into {variable}."
    )
}

/// What an operator should know about a configuration, a sentence each.
///
/// `descriptors` is how many files and connections the system lets this process have open.
pub(crate) fn advice(loaded: &Loaded, descriptors: Option<u64>) -> Vec<String> {
    let config = &loaded.config;
    let settings = &config.application;
    let mut advice = Vec::new();
    if let Some(database) = &config.database {
        if database.can_be_tapped() {
            advice.push(
                "database is another machine, and it is not asked for a certificate: whoever is in between can read and \
                 change everything; use sslmode=verify-full."
                    .to_owned(),
            );
        }
        if database.has_password() && is_flag(loaded, "database") {
            advice.push(seen_password("database", "CHINWAG_DATABASE"));
        }
    }
    if let Some(redis) = &config.redis {
        if redis.can_be_tapped() {
            advice.push(
                "redis is another machine, and it is not reached by TLS: whoever is in between can read and change what \
                 passes; use rediss://."
                    .to_owned(),
            );
        }
        if redis.has_password() && is_flag(loaded, "redis") {
            advice.push(seen_password("redis", "CHINWAG_REDIS"));
        }
    }
    if config.envelopes == Envelopes::Previous {
        advice.push(
            "CHINWAG_TEST_ENVELOPES is for tests: this node speaks to others as the version before did, and has them speak \
             so too."
                .to_owned(),
        );
    }
    if config.cluster_listen.is_some() && config.database.is_none() {
        advice.push(
            "cluster.listen has no effect without database: other nodes cannot share a data folder."
                .to_owned(),
        );
    }
    if config.cluster_address.is_some() && config.cluster_listen.is_none() {
        advice.push("cluster.address has no effect without cluster.listen.".to_owned());
    }
    let public = settings.public_url.as_ref();
    let https = public.is_some_and(|url| url.scheme_str() == Some("https"));
    let local = public.and_then(|url| url.host()).is_some_and(is_local_name);
    if public.is_some() && !https && !local {
        advice.push(
            "public-url begins with http://, so passwords and messages can be read on their way; use https:// \
             behind a proxy with TLS."
                .to_owned(),
        );
    }
    advice.extend(providers::advice(&settings.providers, public, https || local));
    if public.is_none() && !config.listen.iter().all(|place| place.is_local()) {
        advice.push(
            "listen lets other machines in by plain HTTP; put a proxy with TLS before it and set public-url."
                .to_owned(),
        );
    }
    if https && settings.trusted_proxies.is_empty() {
        advice.push(
            "public-url is https:// but trusted-proxies is empty: everybody who comes through the proxy shares one \
             address and its limits. Set trusted-proxies to the proxy's address."
                .to_owned(),
        );
    }
    if let Some(all) = settings.trusted_proxies.iter().find(|network| network.prefix_len() == 0) {
        advice.push(format!(
            "trusted-proxies has {all}, so everybody can claim to be any address; name the proxies only."
        ));
    }
    if let Some(place) = config.metrics_listen
        && !place.is_local()
    {
        advice.push(format!("metrics-listen is {place}: whoever reaches that can read the metrics."));
    }
    if settings.outbox_bytes < settings.payload_bytes {
        advice.push(
            "limits.outbox-bytes is less than limits.payload-bytes: one large answer is enough to disconnect a slow \
             client."
                .to_owned(),
        );
    }
    if settings.outboxes_bytes < settings.outbox_bytes {
        advice.push(
            "limits.outboxes-bytes is less than limits.outbox-bytes: what may wait for all is less than what may wait \
             for one."
                .to_owned(),
        );
    }
    // Nobody has asked for the default.
    let asked = loaded
        .chosen
        .iter()
        .any(|chosen| chosen.item.name == "limits.connections" && chosen.origin.is_some());
    if let Some(most) =
        descriptors.filter(|most| asked && room_for_sockets(*most) < settings.connections as u64)
    {
        advice.push(format!(
            "limits.connections is {} but the system lets this process have {most} open files; raise its hard limit \
             (ulimit -Hn, or LimitNOFILE= of systemd).",
            settings.connections
        ));
    }
    advice
}

/// Whether a host is this machine by any of its usual names.
fn is_local_name(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

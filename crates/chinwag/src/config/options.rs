//! The one table of options.

use std::time::Duration;

use chinwag_model::{DeletedAccounts, SecondFactorRule, SignUp};

use super::option::{Item, Kind};
use super::{cluster, listen, values};

#[cfg(test)]
mod tests;

/// Bytes in a kibibyte.
const KIB: u64 = 1_024;

/// Every option, first those in no table of the file, then table by table.
pub(crate) static OPTIONS: &[Item] = &[
    Item {
        everyday: true,
        ..option(
            "listen",
            Kind::List(|config, list| listen::parse_list(list).map(|value| config.listen = value)),
            "localhost:3000",
            "ADDRESS:PORT",
            "addresses with ports, like 127.0.0.1:3000, [::1]:3000, 0.0.0.0:3000 for everybody, or localhost:3000",
            "Where people come in. localhost is 127.0.0.1 and, where the machine has it, ::1: this machine only. \
             Chinwag speaks plain HTTP; to let others in, put a proxy with TLS before it.",
        )
    },
    Item {
        everyday: true,
        ..option(
            "data",
            Kind::Text(|config, text| values::folder(text).map(|value| config.data = value)),
            "data",
            "FOLDER",
            "the path of a folder",
            "The folder in which everything is kept; made if it is not there. A path that does not begin with / is \
             found from the working folder.",
        )
    },
    Item {
        everyday: true,
        secret: true,
        ..option(
            "database",
            Kind::Text(|config, text| values::database(text).map(|value| config.database = value)),
            "",
            "URL",
            "postgres://user:password@host:port/database, with commas between several hosts, and after a ? \
             sslmode=disable, require or verify-full, and sslrootcert=FILE; or nothing",
            "The PostgreSQL database (15 or newer) in which everything is kept in place of the data folder, so that \
             several nodes can share it. Where it is another machine, TLS with a certificate for its name is asked for \
             unless sslmode says otherwise. Put a password into the file or the environment, not into a flag, which \
             everybody on the machine can see.",
        )
    },
    Item {
        everyday: true,
        secret: true,
        ..option(
            "redis",
            Kind::Text(|config, text| values::redis(text).map(|value| config.redis = value)),
            "",
            "URL",
            "redis://user:password@host:port/number, or redis-cluster:// with commas between several hosts; rediss:// and \
             rediss-cluster:// with TLS, and after a ? cacert=FILE; or nothing",
            "Redis (7 or newer), through which several nodes reach each other at once: messages, who is online, limits, \
             ended sessions. Everything goes on without it, others' messages within two seconds. Put a password into the \
             file or the environment, not into a flag, which everybody on the machine can see.",
        )
    },
    Item {
        everyday: true,
        secret: true,
        ..option(
            "amqp",
            Kind::Text(|config, text| values::amqp(text).map(|value| config.amqp = value)),
            "",
            "URL",
            "amqp://user:password@host:port/vhost, or amqps:// with TLS, and after a ? cacert=FILE; or nothing",
            "RabbitMQ (3.10 or newer), through which work that can wait gets to workers. Without it servers and workers do \
             it from the database, and while it is away work waits there. Put a password into the file or the environment, \
             not into a flag, which everybody on the machine can see.",
        )
    },
    option(
        "publish-log",
        Kind::Text(|config, text| values::yes_or_no(text).map(|value| config.publish_log = value)),
        "yes",
        "YES-OR-NO",
        "yes or no",
        "Whether RabbitMQ is told what happens, where there is one: requests, failed sign-ins, errors. `chinwag worker \
         --log-stream` shows it. What nobody reads is kept for the latest 100,000 entries.",
    ),
    option(
        "instance",
        Kind::Text(|config, text| {
            text.parse().map(|value| config.instance = value).map_err(|_: String| text.to_owned())
        }),
        "chinwag",
        "NAME",
        "a name of letters a to z, digits and _, a letter first, at most 40",
        "The name of this installation among those that share a PostgreSQL database, Redis or RabbitMQ: its tables are in the \
         schema of that name, and its keys, exchanges and queues begin with it.",
    ),
    Item {
        everyday: true,
        ..option(
            "public-url",
            Kind::Text(|config, text| {
                values::public_url(text).map(|value| config.application.public_url = value)
            }),
            "",
            "URL",
            "http:// or https:// with a host and nothing after it, like https://chat.example.org",
            "The address that people open, if it is not the one that the server sees: behind a proxy. Links are made \
             with it, and with https:// cookies never travel by plain HTTP. Empty: whatever address a request came to.",
        )
    },
    option(
        "trusted-proxies",
        Kind::List(|config, list| {
            values::networks(list).map(|value| config.application.trusted_proxies = value)
        }),
        "",
        "NETWORK",
        "addresses and networks, like 127.0.0.1, ::1 or 10.0.0.0/8",
        "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Without them everybody who comes through a \
         proxy counts as one address, and shares its limits.",
    ),
    option(
        "metrics-listen",
        Kind::Text(|config, text| listen::parse_optional(text).map(|value| config.metrics_listen = value)),
        "",
        "ADDRESS:PORT",
        "an address with a port, like 127.0.0.1:9090 or localhost:9090",
        "Where Prometheus finds /metrics; whoever reaches it may read them. Empty: off.",
    ),
    option(
        "log",
        Kind::Text(|config, text| text.parse().map(|value| config.log = value)),
        "info",
        "LEVEL",
        "error, warn, info, debug or trace, or a list like warn,chinwag_store=debug",
        "What is logged to standard error. A level alone is for Chinwag's own parts; its libraries stay quieter.",
    ),
    option(
        "log-format",
        Kind::Text(|config, text| text.parse().map(|value| config.log_format = value)),
        "auto",
        "FORMAT",
        "auto, text or json",
        "How it is logged. auto is text on a terminal and JSON otherwise.",
    ),
    option(
        "session-days",
        Kind::Number(1, 400, |config, days| {
            config.application.session_idle = Duration::from_secs(days * 24 * 3_600);
        }),
        "30",
        "DAYS",
        "",
        "After how many days without use people have to sign in again. (Browsers forget after 400.)",
    ),
    option(
        "session-most-days",
        Kind::Number(1, 400, |config, days| {
            config.application.session_most = Duration::from_secs(days * 24 * 3_600);
        }),
        "180",
        "DAYS",
        "",
        "After how many days people have to sign in again, however much they were here.",
    ),
    Item {
        everyday: true,
        ..option(
            "sign-up",
            Kind::Text(|config, text| {
                let way = values::choice(SignUp::ALL, SignUp::as_str, text);
                way.map(|way| config.application.rules.sign_up = way)
            }),
            "invitation",
            "WAY",
            "open, invitation or closed",
            "How accounts are made, until an administrator decides otherwise on the page Settings: open is by \
             everybody, invitation by links that administrators make, closed by `chinwag user add` alone.",
        )
    },
    option(
        "guests",
        Kind::Text(|config, text| {
            values::yes_or_no(text).map(|guests| config.application.rules.guests = guests)
        }),
        "no",
        "YES-OR-NO",
        "yes or no",
        "Whether people may come into open rooms with a handle alone, until an administrator decides otherwise on the \
         page Settings.",
    ),
    option(
        "deleted-accounts",
        Kind::Text(|config, text| {
            let what = values::choice(DeletedAccounts::ALL, DeletedAccounts::as_str, text);
            what.map(|what| config.application.rules.deleted_accounts = what)
        }),
        "keep-messages",
        "WHAT",
        "keep-messages or remove-messages",
        "What becomes of the messages of people who delete their account, until an administrator decides otherwise on \
         the page Settings: they stay, by a \"former member\", or they are deleted.",
    ),
    option(
        "second-factor",
        Kind::Text(|config, text| {
            let rule = values::choice(SecondFactorRule::ALL, SecondFactorRule::as_str, text);
            rule.map(|rule| config.application.rules.second_factor = rule)
        }),
        "nobody",
        "WHO",
        "nobody, administrators, staff or everybody",
        "Who has to have a second factor, until an administrator decides otherwise on the page Settings. Who has none yet \
         has to set one up before anything else.",
    ),
    option(
        "threads",
        Kind::Number(0, 1_024, |config, threads| {
            config.threads = (threads > 0).then(|| values::size(threads));
        }),
        "0",
        "NUMBER",
        "",
        "Threads that serve connections. 0: as many as there are cores.",
    ),
    option(
        "password-threads",
        Kind::Number(1, 64, |config, threads| config.application.password_threads = values::size(threads)),
        "2",
        "NUMBER",
        "",
        "How many passwords are hashed at once; each takes a core and 19 MiB for some tens of milliseconds.",
    ),
    option(
        "jobs",
        Kind::Number(0, 64, |config, jobs| config.jobs = values::size(jobs)),
        "4",
        "NUMBER",
        "",
        "How many jobs this process does at once: work that can wait, like taking away what somebody wrote who is banned. 0: \
         none, which are then left to `chinwag worker` or other nodes.",
    ),
    option(
        "cluster.listen",
        Kind::Text(|config, text| listen::parse_optional(text).map(|value| config.cluster_listen = value)),
        "",
        "ADDRESS:PORT",
        "an address with a port, like 10.0.0.1:7000; or nothing",
        "Where other nodes over the same database come in, by TLS with certificates that the nodes make themselves. What \
         comes to one node and belongs to a socket of another is passed on there, so that any node answers anything. \
         Empty: off, and with several nodes HTTP long-polling needs sticky sessions. Let nobody but the nodes reach it.",
    ),
    option(
        "cluster.address",
        Kind::Text(|config, text| cluster::address(text).map(|value| config.cluster_address = value)),
        "",
        "HOST:PORT",
        "a host with a port, like 10.0.0.1:7000 or node-1.internal:7000; or nothing",
        "Where the other nodes reach cluster.listen. Empty: there.",
    ),
    option(
        "limits.sign-in-per-minute",
        Kind::Limit(|config| &mut config.application.rules.limits.sign_in_per_minute),
        "10",
        "NUMBER",
        "",
        "Tries to sign in per minute to one account from one address. From one address there may be three times as many, to one account ten times.",
    ),
    option(
        "limits.accounts-per-hour",
        Kind::Limit(|config| &mut config.application.rules.limits.accounts_per_hour),
        "30",
        "NUMBER",
        "",
        "Accounts that may be made per hour from one address, guests included.",
    ),
    option(
        "limits.messages-per-minute",
        Kind::Limit(|config| &mut config.application.rules.limits.messages_per_minute),
        "240",
        "NUMBER",
        "",
        "Messages that one person may post, edit or delete per minute.",
    ),
    option(
        "limits.guest-messages-per-minute",
        Kind::Limit(|config| &mut config.application.rules.limits.guest_messages_per_minute),
        "30",
        "NUMBER",
        "",
        "Messages that one guest may post, edit or delete per minute.",
    ),
    option(
        "limits.rooms-per-hour",
        Kind::Limit(|config| &mut config.application.rules.limits.rooms_per_hour),
        "60",
        "NUMBER",
        "",
        "Rooms and direct conversations that one person may make per hour, people who are brought into rooms included.",
    ),
    option(
        "limits.payload-bytes",
        // The longest message, written in JSON as escapes, has to fit.
        Kind::Number(100_000, 100_000_000, |config, bytes| {
            config.application.payload_bytes = values::size(bytes);
        }),
        "1000000",
        "BYTES",
        "",
        "Most bytes in the body of a request or in a packet of a socket.",
    ),
    option(
        "limits.connections",
        Kind::Number(1, 10_000_000, |config, sockets| config.application.connections = values::size(sockets)),
        "100000",
        "NUMBER",
        "",
        "Most sockets that may be connected. Each takes a file descriptor as well.",
    ),
    option(
        "limits.connections-per-address",
        Kind::Number(1, 10_000_000, |config, sockets| {
            config.application.connections_per_address = values::size(sockets);
        }),
        "10000",
        "NUMBER",
        "",
        "Most sockets that may be connected from one address, which an office or a proxy that is not in trusted-proxies shares. An IPv6 network of 64 bits is one address.",
    ),
    option(
        "limits.outbox-bytes",
        Kind::Number(64 * KIB, 1_024 * KIB * KIB, |config, bytes| {
            config.application.outbox_bytes = values::size(bytes);
        }),
        "4194304",
        "BYTES",
        "",
        "Most bytes that may wait for one socket. Whoever is further behind is disconnected, comes back and catches up.",
    ),
    option(
        "limits.outboxes-bytes",
        Kind::Number(1_024 * KIB, 1_024 * 1_024 * KIB * KIB, |config, bytes| {
            config.application.outboxes_bytes = values::size(bytes);
        }),
        "268435456",
        "BYTES",
        "",
        "Most bytes that may wait for all sockets together, a message to many counted once. Beyond it those who are furthest behind are disconnected, come back and catch up.",
    ),
    option(
        "limits.drain-seconds",
        Kind::Number(1, 3_600, |config, seconds| config.application.drain = Duration::from_secs(seconds)),
        "10",
        "SECONDS",
        "",
        "How long sockets may take to go when the server ends. One of several nodes tells a thousand of them each second, but all within the half of this.",
    ),
    option(
        "store.connections",
        Kind::Number(5, 1_000, |config, connections| config.store_connections = values::size(connections)),
        "18",
        "NUMBER",
        "",
        "Most connections of this node to PostgreSQL.",
    ),
    option(
        "store.readers",
        Kind::Number(1, 64, |config, readers| config.store_readers = values::size(readers)),
        "2",
        "NUMBER",
        "",
        "Threads that read the database; each has a connection with a cache of 2 MB.",
    ),
];

/// An option that is neither a secret nor shown in the short help.
const fn option(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    placeholder: &'static str,
    allowed: &'static str,
    explanation: &'static str,
) -> Item {
    Item { name, kind, default, placeholder, allowed, explanation, secret: false, everyday: false }
}

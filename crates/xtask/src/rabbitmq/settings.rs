//! How a private RabbitMQ server is set up.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::{Ports, folder, installed::Installed};

/// The server's configuration, in its folder.
const FILE: &str = "rabbitmq.conf";

/// Where names of machines are looked up, in its folder.
const NAMES: &str = "names";

/// What differs from RabbitMQ's own defaults. What is confirmed is on the disk, as there.
const LINES: &[(&str, &str)] = &[
    ("default_user", "chinwag"),
    ("default_pass", "chinwag"),
    // Who fills it by mistake is told to wait, and the machine does not suffer.
    ("vm_memory_high_watermark.absolute", "512MiB"),
];

/// Where everything is in the server's folder, by the variables that say so. The machine's own server has settings as
/// well, and they do not count: where there could be some, the name is one that there is not.
const PLACES: &[(&str, &str)] = &[
    // It holds the secret by which nodes know each other.
    ("HOME", ""),
    ("ERL_INETRC", NAMES),
    ("RABBITMQ_PLUGINS_DIR", folder::PARTS),
    ("RABBITMQ_MNESIA_BASE", "data"),
    ("RABBITMQ_LOG_BASE", "data"),
    ("RABBITMQ_CONFIG_FILE", FILE),
    ("RABBITMQ_ENABLED_PLUGINS_FILE", "plugins"),
    ("RABBITMQ_CONF_ENV_FILE", "none"),
    ("RABBITMQ_CONFIG_FILES", "none"),
    ("RABBITMQ_ADVANCED_CONFIG_FILE", "none"),
    ("RABBITMQ_MOTD_FILE", "none"),
];

/// The node's name. Others may have the same, since they are with another port mapper.
const NODE: &str = "chinwag@localhost";

/// How a private RabbitMQ server differs from an ordinary one.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// A certificate and its key, both in PEM: then it speaks TLS only.
    pub certificate: Option<(String, String)>,
    /// More settings, as in `rabbitmq.conf`; they override ours.
    pub lines: Vec<(String, String)>,
}

impl Settings {
    pub(super) fn has_tls(&self) -> bool {
        self.certificate.is_some()
    }

    /// Writes the configuration, and what it refers to, into the server's folder.
    pub(super) fn write(&self, installed: &Installed, folder: &Path, ports: &Ports) -> Result<(), String> {
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text)
                .and_then(|()| installed.account.give(&path))
                .map_err(|error| format!("cannot configure RabbitMQ: {error}"))
        };
        let place = format!("127.0.0.1:{}", ports.clients.number());
        let mut lines: Vec<(&str, &str)> = LINES.to_vec();
        if let Some((certificate, key)) = &self.certificate {
            file("certificate.pem", certificate)?;
            file("key.pem", key)?;
            lines.extend([("listeners.tcp", "none"), ("listeners.ssl.1", &place)]);
            // Where it is at work.
            lines.push(("ssl_options.certfile", "certificate.pem"));
            lines.push(("ssl_options.keyfile", "key.pem"));
        } else {
            lines.push(("listeners.tcp.1", &place));
        }
        lines.extend(self.lines.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let text: String = lines.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
        file(FILE, &text)?;
        file(NAMES, &names()?)
    }
}

/// What tells the server and its port mapper where everything is.
pub(super) fn environment(folder: &Path, ports: &Ports) -> Vec<(&'static str, OsString)> {
    let distribution = ports.distribution.number();
    // Only this machine reaches what other nodes would. Who has a name from the beginning does not look for a free one.
    let erlang = format!(
        "-sname {NODE} -kernel inet_dist_use_interface {{127,0,0,1}} inet_dist_listen_min {distribution} \
         inet_dist_listen_max {distribution}"
    );
    let mut all: Vec<(&str, OsString)> =
        PLACES.iter().map(|(variable, name)| (*variable, folder.join(name).into_os_string())).collect();
    all.extend([
        ("ERL_EPMD_PORT", ports.mapper.number().to_string().into()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
        // The port mapper is ours. One that Erlang started would leave the folder, and stay.
        ("ERL_FLAGS", "-start_epmd false".into()),
        ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", erlang.into()),
        ("RABBITMQ_NODENAME", NODE.into()),
        ("RABBITMQ_DIST_PORT", distribution.to_string().into()),
        ("RABBITMQ_ENABLED_PLUGINS", "".into()),
        // To its output.
        ("RABBITMQ_LOGS", "-".into()),
        // The script becomes the server. Otherwise it stays, and passes on only some signals.
        ("RUNNING_UNDER_SYSTEMD", "true".into()),
    ]);
    all
}

/// The names of this machine, as Erlang takes them: others are not looked up, and these by nobody else, who could be slow
/// or know another address than the one that all listen on.
fn names() -> Result<String, String> {
    let machine = fs::read_to_string("/proc/sys/kernel/hostname")
        .map_err(|error| format!("cannot read the name of this machine: {error}"))?;
    let machine = machine.trim();
    let first = machine.split('.').next().unwrap_or(machine);
    Ok(format!(
        "{{lookup, [file]}}.\n{{host, {{127, 0, 0, 1}}, [\"localhost\", \"{machine}\", \"{first}\"]}}.\n"
    ))
}

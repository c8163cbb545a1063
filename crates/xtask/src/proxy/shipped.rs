//! The files of `deploy/`, with what must differ in a test.

use std::net::SocketAddr;
use std::path::Path;

use super::ProxyKind;

/// The configuration, in the proxy's folder.
pub(super) const FILE: &str = "configuration";

const NGINX: &str = include_str!("../../../../deploy/nginx/chinwag.conf");
const HAPROXY: &str = include_str!("../../../../deploy/haproxy/haproxy.cfg");

/// How many nodes the files name.
const NODES: usize = 3;

/// What a proxy is started with. Listens on `ports`, for HTTP and HTTPS.
///
/// # Errors
/// The file says something else than what is to be replaced, or there are more nodes than it names.
pub(super) fn configuration(
    kind: ProxyKind,
    nodes: &[SocketAddr],
    ports: (u16, u16),
    folder: &Path,
) -> Result<String, String> {
    if nodes.len() > NODES {
        return Err(format!("the files of deploy/ name {NODES} nodes, and not {}", nodes.len()));
    }
    let here = folder.display();
    let (plain, tls) = (format!("127.0.0.1:{}", ports.0), format!("127.0.0.1:{}", ports.1));
    let mut text = match kind {
        ProxyKind::Nginx => NGINX.to_owned(),
        ProxyKind::HaProxy => HAPROXY.to_owned(),
    };
    for number in (1..=NODES).rev() {
        let shipped = format!("10.0.0.{number}:3000");
        match nodes.get(number - 1) {
            // HAProxy names each of them twice.
            Some(node) if text.contains(&shipped) => text = text.replace(&shipped, &node.to_string()),
            Some(_) => return Err(format!("a file of deploy/ does not name {shipped}")),
            None => remove_lines(&mut text, &shipped)?,
        }
    }
    match kind {
        ProxyKind::Nginx => {
            replace(&mut text, "listen 80;", &format!("listen {plain};"))?;
            replace(&mut text, "listen 443 ssl http2;", &format!("listen {tls} ssl http2;"))?;
            for line in ["listen [::]:80;", "listen [::]:443 ssl http2;"] {
                remove_lines(&mut text, line)?;
            }
            text = text.replace("chat.example.org", "localhost");
            replace(&mut text, "/etc/ssl/chinwag/chain.pem", &format!("{here}/chain.pem"))?;
            replace(&mut text, "/etc/ssl/chinwag/key.pem", &format!("{here}/key.pem"))?;
            // What Debian's nginx.conf says around it, with all files in our folder.
            let indented = text.replace('\n', "\n    ");
            Ok(format!(
                "daemon off;\nworker_processes 2;\npid {here}/pid;\nerror_log {here}/log;\n\
                 events {{ worker_connections 4096; }}\nhttp {{\n    access_log off;\n    \
                 client_body_temp_path {here}/body;\n    proxy_temp_path {here}/proxy;\n    \
                 fastcgi_temp_path {here}/fastcgi;\n    uwsgi_temp_path {here}/uwsgi;\n    \
                 scgi_temp_path {here}/scgi;\n    {indented}\n}}\n"
            ))
        }
        ProxyKind::HaProxy => {
            replace(&mut text, "bind :80\n", &format!("bind {plain}\n"))?;
            replace(&mut text, "bind :443 ", &format!("bind {tls} "))?;
            replace(&mut text, "/etc/ssl/chinwag/both.pem", &format!("{here}/both.pem"))?;
            text = text.replace("chat.example.org", "localhost");
            // This machine lets a process have fewer files than a proxy for many people needs.
            replace(&mut text, "maxconn 200000", "maxconn 4000")?;
            Ok(text)
        }
    }
}

/// Replaces what stands there exactly once.
fn replace(text: &mut String, shipped: &str, ours: &str) -> Result<(), String> {
    match text.matches(shipped).count() {
        1 => {
            *text = text.replace(shipped, ours);
            Ok(())
        }
        count => Err(format!("a file of deploy/ says \"{shipped}\" {count} times, and not once")),
    }
}

/// Takes away the lines in which something stands.
fn remove_lines(text: &mut String, shipped: &str) -> Result<(), String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains(shipped)).collect();
    if lines.len() == text.lines().count() {
        return Err(format!("a file of deploy/ does not say \"{shipped}\""));
    }
    *text = lines.join("\n") + "\n";
    Ok(())
}

//! Nodes, what they share, and what stands before them.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chinwag_tests::namespace::Namespace;
use chinwag_tests::server::Server;
use tempfile::TempDir;
use xtask::{Postgres, Proxy, ProxyKind, Redis};

use crate::fault::Fault;

/// How long a node is cut off: longer than three times what is promised of who notices.
const CUT_OFF: Duration = Duration::from_secs(65);
/// How long Redis and PostgreSQL are away when they are restarted.
const AWAY: Duration = Duration::from_secs(2);

/// All of it.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Server>,
    /// Where the last node is, if that can be cut off.
    pub(crate) namespace: Option<Arc<Namespace>>,
    /// Whom clients are to believe.
    pub(crate) certificate: PathBuf,
    proxy: Proxy,
    postgres: Postgres,
    redis: Redis,
    _folder: TempDir,
}

impl Cluster {
    /// Two nodes, or with `many` three, of which the last can be cut off.
    pub(crate) async fn start(kind: ProxyKind, many: bool) -> Self {
        let namespace = many.then(|| Arc::new(Namespace::make()));
        let outer = namespace.as_ref().map_or("127.0.0.1", |namespace| namespace.outer()).to_owned();
        let postgres = Postgres::start_with(&[("listen_addresses", &format!("127.0.0.1, {outer}"))]).unwrap();
        let redis = Redis::start().unwrap();
        if let Some(namespace) = &namespace {
            let mut rules =
                OpenOptions::new().append(true).open(postgres.folder().join("data/pg_hba.conf")).unwrap();
            writeln!(rules, "host all all {}/32 trust", namespace.inner()).unwrap();
            postgres.query("SELECT pg_reload_conf()").unwrap();
            listen_at(&redis, &outer);
        }
        let here = |url: String, host: &str| url.replace("127.0.0.1", host);
        let node = |host: &str, address: &str| {
            // Beyond this machine it would want TLS.
            let node = Server::with().database(&here(postgres.url() + "?sslmode=disable", host));
            let node = node.env("CHINWAG_REDIS", &here(redis.url(), host));
            let node = node.env("CHINWAG_CLUSTER_LISTEN", &format!("{address}:0"));
            node.env("CHINWAG_TRUSTED_PROXIES", &format!("127.0.0.1,{outer}"))
        };
        let mut nodes = Vec::new();
        for _ in 0..2 {
            nodes.push(node("127.0.0.1", &outer).start().await);
        }
        if let Some(namespace) = &namespace {
            let node = node(&outer, namespace.inner()).namespace(namespace);
            nodes.push(node.start().await);
        }
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let certificate = folder.path().join("certificate.pem");
        fs::write(&certificate, made.cert.pem()).unwrap();
        let addresses: Vec<SocketAddr> = nodes.iter().map(|node| node.address().parse().unwrap()).collect();
        let key = made.signing_key.serialize_pem();
        let proxy = Proxy::start(kind, &addresses, &made.cert.pem(), &key).unwrap();
        Self { nodes, namespace, certificate, proxy, postgres, redis, _folder: folder }
    }

    /// Where clients come in.
    pub(crate) fn url(&self) -> String {
        self.proxy.url()
    }

    /// Lets it happen. What is only away for a while is back when this returns.
    pub(crate) async fn suffer(&mut self, fault: Fault) {
        match fault {
            Fault::Kill(node) => self.nodes[node].kill(),
            Fault::Stop(node) => assert!(self.nodes[node].stop().await.success()),
            Fault::RestartRedis => {
                self.redis.kill().unwrap();
                tokio::time::sleep(AWAY).await;
                self.redis.start_again().unwrap();
                if let Some(namespace) = &self.namespace {
                    listen_at(&self.redis, namespace.outer());
                }
            }
            Fault::EmptyRedis => drop(self.redis.ask(&["FLUSHALL"]).unwrap()),
            Fault::RestartPostgres => {
                self.postgres.stop().unwrap();
                tokio::time::sleep(AWAY).await;
                self.postgres.start_again().unwrap();
            }
            Fault::CutOff(_) => {
                self.namespace().cut_off();
                tokio::time::sleep(CUT_OFF).await;
            }
        }
    }

    /// Brings back what is gone.
    pub(crate) async fn recover(&mut self, fault: Fault) {
        match fault {
            Fault::Kill(node) | Fault::Stop(node) => self.nodes[node].restart().await,
            Fault::CutOff(_) => self.namespace().heal(),
            Fault::RestartRedis | Fault::EmptyRedis | Fault::RestartPostgres => {}
        }
    }

    fn namespace(&self) -> &Namespace {
        self.namespace.as_ref().expect("there is one where a node is to be cut off")
    }
}

/// Lets nodes of that network reach Redis, which asks for no password.
fn listen_at(redis: &Redis, address: &str) {
    redis.ask(&["CONFIG", "SET", "protected-mode", "no"]).unwrap();
    redis.ask(&["CONFIG", "SET", "bind", &format!("127.0.0.1 {address}")]).unwrap();
}

//! One connection to one Redis server.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, PushInfo, RedisConnectionInfo};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::options::{Address, Server};
use super::tls;

/// How long connecting may take, everything until the first answer included.
const CONNECT: Duration = Duration::from_secs(2);
/// Most commands of one connection that wait for answers: more than come in a second to a server that stands still.
const IN_FLIGHT: usize = 4_096;

/// Makes connections.
pub(super) struct Connector {
    address: Address,
    tls: Option<TlsConnector>,
}

/// A connection, which ends when this is dropped.
pub(super) struct Connection {
    /// Where commands are sent.
    pub(super) commands: MultiplexedConnection,
    driver: JoinHandle<()>,
}

impl Connector {
    /// What connects to servers of this address.
    ///
    /// # Errors
    /// A sentence about certificates that cannot be used.
    pub(super) fn new(address: Address) -> Result<Self, String> {
        let tls = tls::connector(&address)?;
        Ok(Self { address, tls })
    }

    /// Connects to one of the servers. What it says unasked is `heard`, which must not wait.
    ///
    /// # Errors
    /// What went wrong.
    pub(super) async fn connect(
        &self,
        server: &Server,
        heard: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> Result<Connection, String> {
        let connecting = self.try_connect(server, heard);
        let result = tokio::time::timeout(CONNECT, connecting).await;
        result.unwrap_or_else(|_| Err(format!("it does not answer within {} s", CONNECT.as_secs())))
    }

    async fn try_connect(
        &self,
        server: &Server,
        heard: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> Result<Connection, String> {
        let mut info = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP3)
            .set_lib_name("chinwag", env!("CARGO_PKG_VERSION"))
            .set_db(self.address.database);
        if let Some(user) = &self.address.user {
            info = info.set_username(user);
        }
        if let Some(password) = &self.address.password {
            info = info.set_password(password);
        }
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_connection_timeout(None)
            .set_concurrency_limit(IN_FLIGHT)
            .set_push_sender(move |push| {
                heard(push);
                Ok::<(), ()>(())
            });
        let stream = TcpStream::connect((server.host.as_str(), server.port)).await;
        let stream = stream.map_err(|error| error.to_string())?;
        // Whoever waits for an answer waits for the end of what was sent.
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (commands, driver) = match &self.tls {
            None => {
                let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
                let (commands, driver) = made.map_err(|error| error.to_string())?;
                (commands, tokio::spawn(driver))
            }
            Some(connector) => {
                let name = ServerName::try_from(server.host.clone()).map_err(|error| error.to_string())?;
                let stream = connector.connect(name, stream).await.map_err(|error| error.to_string())?;
                let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
                let (commands, driver) = made.map_err(|error| error.to_string())?;
                (commands, tokio::spawn(driver))
            }
        };
        Ok(Connection { commands, driver })
    }
}

impl Connection {
    /// Waits until it has ended by itself.
    pub(super) async fn ended(&mut self) {
        // However its task came to its end, it is the end.
        let _ = (&mut self.driver).await;
    }

    /// Whether it answers within this time.
    pub(super) async fn answers(&self, limit: Duration) -> bool {
        let mut commands = self.commands.clone();
        let ping = redis::cmd("PING");
        let asked = commands.send_packed_command(&ping);
        matches!(tokio::time::timeout(limit, asked).await, Ok(Ok(_)))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

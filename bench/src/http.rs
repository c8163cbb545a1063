//! JSON over HTTP, for setting up.

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::Fault;

/// A connection to a server, perhaps known by a token.
pub(crate) struct Http {
    address: String,
    sender: http1::SendRequest<Full<Bytes>>,
    /// Of a session.
    pub(crate) token: Option<String>,
}

impl Http {
    /// Connects.
    pub(crate) async fn connect(address: &str) -> Result<Self, Fault> {
        Ok(Self { address: address.to_owned(), sender: sender(address).await?, token: None })
    }

    /// Asks, and takes nothing but success. Servers close a connection on which nothing was asked for long.
    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: &Value) -> Result<Value, Fault> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address)
            .header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        if self.sender.ready().await.is_err() {
            self.sender = sender(&self.address).await?;
        }
        let response = self.sender.send_request(request.body(Full::new(body))?).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            return Err(format!("{method} {path}: {status} {}", String::from_utf8_lossy(&bytes)).into());
        }
        Ok(serde_json::from_slice(&bytes)?)
    }
}

async fn sender(address: &str) -> Result<http1::SendRequest<Full<Bytes>>, Fault> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

//! A server of HTTP that answers what it is told to, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Reply {
    Json(u16, Value),
    Text(u16, &'static str, String),
    /// To be asked elsewhere.
    Redirect(String),
    /// Never.
    Silence,
    /// One that begins and never ends: so many bytes, then a pause, and again.
    Endless(usize, Duration),
}

/// What a site answers.
type Answers = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A server on a port of its own, until it is dropped.
pub struct Site {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

impl Site {
    /// Starts one whose answers may depend on where it is.
    pub async fn start<F>(answers: impl FnOnce(&str) -> F) -> Self
    where
        F: Fn(&Asked) -> Reply + Send + Sync + 'static,
    {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers: Arc<Answers> = Arc::new(answers(&url));
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let seen = asked.clone();
        let app = Router::new().fallback(move |request: Request| {
            let (answers, seen) = (answers.clone(), seen.clone());
            async move {
                let request = read(request).await;
                let reply = answers(&request);
                seen.lock().unwrap().push(request);
                respond(reply).await
            }
        });
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, asked, serving }
    }

    /// What it was asked for at a path.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

async fn read(request: Request) -> Asked {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn respond(reply: Reply) -> Response<Body> {
    let with = |status: u16, kind: &str, body: Body| {
        Response::builder().status(status).header(header::CONTENT_TYPE, kind).body(body).unwrap()
    };
    match reply {
        Reply::Json(status, value) => {
            with(status, "application/json; charset=utf-8", value.to_string().into())
        }
        Reply::Text(status, kind, text) => with(status, kind, text.into()),
        Reply::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)], "elsewhere").into_response(),
        Reply::Silence => std::future::pending().await,
        Reply::Endless(bytes, pause) => {
            let piece = Bytes::from(vec![b' '; bytes]);
            let pieces = futures_util::stream::unfold(piece, move |piece| async move {
                tokio::time::sleep(pause).await;
                Some((Ok::<_, std::io::Error>(piece.clone()), piece))
            });
            with(200, "application/json", Body::from_stream(pieces))
        }
    }
}

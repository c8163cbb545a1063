//! What goes wrong on the way: answers that do not come, do not end, lead elsewhere, or are no answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinwag_providers::{HttpClient, Provider, ProviderError, ProviderSettings};
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::aws_lc_rs;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::issuer::Issuer;
use crate::site::{Reply, Site};
use crate::{BACK, provider};

const DISCOVERY: &str = "/.well-known/openid-configuration";

async fn with(path: &'static str, reply: Reply) -> Issuer {
    Issuer::with(|rules| drop(rules.replies.insert(path, reply))).await
}

#[tokio::test]
async fn whatever_is_no_answer_is_told_as_such() {
    let elsewhere = Site::start(|_| |_: &_| Reply::Json(200, json!({"keys": []}))).await;
    for path in [DISCOVERY, "/token", "/keys"] {
        for reply in [
            Reply::Text(200, "text/html", "<!DOCTYPE html><title>Sign in to the Wi-Fi</title>".to_owned()),
            Reply::Text(200, "application/json", String::new()),
            Reply::Text(200, "application/json", "{\"keys\": [".to_owned()),
            Reply::Text(200, "application/json", "[".repeat(200_000)),
            Reply::Text(
                200,
                "application/json",
                format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(256 * 1_024)),
            ),
            Reply::Text(503, "text/html", "<h1>Service Unavailable</h1>".to_owned()),
            Reply::Json(500, json!({})),
            Reply::Json(200, json!(null)),
            Reply::Redirect(format!("{}/", elsewhere.url)),
            Reply::Endless(16 * 1_024, Duration::ZERO),
        ] {
            let issuer = with(path, reply.clone()).await;
            let begun = Instant::now();
            let outcome = issuer.sign_in(&issuer.provider()).await;
            assert_eq!(outcome, Err(ProviderError::Unavailable), "{path} {reply:?}");
            assert!(begun.elapsed() < Duration::from_secs(9), "{path} {reply:?}");
        }
    }
    assert!(elsewhere.asked("/").is_empty(), "nobody was sent there");
}

/// The only test that takes as long as the limits are: 10 s for an answer, 5 s for a connection.
#[tokio::test]
async fn nobody_waits_for_ever() {
    let limited = async |seconds: u64, provider: Provider| {
        let begun = Instant::now();
        let outcome = timeout(Duration::from_secs(seconds + 10), provider.begin(BACK)).await;
        assert_eq!(outcome.expect("an end").err(), Some(ProviderError::Unavailable));
        let (least, most) = (Duration::from_millis(seconds * 1_000 - 200), Duration::from_secs(seconds + 4));
        assert!((least..most).contains(&begun.elapsed()), "{:?} in place of {seconds} s", begun.elapsed());
    };
    let silent = with(DISCOVERY, Reply::Silence).await;
    let dribbling = with(DISCOVERY, Reply::Endless(1, Duration::from_millis(100))).await;
    // It takes connections and says nothing, so TLS never begins.
    let deaf = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let url = Some(format!("https://{}", deaf.local_addr().unwrap()));
    let deaf = provider(ProviderSettings { url, ..silent.settings() });
    tokio::join!(limited(10, silent.provider()), limited(10, dribbling.provider()), limited(5, deaf));
}

#[tokio::test]
async fn a_failure_is_not_kept() {
    let issuer = with(DISCOVERY, Reply::Json(503, json!({}))).await;
    let provider = issuer.provider();
    assert_eq!(issuer.sign_in(&provider).await, Err(ProviderError::Unavailable));
    issuer.change(|rules| rules.replies.clear());
    assert!(issuer.sign_in(&provider).await.is_ok());
}

#[tokio::test]
async fn nobody_there_is_told_as_such() {
    let issuer = Issuer::start().await;
    let settings = issuer.settings();
    drop(issuer);
    assert_eq!(provider(settings).begin(BACK).await.err(), Some(ProviderError::Unavailable));
}

/// A server of HTTPS that knows one answer, the discovery document, whose authority nobody knows. Gives its address and the authority.
async fn https() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let document = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
    })
    .to_string();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let length = document.len();
            let answer =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{document}");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, certificate.pem())
}

#[tokio::test]
async fn certificates_are_looked_at() {
    let (url, authority) = https().await;
    let settings = ProviderSettings { url: Some(url.clone()), ..Issuer::start().await.settings() };
    let known = Provider::new(settings.clone(), HttpClient::new(Some(&authority)).unwrap()).unwrap();
    assert!(known.begin(BACK).await.unwrap().url.starts_with(&url));
    let unknown = provider(settings.clone());
    assert_eq!(unknown.begin(BACK).await.err(), Some(ProviderError::Unavailable));
    let elsewhere = Some(url.replace("localhost", "127.0.0.1"));
    let settings = ProviderSettings { url: elsewhere, ..settings };
    let another = Provider::new(settings, HttpClient::new(Some(&authority)).unwrap()).unwrap();
    assert_eq!(another.begin(BACK).await.err(), Some(ProviderError::Unavailable));
}

#[test]
fn what_is_no_certificate_is_told() {
    for bad in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(HttpClient::new(Some(bad)).is_err(), "{bad}");
    }
}

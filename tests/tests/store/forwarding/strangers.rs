//! Who gets in by the listener for nodes, and whom nodes believe.

use std::sync::Arc;
use std::time::Duration;

use chinwag_store::postgres::{Options, PostgresStore};
use chinwag_store::{Node, NodeId, Nodes};
use chinwag_tests::DEADLINE;
use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use uuid::Uuid;
use xtask::Postgres;

use super::raw::{assert_unknown, get};
use super::{node, two_nodes};
use crate::turns::together;

const LASTING: Duration = Duration::from_secs(600);
/// The id of the node that this test is, as session ids begin with it.
const ID: NodeId = NodeId(Uuid::nil());
const SESSION: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A certificate with its key.
struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
}

impl Identity {
    fn fresh() -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap().der().clone();
        Self { certificate, key: key.serialize_der().into() }
    }

    fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.certificate).into()
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.key.clone_key())
    }
}

/// Believes everybody.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// What a listener for nodes answers to these bytes, by TLS with this identity; nothing if it refuses.
async fn ask(address: &str, identity: Option<&Identity>, request: &str) -> String {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody));
    let config = match identity {
        // Not checked whether they belong together.
        Some(identity) => {
            let key = aws_lc_rs::default_provider().key_provider.load_private_key(identity.key()).unwrap();
            let shown = CertifiedKey::new(vec![identity.certificate.clone()], key);
            config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(shown)))
        }
        None => config.with_no_client_auth(),
    };
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("node").unwrap();
    let Ok(mut stream) = TlsConnector::from(Arc::new(config)).connect(name, stream).await else {
        return String::new();
    };
    answered(&mut stream, request).await
}

/// All that comes until the other side closes.
async fn answered(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), request: &str) -> String {
    let mut answer = Vec::new();
    let exchange = async {
        // Who refuses may close before it has read that.
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.flush().await;
        let _ = stream.read_to_end(&mut answer).await;
    };
    timeout(DEADLINE, exchange).await.expect("it closes");
    String::from_utf8(answer).unwrap()
}

fn request(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: chat\r\nConnection: close\r\n{headers}\r\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_in_whose_certificate_is_not_registered() {
    let _together = together().await;
    let url = Postgres::shared().new_database().unwrap();
    let a = node(&url).start().await;
    let address = a.printed_after("other nodes at ").await;
    let store = PostgresStore::open(&Options::new(url.parse().unwrap())).await.unwrap();
    let opening = "/socket.io/?EIO=4&transport=polling";
    let good = request(opening, "X-Chinwag-Client: 203.0.113.7 https\r\n");

    let [stranger, registered] = [Identity::fresh(), Identity::fresh()];
    let entry = |fingerprint| Node { id: ID, address: "127.0.0.1:1".into(), fingerprint };
    store.enter_node(entry(registered.fingerprint()), LASTING).await.unwrap();

    assert_eq!(ask(&address, Some(&stranger), &good).await, "");
    assert_eq!(ask(&address, None, &good).await, "");
    let mut plain = TcpStream::connect(&address).await.unwrap();
    assert!(!answered(&mut plain, &good).await.contains("HTTP"));
    let thief = Identity { certificate: registered.certificate.clone(), key: Identity::fresh().key };
    assert_eq!(ask(&address, Some(&thief), &good).await, "", "who has a certificate and not its key");

    let answer = ask(&address, Some(&registered), &good).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#"0{"sid":""#), "{answer}");
    let answer = ask(&address, Some(&registered), &request(opening, "")).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "it does not say who its client is: {answer}");
    for path in ["/", "/api/v1/session", "/readyz", "/socket.io/more"] {
        let answer = ask(&address, Some(&registered), &request(path, "X-Chinwag-Client: ::1 http\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    // What is passed on to it is not passed on again, even if it belongs to yet another node.
    let path = format!("{opening}&sid={SESSION}");
    let answer = ask(&address, Some(&registered), &request(&path, "X-Chinwag-Client: ::1 http\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("Session ID unknown"), "{answer}");
    assert!(a.log().contains("its certificate is not in the registry"), "{}", a.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_tells_nothing_to_whoever_has_taken_anothers_address() {
    let _together = together().await;
    let url = Postgres::shared().new_database().unwrap();
    let a = node(&url).start().await;
    let store = PostgresStore::open(&Options::new(url.parse().unwrap())).await.unwrap();
    let [registered, other] = [Identity::fresh(), Identity::fresh()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let entry = Node { id: ID, address, fingerprint: registered.fingerprint() };
    store.enter_node(entry, LASTING).await.unwrap();

    for (identity, is_believed) in [(&other, false), (&registered, true)] {
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate.clone()], identity.key())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let take = async {
            let called = timeout(DEADLINE, listener.accept()).await;
            let (stream, _) = called.expect("the node calls").unwrap();
            let mut heard = Vec::new();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                // It waits for an answer, or has gone.
                let _ = timeout(Duration::from_secs(1), stream.read_to_end(&mut heard)).await;
            }
            String::from_utf8(heard).unwrap()
        };
        let (heard, answer) = tokio::join!(take, get(&a, SESSION));
        assert_unknown(&answer);
        assert_eq!(heard.contains(SESSION), is_believed, "{heard}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_sessions_are_unknown_at_once() {
    let _together = together().await;
    let [a, _b] = two_nodes().await;
    let begun = std::time::Instant::now();
    let asked = (0..50).map(|_| get(&a, SESSION));
    for answer in futures_util::future::join_all(asked).await {
        assert_unknown(&answer);
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "after {:?}", begun.elapsed());
}

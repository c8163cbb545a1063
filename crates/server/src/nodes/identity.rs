//! Who a node is: an id, a key and a certificate, made anew each time that a process starts.

use std::sync::Arc;

use chinwag_socketio::SessionPrefix;
use chinwag_store::{Node, NodeId};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use uuid::Uuid;

use super::tls;

/// The SHA-256 of a certificate in DER.
pub(super) type Fingerprint = [u8; 32];

/// Why a node has no identity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    /// The system has no randomness to give.
    #[error("the system gives no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// There is no key, or no certificate.
    #[error("no certificate can be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// They cannot be used.
    #[error("TLS cannot be used: {0}")]
    Tls(#[from] rustls::Error),
}

/// A node's identity.
pub(super) struct Identity {
    id: NodeId,
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
    acceptor: TlsAcceptor,
}

impl Identity {
    /// A new one, kept nowhere but here.
    ///
    /// # Errors
    /// There is no randomness, or TLS cannot be used.
    pub(super) fn fresh() -> Result<Self, IdentityError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id)?;
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::default().self_signed(&key)?.der().clone();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let accepting = tls::accepting(certificate.clone(), PrivateKeyDer::Pkcs8(key.clone_key()))?;
        let acceptor = TlsAcceptor::from(Arc::new(accepting));
        Ok(Self { id: NodeId(Uuid::from_bytes(id)), certificate, key, acceptor })
    }

    /// How the ids of its sessions begin: with its own.
    pub(super) fn prefix(&self) -> SessionPrefix {
        SessionPrefix::new(self.id.0.into_bytes())
    }

    /// As the others know it, at this address.
    pub(super) fn as_node(&self, address: &str) -> Node {
        Node { id: self.id, address: address.to_owned(), fingerprint: fingerprint(&self.certificate) }
    }

    /// What lets other nodes in, whose certificates are still to be looked for in the registry.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// What connects to the one node that has this certificate.
    ///
    /// # Errors
    /// TLS cannot be used.
    pub(super) fn connector(&self, to: Fingerprint) -> Result<TlsConnector, rustls::Error> {
        let key = PrivateKeyDer::Pkcs8(self.key.clone_key());
        let config = tls::connecting(self.certificate.clone(), key, to)?;
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

/// What a certificate is known by.
pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> Fingerprint {
    Sha256::digest(certificate).into()
}

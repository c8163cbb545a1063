//! TLS on the way to Redis.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::options::Address;

/// What makes TLS connections; nothing where the address is without TLS.
///
/// # Errors
/// A sentence that says what to do.
pub(super) fn connector(address: &Address) -> Result<Option<TlsConnector>, String> {
    if !address.tls {
        return Ok(None);
    }
    let roots = match &address.authorities {
        Some(file) => roots_in(file)?,
        None => roots_of_the_machine()?,
    };
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be used ({error})."))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(TlsConnector::from(Arc::new(config))))
}

fn roots_in(file: &str) -> Result<RootCertStore, String> {
    let unusable = |reason: String| {
        format!("The certificates in {file} cannot be used ({reason}). cacert takes a file in PEM form.")
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))? {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() { Err(unusable("there are none".into())) } else { Ok(roots) }
}

fn roots_of_the_machine() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("This machine knows no certificate authorities. Install the package ca-certificates, or name a file \
                    with ?cacert= in the URL of Redis."
            .into());
    }
    Ok(roots)
}

//! The one client of HTTP, with its limits: 10 s for a request and 5 s of these to connect, answers of 256 KiB, no redirects.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, redirect, retry};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;
use url::Url;

use crate::failure::{Failure, said};

/// How long a request may take, to the last byte of its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long connecting may take, TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// Most bytes of an answer.
const ANSWER_BYTES: usize = 256 * 1_024;
/// For how long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(15);

/// The client of HTTP that all providers share. Cloning it is cheap.
///
/// What goes to `https:` addresses goes through the proxy that `HTTPS_PROXY` or `ALL_PROXY` names, unless `NO_PROXY` has the host.
/// What goes to `http:` addresses stays on this machine and goes through none, since it would leave the machine unencrypted.
#[derive(Clone, Debug)]
pub struct HttpClient {
    encrypted: Client,
    plain: Client,
}

/// What a provider answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// What is shown to be let in.
pub(crate) enum Credentials<'a> {
    None,
    /// RFC 7617; both already encoded as RFC 6749, section 2.3.1, wants it.
    Basic(&'a str),
    /// RFC 6750.
    Bearer(&'a str),
}

impl HttpClient {
    /// A client that believes the certificate authorities of this machine, and those in `more`, in PEM form.
    ///
    /// # Errors
    /// A sentence if `more` has no certificates that can be used, or TLS cannot be set up.
    pub fn new(more: Option<&str>) -> Result<Self, String> {
        let unusable = |error: &dyn std::fmt::Display| format!("TLS cannot be used ({error}).");
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?
            .with_root_certificates(authorities(more)?)
            .with_no_client_auth();
        let client = || {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(concat!("chinwag/", env!("CARGO_PKG_VERSION")))
                .timeout(PATIENCE)
                .connect_timeout(CONNECT)
                .redirect(redirect::Policy::none())
                .referer(false)
                .retry(retry::never())
                .pool_idle_timeout(IDLE)
                .pool_max_idle_per_host(2)
        };
        Ok(Self {
            encrypted: client().https_only(true).build().map_err(|error| unusable(&error))?,
            plain: client().no_proxy().build().map_err(|error| unusable(&error))?,
        })
    }

    pub(crate) async fn get(&self, url: Url, credentials: Credentials<'_>) -> Result<Answer, Failure> {
        let request = self.client(&url).get(url);
        answered(with(request, credentials)?).await
    }

    /// Posts a form.
    pub(crate) async fn post(
        &self,
        url: Url,
        credentials: Credentials<'_>,
        form: String,
    ) -> Result<Answer, Failure> {
        let request = self.client(&url).post(url);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        answered(with(request, credentials)?).await
    }

    fn client(&self, url: &Url) -> &Client {
        if url.scheme() == "https" { &self.encrypted } else { &self.plain }
    }
}

impl Answer {
    /// An answer that has to be there: JSON, with status 200.
    pub(crate) fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T, Failure> {
        let body = self.ok(what)?;
        serde_json::from_slice(body).map_err(|error| {
            Failure::unavailable(format!("{what} is not readable: {}", said(&error.to_string())))
        })
    }

    /// The body of an answer that has to be there.
    pub(crate) fn ok(&self, what: &str) -> Result<&[u8], Failure> {
        if self.status == 200 {
            return Ok(&self.body);
        }
        let body = said(&String::from_utf8_lossy(&self.body));
        Err(Failure::unavailable(format!("{what} came with status {}: {body}", self.status)))
    }
}

fn with(request: RequestBuilder, credentials: Credentials<'_>) -> Result<RequestBuilder, Failure> {
    let (scheme, value) = match credentials {
        Credentials::None => return Ok(request.header(ACCEPT, "application/json")),
        Credentials::Basic(value) => ("Basic", value),
        Credentials::Bearer(value) => ("Bearer", value),
    };
    let mut header = HeaderValue::try_from(format!("{scheme} {value}"))
        .map_err(|_| Failure::unavailable("the token cannot be sent"))?;
    header.set_sensitive(true);
    Ok(request.header(ACCEPT, "application/json").header(AUTHORIZATION, header))
}

async fn answered(request: RequestBuilder) -> Result<Answer, Failure> {
    let mut response = request.send().await.map_err(broken)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(broken)? {
        if body.len() + piece.len() > ANSWER_BYTES {
            return Err(Failure::unavailable(format!("the answer has more than {ANSWER_BYTES} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, body })
}

/// Without the address, in whose query something may be that is not for the log, but with its host and all reasons.
fn broken(error: reqwest::Error) -> Failure {
    let host = error.url().and_then(Url::host_str).unwrap_or_default().to_owned();
    let error = error.without_url();
    let mut detail = format!("{}: {error}", said(&host));
    let mut next = error.source();
    while let Some(reason) = next {
        detail.push_str(&format!(": {}", said(&reason.to_string())));
        next = reason.source();
    }
    Failure::unavailable(detail)
}

fn authorities(more: Option<&str>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = more {
        let unusable =
            |reason: &dyn std::fmt::Display| format!("The certificates cannot be used ({reason}).");
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| unusable(&error))?;
            roots.add(certificate).map_err(|error| unusable(&error))?;
        }
        if roots.len() == before {
            return Err(unusable(&"there are none"));
        }
    }
    Ok(roots)
}

//! Who comes, as far as the connection and the headers tell: from where, how, and with what.

use std::net::IpAddr;

use http::{Extensions, HeaderMap, header};

use crate::http::{client_address, is_https};
use crate::settings::Settings;

mod device;

/// How a request came in.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// From where.
    pub(crate) address: IpAddr,
    /// By HTTPS, as far as it is known.
    pub(crate) https: bool,
    /// With what, for the owner of a session to recognise.
    pub(crate) device: String,
    /// The address under which links to here can be opened, like `https://chat.example.org`, if it is known.
    base: Option<String>,
}

impl Visitor {
    /// What a request tells.
    pub(crate) fn of(settings: &Settings, extensions: &Extensions, headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let https = is_https(settings, extensions, headers);
        Self {
            address: client_address(settings, extensions, headers),
            https,
            device: device::name(agent.unwrap_or_default()),
            base: base(settings, headers, https),
        }
    }

    /// A path of ours as a link that others can open.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_deref().unwrap_or_default())
    }
}

/// Where links lead: to the configured address, or else to the host that this request names. Only who made the request sees
/// those, and no page of another site can make a browser name another host.
fn base(settings: &Settings, headers: &HeaderMap, https: bool) -> Option<String> {
    if let Some(url) = &settings.public_url {
        return Some(url.to_string().trim_end_matches('/').to_owned());
    }
    let host = headers.get(header::HOST)?.to_str().ok()?.parse::<http::uri::Authority>().ok()?;
    let plain = !host.as_str().contains('@');
    plain.then(|| format!("{}://{host}", if https { "https" } else { "http" }))
}

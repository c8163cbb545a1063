//! Who comes, as far as the connection and the headers tell: from where, how, and with what.

use std::net::IpAddr;

use http::{Extensions, HeaderMap, HeaderValue, header};

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
    /// What the browser says of itself.
    agent: Option<HeaderValue>,
    /// What it was asked for under.
    host: Option<HeaderValue>,
}

impl Visitor {
    /// What a request tells.
    pub(crate) fn of(settings: &Settings, extensions: &Extensions, headers: &HeaderMap) -> Self {
        Self {
            address: client_address(settings, extensions, headers),
            https: is_https(settings, extensions, headers),
            agent: headers.get(header::USER_AGENT).cloned(),
            host: headers.get(header::HOST).cloned(),
        }
    }

    /// With what they come, for the owner of a session to recognise.
    pub(crate) fn device(&self) -> String {
        device::name(self.agent.as_ref().and_then(|agent| agent.to_str().ok()).unwrap_or_default())
    }

    /// A path of ours as a link that others can open.
    pub(crate) fn link(&self, settings: &Settings, path: &str) -> String {
        format!("{}{path}", self.base(settings).unwrap_or_default())
    }

    /// The host by which they know the server, for people.
    pub(crate) fn shown_host(&self, settings: &Settings) -> String {
        let base = self.base(settings).unwrap_or_default();
        base.split_once("://").map_or("", |(_, host)| host).to_owned()
    }

    /// Where links lead, like `https://chat.example.org`, if it is known: to the configured address, or else to the host
    /// that this request names. Only who made the request sees those, and no page of another site can make a browser name
    /// another host.
    fn base(&self, settings: &Settings) -> Option<String> {
        if let Some(url) = &settings.public_url {
            return Some(url.to_string().trim_end_matches('/').to_owned());
        }
        let host = self.host.as_ref()?.to_str().ok()?.parse::<http::uri::Authority>().ok()?;
        let plain = !host.as_str().contains('@');
        plain.then(|| format!("{}://{host}", if self.https { "https" } else { "http" }))
    }
}

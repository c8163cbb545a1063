//! Whether a request comes from a page of ours.

use http::Uri;
use http::header;
use http::request::Parts;

use crate::app::App;

#[cfg(test)]
mod tests;

/// Whether a socket's handshake comes from a page of ours, or from no page at all. Programs that are no browsers send no
/// `Origin`. Browsers send it with each WebSocket handshake and each request whose answer a page may read; with others
/// they send no cookie either, since ours is `SameSite=Lax`.
pub(crate) fn same_origin(app: &App, parts: &Parts) -> bool {
    let Some(origin) = parts.headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = parts.uri.authority().map(|authority| authority.as_str());
    let host = host.or_else(|| parts.headers.get(header::HOST)?.to_str().ok());
    is_ours(origin, app.settings.public_url.as_ref(), host)
}

fn is_ours(origin: &str, public_url: Option<&Uri>, host: Option<&str>) -> bool {
    let Ok(origin) = origin.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (origin.scheme_str(), origin.authority()) else { return false };
    if let Some(url) = public_url
        && url.scheme_str() == Some(scheme)
        && url.authority() == Some(authority)
    {
        return true;
    }
    matches!(scheme, "http" | "https")
        && host.is_some_and(|host| authority.as_str().eq_ignore_ascii_case(host))
}

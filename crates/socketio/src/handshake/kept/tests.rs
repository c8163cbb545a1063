use std::net::Ipv4Addr;

use axum::extract::OriginalUri;
use http::header::{ACCEPT_LANGUAGE, COOKIE, USER_AGENT};
use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug, PartialEq)]
struct Layered(u8);

fn request(uri: Uri, headers: HeaderMap) -> Request {
    let mut extensions = Extensions::new();
    extensions.insert(Layered(7));
    extensions.insert(OriginalUri(Uri::from_static("/outside/socket.io/?EIO=4")));
    let peer = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 4000)));
    Request { time: SystemTime::now(), uri, headers, extensions, peer, over_tls: Some(true) }
}

fn kept(request: &Request) -> Arc<Request> {
    Kept::new(request).request()
}

#[test]
fn a_request_comes_back_as_it_was() {
    let mut headers = HeaderMap::new();
    headers.append(COOKIE, HeaderValue::from_static("a=1; b=:2"));
    headers.append(COOKIE, HeaderValue::from_static("c=3"));
    headers.append(ACCEPT_LANGUAGE, HeaderValue::from_static(""));
    headers.append(USER_AGENT, HeaderValue::from_bytes(b"caf\xe9\t!").unwrap());
    headers.append(HeaderName::from_static("x-own"), HeaderValue::from_static("!plain"));
    let mut secret = HeaderValue::from_static("Bearer x");
    secret.set_sensitive(true);
    headers.append("authorization", secret);
    let before = request(Uri::from_static("https://host:1/socket.io/?EIO=4&name=a%20b"), headers);

    let after = kept(&before);

    assert_eq!(after.uri, before.uri);
    assert_eq!(after.headers, before.headers);
    assert!(after.headers["authorization"].is_sensitive());
    assert!(!after.headers["x-own"].is_sensitive());
    assert_eq!(after.extensions.get(), Some(&Layered(7)));
    assert_eq!(after.extensions.get::<OriginalUri>().unwrap().path(), "/outside/socket.io/");
    assert_eq!((after.time, after.peer, after.over_tls), (before.time, before.peer, before.over_tls));
}

proptest! {
    #[test]
    fn any_request_comes_back(
        path in "/[!-~&&[^#?\\\\^`{|}\"<>]]{0,20}(\\?[a-zA-Z0-9=&%./!:]{0,20})?",
        headers in prop::collection::vec(("[a-z-]{1,12}", prop::collection::vec(any::<u8>(), 0..20)), 0..12),
    ) {
        let Ok(uri) = Uri::try_from(path) else { return Ok(()) };
        let headers: HeaderMap = headers
            .into_iter()
            .filter_map(|(name, value)| {
                Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(&value).ok()?))
            })
            .collect();
        let before = request(uri, headers);
        let after = kept(&before);
        prop_assert_eq!(&after.uri, &before.uri);
        prop_assert_eq!(&after.headers, &before.headers);
    }
}

//! What an issuer says of itself: no address in it is anything but https, or of this machine if the issuer is.
#![no_main]

use chinwag_providers::wire::discovery::Discovery;
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|input: &[u8]| {
    for issuer in ["https://issuer.example", "http://127.0.0.1:8080"] {
        match Discovery::read(input, issuer) {
            Ok(read) => {
                for url in [&read.authorization_endpoint, &read.token_endpoint, &read.jwks_uri] {
                    check(url, issuer);
                }
                read.userinfo_endpoint.iter().for_each(|url| check(url, issuer));
            }
            Err(unusable) => {
                let text = unusable.to_string();
                assert!(text.chars().count() < 1_000 && !text.chars().any(char::is_control), "{text:?}");
            }
        }
    }
});

fn check(url: &Url, issuer: &str) {
    let host = url.host_str().expect("a host");
    let here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    assert!(
        url.scheme() == "https" || (issuer.starts_with("http:") && url.scheme() == "http" && here),
        "{url}"
    );
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{url}");
}

//! Signing in by providers that run in the test's own process: a real server of HTTP each, on a port of its own.
#![allow(unreachable_pub, reason = "its parts are modules")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that finds something else fails"
)]

mod facebook;
mod github;
mod id_tokens;
mod issuer;
mod keys;
mod network;
mod openid;
mod proxy;
mod rotation;
mod said;
mod site;

use chinwag_providers::{Begun, Callback, HttpClient, Person, Provider, ProviderError, ProviderSettings};

/// Where browsers come back to.
const BACK: &str = "https://chat.example/sign-in/one/back";

/// One that asks over the network as it is.
fn provider(settings: ProviderSettings) -> Provider {
    Provider::new(settings, HttpClient::new(None).unwrap()).unwrap()
}

/// The parameters of a query.
fn parameters(query: &str) -> Vec<(String, String)> {
    let url = url::Url::parse(&format!("http://x/?{query}")).unwrap();
    url.query_pairs().into_owned().collect()
}

/// One of them, which is there once.
fn parameter(query: &str, name: &str) -> String {
    let all = parameters(query);
    let mut values = all.iter().filter(|(other, _)| other == name).map(|(_, value)| value.clone());
    let value = values.next().unwrap_or_else(|| panic!("no {name} in {query}"));
    assert_eq!(values.next(), None, "{name} twice in {query}");
    value
}

/// What is behind the question mark of an address.
fn query(url: &str) -> String {
    url.split_once('?').unwrap().1.to_owned()
}

/// Comes back with this code.
async fn finish_with(provider: &Provider, begun: &Begun, code: &str) -> Result<Person, ProviderError> {
    let callback = format!("code={code}&state={}", begun.pending.state);
    provider.finish(BACK, &Callback::parse(&callback).unwrap(), &begun.pending).await
}

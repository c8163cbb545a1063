//! Who somebody is elsewhere: a client of OAuth 2 and OpenID Connect. Knows nothing of chat.
//!
//! A [`Provider`] is GitHub, Google, Facebook or any issuer of OpenID Connect, made from [`ProviderSettings`]. Signing in takes
//! two steps, and nothing is remembered here between them:
//!
//! 1. [`Provider::begin`] gives the address to send the browser to, and what is to be kept until it comes back: [`Pending`].
//!    Whoever calls keeps it where it can be taken once, finds it by its `state`, forgets it after some minutes, and knows which
//!    browser it belongs to.
//! 2. [`Callback::parse`] reads what the browser comes back with, and [`Provider::finish`] says who it is: a [`Person`].
//!
//! | module | what it holds |
//! |---|---|
//! | `provider` | the two steps |
//! | `github`, `facebook`, `openid` | what is each provider's own |
//! | `token` | a code becomes an access token |
//! | `http` | the one client of HTTP, with its limits |
//! | `cached` | what issuers say of themselves, asked for seldom |
//! | [`wire`] | what providers send, read: pure functions over bytes |
//!
//! What a provider says about a failure goes to the log, cleaned and cut, and never to people: they get the sentence of a
//! [`ProviderError`].

#![forbid(unsafe_code)]

mod address;
mod cached;
mod callback;
mod error;
mod facebook;
mod failure;
mod github;
mod http;
mod openid;
mod pending;
mod person;
mod provider;
mod secret;
mod settings;
mod token;
pub mod wire;

pub use callback::Callback;
pub use error::ProviderError;
pub use http::HttpClient;
pub use pending::{Begun, Pending};
pub use person::{Email, Person};
pub use provider::Provider;
pub use secret::Secret;
pub use settings::{ProviderKind, ProviderSettings, SettingFault};

//! The Chinwag application: accounts, rooms and messages over HTTP, Socket.IO and plain pages.
//!
//! [`Application::new`] puts it together over a store and a live back end that somebody else has chosen;
//! [`Application::serve`] runs it on listeners until it is told to stop.
//!
//! | module | what it holds |
//! |---|---|
//! | `accounts` | making accounts, signing in and out, who somebody is |
//! | `actions` | what people do, one file per action, shared by sockets and HTTP |
//! | `fan_out` | publishers and the hub: from the store's feed to this node's sockets |
//! | `http` | the API, the pages, and what all requests go through |
//! | `socket` | connecting, and which event is which action |
//! | `nodes` | other nodes over the same store: who they are, and passing requests on to them |
//! | `jobs` | work that can wait, a file for each kind |
//! | `slash_commands` | what people ask workers of others for |
//! | `signing` | short-lived tokens and the keys that sign them |
//! | `limits` | every rate limit, in one place |
//! | [`settings`] | what an operator may set |

mod accounts;
mod actions;
mod app;
mod application;
mod error;
mod fan_out;
mod http;
mod jobs;
mod limits;
mod links;
mod metrics;
mod nodes;
mod object;
mod outage;
mod passwords;
mod pictures;
mod rules;
mod serve;
pub mod settings;
mod shared_store;
mod signing;
mod slash_commands;
mod socket;
mod times;
mod tokens;
mod version;
mod visitor;
mod work;

pub use accounts::SignInProvider;
pub use accounts::{Administration, AdministrationError};
pub use application::{Application, ApplicationError, BackEnds};
pub use jobs::Worker;
pub use rules::{Effective, EffectiveLimits, LIMIT_MOST};
pub use settings::Settings;
pub use slash_commands::SlashCommand;
pub use version::VERSION;

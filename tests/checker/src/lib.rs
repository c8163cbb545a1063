//! The checker of the delivery rule: nothing acknowledged is lost, doubled or out of order, and what anybody sees is what
//! is stored.
//!
//! Tests record what each client sent, what it was answered and what it saw ([`History`]), read what is stored in the end
//! ([`Stored`]), and ask [`check`] whether the one can be true of the other. It knows nothing of how servers work, and
//! reads the database with statements of its own, so that it cannot share their faults.
//!
//! | module | what it has |
//! |---|---|
//! | [`history`] | what a client did and heard, in its order |
//! | [`seen`] | what a client is shown: frames of changes, messages, members, rooms |
//! | [`picture`] | what a client knows, kept by the delivery rule of docs/api.md |
//! | [`stored`] | what the store has, read from a data folder or a PostgreSQL database |
//! | [`fault`] | what can be wrong |
//! | `check` | one file for each promise |
//!
//! Texts of posts and edits must differ from each other within a history, so that what is stored twice can be told from
//! what was said twice. A history has everything that its user did, but for making the account, so that what nobody asked
//! for can be told as well.

mod check;
pub mod fault;
pub mod history;
pub mod picture;
pub mod seen;
pub mod stored;

pub use check::check;
pub use fault::Fault;
pub use history::{Answer, Command, Event, History};
pub use picture::{Picture, Step};
pub use stored::Stored;

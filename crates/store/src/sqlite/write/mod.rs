//! Commands, one per file, and the [`Batch`] in which they are carried out.

mod batch;
mod create_room;
mod create_user;
mod delete;
mod edit;
mod maintain;
mod membership;
mod nonce;
mod post;
mod session;
mod set_password;

pub(super) use batch::{Batch, Installation, Memory};
pub(super) use create_room::CreateRoom;
pub(super) use create_user::CreateUser;
pub(super) use delete::Delete;
pub(super) use edit::EditMessage;
pub(super) use maintain::Maintain;
pub(super) use membership::{Join, Leave, Remove};
pub(super) use post::PostMessage;
pub(super) use session::{CreateSession, EndSession, ExtendSession};
pub(super) use set_password::SetPassword;

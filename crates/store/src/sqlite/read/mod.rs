//! Questions, each answered from one snapshot.

mod accounts;
mod people;
mod permit;
mod rooms;
mod sessions;
mod streams;
mod targets;
mod workspace;

#[cfg(test)]
mod tests;

pub(super) use accounts::{credentials, credentials_of, has_administrator};
pub(super) use people::{account, accounts, avatar, own_messages, person, reset, search_people};
pub(super) use permit::permit;
pub(super) use rooms::{me, members, room_page, workspace_page};
pub(super) use sessions::{any_session_over, session, sessions};
pub(super) use streams::{changes, followed, heads, sync};
pub(super) use workspace::{audit, invitation, invitations, room_list, settings};

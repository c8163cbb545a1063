//! Questions, each answered from one snapshot.

mod accounts;
mod rooms;
mod streams;
mod targets;

pub(super) use accounts::{accounts, credentials, has_administrator, session};
pub(super) use rooms::{me, members, room_page, workspace_page};
pub(super) use streams::{changes, followed, heads, sync};

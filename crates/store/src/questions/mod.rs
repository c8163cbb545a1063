//! Questions, each answered from one snapshot, whatever database it is of.

mod accounts;
mod catch_up;
mod identities;
mod jobs;
mod nodes;
mod people;
mod permit;
mod rooms;
mod search;
mod second_factors;
mod sessions;
mod tokens;
mod workspace;

pub(crate) use accounts::{credentials, credentials_of, has_administrator};
pub(crate) use catch_up::{Budget, ChangeRow, Last};
pub(crate) use identities::{credentials_by_identity, identities};
pub(crate) use jobs::{count_jobs, job, jobs};
pub(crate) use nodes::nodes;
pub(crate) use people::{
    account, accounts, avatar, own_messages, person, reset, search_people, thumbnail, without_thumbnail,
};
pub(crate) use permit::{may_be_here, permit};
pub(crate) use rooms::{head, me, member, members, membership, room_data, room_page, workspace_page};
pub(crate) use search::search;
pub(crate) use second_factors::{authenticator, second_factor};
pub(crate) use sessions::{any_session_over, session, sessions};
pub(crate) use tokens::{count_tokens, signing_keys, tokens};
pub(crate) use workspace::{audit, invitation, invitations, room_list, settings};

/// The end of all texts that begin alike.
fn beyond(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

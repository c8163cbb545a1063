//! Encoding changes for clients, once for all of them.

use bytes::Bytes;
use chinwag_live::Envelope;
use chinwag_model::change::State;
use chinwag_model::{Change, Epoch, Rev, StreamId};
use serde::Serialize;

/// The payload of `stream:changes`, as documented in `docs/api.md`.
#[derive(Serialize)]
struct StreamChanges<'a> {
    stream: StreamId,
    epoch: Epoch,
    from: Rev,
    rev: Rev,
    changes: &'a [Change],
}

/// Puts the changes of one stream after `from` up to `through` into an envelope.
pub(super) fn envelope(
    epoch: Epoch,
    stream: StreamId,
    from: Rev,
    through: Rev,
    changes: &[Change],
) -> Result<Envelope, serde_json::Error> {
    let payload = serde_json::to_vec(&StreamChanges { stream, epoch, from, rev: through, changes })?;
    let left = changes.iter().filter_map(|change| match change.state {
        State::MemberGone(user) => Some((change.rev, user)),
        _ => None,
    });
    let moved =
        |change: &Change| matches!(change.state, State::Membership { .. } | State::MembershipGone { .. });
    Ok(Envelope {
        stream,
        from,
        through,
        left: left.collect(),
        moved: changes.iter().any(moved),
        payload: Bytes::from(payload),
    })
}

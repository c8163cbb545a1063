//! Encoding changes for clients, once for all of them.

use std::sync::Arc;

use bytes::Bytes;
use chinwag_live::Envelope;
use chinwag_model::change::State;
use chinwag_model::{Change, Epoch, Rev, StreamId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[cfg(test)]
mod tests;

/// The payload of `stream:changes`, as documented in `docs/api.md`.
#[derive(Serialize)]
struct StreamChanges<'a, C> {
    stream: StreamId,
    epoch: Epoch,
    from: Rev,
    rev: Rev,
    changes: &'a [C],
}

/// What is read of a payload to take it apart.
#[derive(Deserialize)]
struct Encoded<'a> {
    epoch: Epoch,
    #[serde(borrow)]
    changes: Vec<&'a RawValue>,
}

/// What is read of a change.
#[derive(Deserialize)]
struct Numbered {
    rev: Rev,
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
        epoch: Some(epoch),
        from,
        through,
        left: left.collect(),
        moved: changes.iter().any(moved),
        payload: Bytes::from(payload),
    })
}

/// One envelope of several of one stream and epoch that follow upon each other.
pub(super) fn join(first: &Envelope, more: &[Arc<Envelope>]) -> Result<Envelope, serde_json::Error> {
    let Encoded { epoch, mut changes } = serde_json::from_slice(&first.payload)?;
    let Envelope { stream, from, mut through, mut moved, .. } = *first;
    let mut left = first.left.clone();
    for part in more {
        let encoded: Encoded<'_> = serde_json::from_slice(&part.payload)?;
        if encoded.epoch != epoch {
            return Err(serde::de::Error::custom("parts of two epochs"));
        }
        changes.extend(encoded.changes);
        left.extend(&part.left);
        moved |= part.moved;
        through = part.through;
    }
    let payload =
        serde_json::to_vec(&StreamChanges { stream, epoch, from, rev: through, changes: &changes })?;
    Ok(Envelope { stream, epoch: first.epoch, from, through, left, moved, payload: Bytes::from(payload) })
}

/// What an envelope has after `known`, up to where its beginning was delivered already.
pub(super) fn rest(envelope: &Envelope, known: Rev) -> Result<Envelope, serde_json::Error> {
    let Encoded { epoch, changes } = serde_json::from_slice(&envelope.payload)?;
    let mut rest = Vec::with_capacity(changes.len());
    for change in changes {
        if serde_json::from_str::<Numbered>(change.get())?.rev > known {
            rest.push(change);
        }
    }
    let Envelope { stream, through, moved, .. } = *envelope;
    let payload =
        serde_json::to_vec(&StreamChanges { stream, epoch, from: known, rev: through, changes: &rest })?;
    let left = envelope.left.iter().copied().filter(|(rev, _)| *rev > known).collect();
    Ok(Envelope {
        stream,
        epoch: Some(epoch),
        from: known,
        through,
        left,
        moved,
        payload: Bytes::from(payload),
    })
}

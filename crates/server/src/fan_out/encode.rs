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

/// One envelope of several that follow upon each other in one stream and epoch; `None` of none.
pub(super) fn join(parts: &[Arc<Envelope>]) -> Result<Option<Envelope>, serde_json::Error> {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(None) };
    let (stream, from, through) = (first.stream, first.from, last.through);
    let read: Result<Vec<Encoded<'_>>, _> =
        parts.iter().map(|part| serde_json::from_slice(&part.payload)).collect();
    let read = read?;
    let Some(epoch) = read.first().map(|encoded| encoded.epoch) else { return Ok(None) };
    let changes: Vec<&RawValue> = read.into_iter().flat_map(|encoded| encoded.changes).collect();
    let payload =
        serde_json::to_vec(&StreamChanges { stream, epoch, from, rev: through, changes: &changes })?;
    Ok(Some(Envelope {
        stream,
        epoch: first.epoch,
        from,
        through,
        left: parts.iter().flat_map(|part| part.left.iter().copied()).collect(),
        moved: parts.iter().any(|part| part.moved),
        payload: Bytes::from(payload),
    }))
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

//! Catching up.

use std::collections::HashMap;

use chinwag_model::{Change, Cursor, Epoch, Rev, Scope, StreamId};
use chinwag_store::{Caught, SYNC_STREAMS};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::{Action, Needs};
use crate::app::{App, Who};
use crate::error::Error;

/// Asks what differs from these cursors.
#[derive(Deserialize)]
pub(crate) struct Sync {
    pub(crate) cursors: HashMap<StreamId, Cursor>,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    epoch: Epoch,
    streams: Streams,
    more: bool,
}

struct Streams(Vec<(StreamId, Stream)>);

#[derive(Serialize)]
#[serde(untagged)]
enum Stream {
    Page { from: Rev, rev: Rev, head: Rev, more: bool, changes: Vec<Change> },
    Reset { reset: bool },
    Gone { gone: bool },
}

impl From<Caught> for Stream {
    fn from(caught: Caught) -> Self {
        match caught {
            Caught::Page(page) => Self::Page {
                from: page.from,
                rev: page.through,
                head: page.head,
                more: page.through < page.head,
                changes: page.changes,
            },
            Caught::Reset => Self::Reset { reset: true },
            Caught::Gone => Self::Gone { gone: true },
        }
    }
}

impl Serialize for Streams {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, stream) in &self.0 {
            map.serialize_entry(id, stream)?;
        }
        map.end()
    }
}

impl Action for Sync {
    const EVENT: &'static str = "sync";
    const NEEDS: Needs = Needs::Scope(Scope::Read);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        if self.cursors.len() > SYNC_STREAMS {
            let sentence =
                format!("cursors: at most {SYNC_STREAMS} streams in one call; ask for the rest after");
            return Err(Error::PayloadInvalid(sentence));
        }
        let caught = app.store.sync(who.user.id, self.cursors.into_iter().collect()).await?;
        let streams = caught.streams.into_iter().map(|(id, caught)| (id, caught.into())).collect();
        Ok(Answer { epoch: caught.epoch, streams: Streams(streams), more: caught.more })
    }
}

//! Posting a message.

use chinwag_model::{MessageText, Nonce, Rev, RoomId};
use chinwag_store::{Once, Post};
use serde::{Deserialize, Serialize};

use super::Action;
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Posts a message. The nonce is needed: without it a retry could not be told from a new message.
#[derive(Deserialize)]
pub(crate) struct MessageSend {
    pub(crate) room: RoomId,
    pub(crate) text: String,
    pub(crate) nonce: String,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) seq: Rev,
    pub(crate) rev: Rev,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) repeated: bool,
}

impl Action for MessageSend {
    const EVENT: &'static str = "message:send";
    type Answer = Answer;

    async fn run(self, app: &App, who: &Who) -> Result<Answer, Error> {
        limits::take(app, Limited::Message(&who.user)).await?;
        let text = MessageText::parse(self.text)?;
        let nonce = Nonce::parse(self.nonce)?;
        let once = Once::new(nonce, &[Self::EVENT.as_bytes(), text.as_str().as_bytes()]);
        let posted = app.store.post(Post { room: self.room, author: who.user.id, text, once }).await?;
        if !posted.repeated {
            app.metrics.messages_posted.inc();
        }
        Ok(Answer { seq: posted.seq, rev: posted.seq, repeated: posted.repeated })
    }
}

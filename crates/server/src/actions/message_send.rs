//! Posting a message, or asking what a slash command asks.

use chinwag_model::{MessageText, Nonce, Rev, RoomId, Scope};
use chinwag_store::{Once, Post};
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};
use crate::slash_commands::{self, CommandAnswer};

/// Posts a message. The nonce is needed: without it a retry could not be told from a new message. A text that begins with a
/// slash command is no message: whoever does the command is asked, and the answer is for the asker alone.
#[derive(Deserialize)]
pub(crate) struct MessageSend {
    pub(crate) room: RoomId,
    pub(crate) text: String,
    pub(crate) nonce: String,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// It is in the room.
    Posted {
        seq: Rev,
        rev: Rev,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        repeated: bool,
    },
    /// It was a command.
    Answered(CommandAnswer),
}

impl Action for MessageSend {
    const EVENT: &'static str = "message:send";
    const NEEDS: Needs = Needs::Scope(Scope::Post);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        limits::take(app, Limited::Message(&who.user)).await?;
        let text = MessageText::parse(self.text)?;
        let nonce = Nonce::parse(self.nonce)?;
        if let Some(called) = slash_commands::called(app, text.as_str()) {
            return slash_commands::ask(app, who, self.room, called, &nonce).await.map(Answer::Answered);
        }
        let once = Once::new(nonce, &[Self::EVENT.as_bytes(), text.as_str().as_bytes()]);
        let posted = app.store.post(Post { room: self.room, author: who.user.id, text, once }).await?;
        if !posted.repeated {
            app.metrics.messages_posted.inc();
        }
        Ok(Answer::Posted { seq: posted.seq, rev: posted.seq, repeated: posted.repeated })
    }
}

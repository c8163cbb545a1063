//! Posting over a socket. A slash command may take seconds, and what comes over the same socket after it must not wait for that.

use std::sync::Arc;

use chinwag_socketio::{Ack, Payload, State};

use super::Caller;
use crate::accounts::is_ready;
use crate::actions::{Action, MessageSend, Success};
use crate::app::{App, Who};
use crate::error::Error;
use crate::object::Object;
use crate::slash_commands;

pub(super) async fn send(
    State(app): State<App>,
    Caller(who): Caller,
    Payload(Object(message)): Payload<Object<MessageSend>>,
    ack: Ack,
) {
    if slash_commands::called(&app, &message.text).is_some() {
        // It ends by itself, since everything that it asks has a bound; how many there are is limited as messages are, and as
        // questions.
        tokio::spawn(carry_out(app, who, message, ack));
    } else {
        carry_out(app, who, message, ack).await;
    }
}

async fn carry_out(app: Arc<App>, who: Arc<Who>, message: MessageSend, ack: Ack) {
    let sent = if is_ready(&app, &who).await {
        message.run(&app, &who).await
    } else {
        Err(Error::SecondFactorMissing)
    };
    match sent {
        Ok(sent) => ack.send(&Success::new(sent)),
        Err(error) => ack.send(&error.failure()),
    }
}

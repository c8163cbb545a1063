//! Slash commands: a text that begins with one of them is no message, but a question to whoever does the command, a program
//! of others behind a queue. The answer is for the asker alone.

use std::time::Duration;

use chinwag_jobs::{NoAnswer, Question};
use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{MessageText, Millis, Nonce, RoomId, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::accounts::now;
use crate::app::{App, Who};
use crate::error::Error;

#[cfg(test)]
mod tests;

/// The version of what is asked.
const VERSION: u32 = 1;

/// Something that people can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashCommand {
    /// What follows the slash: letters a to z, digits, `-` and `_`, a letter first.
    pub word: String,
    /// What it does, for people who are about to ask.
    pub help: String,
    /// The queue of those who do it.
    pub queue: String,
    /// How long the answer is waited for.
    pub patience: Duration,
}

/// A command in somebody's text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Called<'a> {
    command: &'a SlashCommand,
    /// What stands behind it.
    text: &'a str,
}

/// What the asker hears.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CommandAnswer {
    /// The word of the command.
    pub(crate) command: String,
    /// What was answered.
    pub(crate) answer: String,
}

/// What a worker is asked.
#[derive(Serialize)]
struct Asked<'a> {
    v: u32,
    id: Uuid,
    command: &'a str,
    text: &'a str,
    room: RoomId,
    user: Asker<'a>,
    /// From then on nobody waits for the answer.
    until: Millis,
}

#[derive(Serialize)]
struct Asker<'a> {
    id: UserId,
    name: &'a str,
}

/// What a worker answers: what was done, or why not.
#[derive(Deserialize)]
struct Answered {
    text: Option<String>,
    error: Option<String>,
}

/// The commands that there are: none where nobody could be asked.
pub(crate) fn all(app: &App) -> &[SlashCommand] {
    if app.questions.is_some() { &app.settings.slash_commands } else { &[] }
}

/// The command that a text calls. Any other text is a message, whatever it begins with.
pub(crate) fn called<'a>(app: &'a App, text: &'a str) -> Option<Called<'a>> {
    among(all(app), text)
}

fn among<'a>(commands: &'a [SlashCommand], text: &'a str) -> Option<Called<'a>> {
    let text = text.strip_prefix('/')?;
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let command = commands.iter().find(|command| command.word == word)?;
    Some(Called { command, text: rest.trim() })
}

/// Asks for somebody who may write in the room. With the same nonce it is asked once.
pub(crate) async fn ask(
    app: &App,
    who: &Who,
    room: RoomId,
    Called { command, text }: Called<'_>,
    nonce: &Nonce,
) -> Result<CommandAnswer, Error> {
    may_write(app, who, room).await?;
    let word = &command.word;
    let questions = app.questions.as_ref().ok_or_else(|| Error::CommandUnavailable(word.clone()))?;
    let id = name(room, who.user.id, nonce, word, text);
    let user = Asker { id: who.user.id, name: &who.user.name };
    let until = now().plus(command.patience);
    let asked = Asked { v: VERSION, id, command: word, text, room, user, until };
    let body = serde_json::to_vec(&asked).map_err(|_| Error::Internal)?;
    let question = Question { id, queue: command.queue.clone(), body, patience: command.patience };
    let answered = questions.ask(question).await.map_err(|reason| {
        tracing::warn!(command = word, queue = command.queue, %reason, "a slash command was not answered");
        match reason {
            NoAnswer::Nobody | NoAnswer::TooMany => Error::CommandUnavailable(word.clone()),
            NoAnswer::Late => Error::CommandUnanswered(word.clone()),
        }
    })?;
    let answer = read(&answered).ok_or_else(|| {
        tracing::warn!(
            command = word,
            bytes = answered.len(),
            "the answer to a slash command cannot be read"
        );
        Error::CommandUnanswered(word.clone())
    })?;
    Ok(CommandAnswer { command: word.clone(), answer: answer.map_err(Error::CommandRefused)? })
}

/// Asking is for who may write, although nothing is written.
async fn may_write(app: &App, who: &Who, room: RoomId) -> Result<(), Error> {
    let account = app.store.account(None, who.user.id).await?;
    let page = app.store.room_page(room, who.user.id, None, 1).await?;
    let case = Case::of(account.user.role, account.muted_until > now());
    Ok(permission::check(Action::Post, case.in_room(page.room.kind, Some(page.role)))?)
}

/// What names a question: another one for each nonce of somebody in a room.
fn name(room: RoomId, user: UserId, nonce: &Nonce, word: &str, text: &str) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(room.0.as_bytes());
    hash.update(user.0.as_bytes());
    for part in [nonce.as_str(), word, text] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    Uuid::from_bytes(bytes)
}

/// What was done or why it was not, as a text that a message could have.
fn read(answer: &[u8]) -> Option<Result<String, String>> {
    let text = |text: String| MessageText::parse(text).ok().map(MessageText::into_string);
    match serde_json::from_slice(answer).ok()? {
        Answered { text: Some(done), error: None } => Some(Ok(text(done)?)),
        Answered { text: None, error: Some(reason) } => Some(Err(text(reason)?)),
        Answered { .. } => None,
    }
}

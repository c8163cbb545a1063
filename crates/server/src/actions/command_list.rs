//! What slash commands there are.

use chinwag_model::Scope;
use serde::{Deserialize, Serialize};

use super::{Action, Needs};
use crate::app::{App, Who};
use crate::error::Error;
use crate::slash_commands;

/// Lists the slash commands.
#[derive(Deserialize)]
pub(crate) struct CommandList {}

/// One of them.
#[derive(Serialize)]
pub(crate) struct Listed {
    /// What follows the slash.
    word: String,
    /// What it does.
    help: String,
    /// How long its answer may take.
    timeout_seconds: u64,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    /// By their words.
    commands: Vec<Listed>,
}

impl Action for CommandList {
    const EVENT: &'static str = "command:list";
    const NEEDS: Needs = Needs::Scope(Scope::Read);
    type Answer = Answer;

    async fn act(self, app: &App, _who: &Who) -> Result<Answer, Error> {
        let listed = slash_commands::all(app).iter().map(|command| Listed {
            word: command.word.clone(),
            help: command.help.clone(),
            timeout_seconds: command.patience.as_secs(),
        });
        Ok(Answer { commands: listed.collect() })
    }
}

//! The slash commands: a table for each in the configuration file, like
//!
//! ```toml
//! [commands.charge]
//! help = "Charges a card: /charge 12.50"
//! queue = "charge"
//! timeout-seconds = 10
//! ```

use std::ops::Range;
use std::time::Duration;

use chinwag_server::SlashCommand;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Config;
use super::file::shown;
use super::option::quoted;

#[cfg(test)]
mod tests;

/// The table in which they stand.
pub(super) const TABLE: &str = "commands";
/// Most commands.
const MOST: usize = 100;
/// Most characters of a word, and of the help.
const WORD_CHARS: usize = 32;
const HELP_CHARS: usize = 200;
/// Most bytes in the name of a queue, by AMQP.
const QUEUE_BYTES: usize = 255;
/// How long an answer is waited for: if nothing is said, and at most. Sockets of clients wait for 20 s.
const PATIENCE: u64 = 10;
const LONGEST: u64 = 15;

/// Something wrong: where, and a sentence.
type Fault = (Range<usize>, String);

/// Reads the table.
pub(super) fn read(value: &Spanned<DeValue<'_>>) -> (Vec<SlashCommand>, Vec<Fault>) {
    let (mut commands, mut faults) = (Vec::new(), Vec::new());
    let DeValue::Table(table) = value.get_ref() else {
        let example = "it takes a table for each command, like [commands.charge].";
        return (commands, vec![(value.span(), format!("{TABLE} is not valid; {example}"))]);
    };
    if table.len() > MOST {
        faults.push((value.span(), format!("there are more than {MOST} commands.")));
    }
    for (word, command) in table {
        match one(word.get_ref(), word.span(), command) {
            Ok(command) => commands.push(command),
            Err(wrong) => faults.extend(wrong),
        }
    }
    (commands, faults)
}

/// What is wrong with them and the rest of the configuration together.
pub(super) fn fault(config: &Config) -> Option<String> {
    let command = config.application.slash_commands.first()?;
    config.amqp.is_none().then(|| {
        let word = &command.word;
        format!("{TABLE}.{word} needs RabbitMQ, through which those are asked who do it; set amqp.")
    })
}

fn one(word: &str, at: Range<usize>, command: &Spanned<DeValue<'_>>) -> Result<SlashCommand, Vec<Fault>> {
    let name = format!("{TABLE}.{word}");
    let mut faults = Vec::new();
    if !is_word(word) {
        let allowed = format!("letters a to z, digits, - and _, a letter first, at most {WORD_CHARS}");
        faults.push((at.clone(), format!("{} is no word for a command; it takes {allowed}.", quoted(word))));
    }
    let DeValue::Table(table) = command.get_ref() else {
        faults.push((at, format!("{name} is not valid; it takes a table with help and queue.")));
        return Err(faults);
    };
    let unknown = |(key, _): &(&Spanned<_>, _)| {
        !matches!(AsRef::as_ref(key.get_ref()), "help" | "queue" | "timeout-seconds")
    };
    for (key, _) in table.iter().filter(unknown) {
        let fault =
            format!("{name} has no {}; it takes help, queue and timeout-seconds.", quoted(key.get_ref()));
        faults.push((key.span(), fault));
    }
    let mut text = |key: &str, fits: fn(&str) -> bool, allowed: &str| match field(table, key) {
        Some((_, DeValue::String(text))) if fits(text) => text.to_string(),
        Some((span, other)) => {
            let bad = quoted(&shown(other));
            faults.push((span, format!("{name}.{key} cannot be {bad}; it takes {allowed}.")));
            String::new()
        }
        None => {
            faults.push((at.clone(), format!("{name} has no {key}; it takes {allowed}.")));
            String::new()
        }
    };
    let help = text("help", is_help, "a line of at most 200 characters for people");
    let queue =
        text("queue", is_queue, "the name of a queue, of 1 to 255 bytes, without amq. at its beginning");
    let patience = match field(table, "timeout-seconds") {
        None => PATIENCE,
        Some((span, value)) => seconds(value).unwrap_or_else(|| {
            let (bad, allowed) = (quoted(&shown(value)), format!("a whole number from 1 to {LONGEST}"));
            faults.push((span, format!("{name}.timeout-seconds cannot be {bad}; it takes {allowed}.")));
            PATIENCE
        }),
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(SlashCommand { word: word.to_owned(), help, queue, patience: Duration::from_secs(patience) })
}

fn field<'a>(table: &'a DeTable<'_>, key: &str) -> Option<(Range<usize>, &'a DeValue<'a>)> {
    table.iter().find(|(name, _)| *name.get_ref() == key).map(|(_, value)| (value.span(), value.get_ref()))
}

fn is_word(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    word.len() <= WORD_CHARS
        && word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.bytes().all(fits)
}

fn is_help(text: &str) -> bool {
    (1..=HELP_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_queue(name: &str) -> bool {
    // What begins with this is the broker's own.
    (1..=QUEUE_BYTES).contains(&name.len())
        && !name.starts_with("amq.")
        && !name.chars().any(char::is_control)
}

fn seconds(value: &DeValue<'_>) -> Option<u64> {
    let DeValue::Integer(number) = value else { return None };
    let seconds = u64::from_str_radix(number.as_str(), number.radix()).ok()?;
    (1..=LONGEST).contains(&seconds).then_some(seconds)
}

/// A command as it stands in a file.
pub(super) fn print(command: &SlashCommand) -> String {
    let SlashCommand { word, help, queue, patience } = command;
    let (help, queue, seconds) = (quoted(help), quoted(queue), patience.as_secs());
    format!("\n[{TABLE}.{word}]\nhelp = {help}\nqueue = {queue}\ntimeout-seconds = {seconds}\n")
}

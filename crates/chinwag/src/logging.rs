//! What is logged, and how: text for people at a terminal, a JSON object per line for everything else.

use std::io::{IsTerminal, stderr};
use std::str::FromStr;

use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::errors::TellErrors;

mod errors;
#[cfg(test)]
mod tests;

pub(crate) use self::errors::tell_errors_to;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(text.to_owned()),
        }
    }
}

/// What is logged: a level for each part of the program.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LogFilter(Targets);

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(level) = level(text) {
            // Ours begin with "chinwag". Of the others warnings are enough, and more only for who looks for more.
            let others = if level > Level::INFO { Level::INFO } else { level.min(Level::WARN) };
            return Ok(Self(Targets::new().with_default(others).with_target("chinwag", level)));
        }
        let mut targets = Targets::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            targets = match part.split_once('=') {
                Some((target, word)) => {
                    let level = level(word).ok_or_else(|| part.to_owned())?;
                    targets.with_target(target.trim(), level)
                }
                None => targets.with_default(level(part).ok_or_else(|| part.to_owned())?),
            };
        }
        if targets == Targets::new() { Err(text.to_owned()) } else { Ok(Self(targets)) }
    }
}

/// Parts of libraries that log too much, and the most that they may, whatever is asked for: the one whole addresses, some of
/// which end in a secret; the other whole messages that RabbitMQ has no queue for, with what people wrote.
const INDISCREET: &[(&str, Level)] =
    &[("tower_http::csrf", Level::WARN), ("lapin::returned_messages", Level::ERROR)];

impl LogFilter {
    /// What may be logged of what was asked for.
    fn without_secrets(&self) -> Targets {
        INDISCREET.iter().fold(self.0.clone(), |targets, (part, most)| targets.with_target(*part, *most))
    }
}

fn level(word: &str) -> Option<Level> {
    let words = ["error", "warn", "info", "debug", "trace"];
    let word = word.trim();
    words.contains(&word).then(|| word.parse().ok()).flatten()
}

/// Starts to log to standard error. To be called once.
pub(crate) fn start(filter: &LogFilter, format: LogFormat) {
    let terminal = stderr().is_terminal();
    let layer = if format == LogFormat::Json || (format == LogFormat::Auto && !terminal) {
        let layer = fmt::layer().json().flatten_event(true).with_span_list(false);
        layer.with_writer(stderr).boxed()
    } else {
        let colours = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        fmt::layer().with_target(false).with_ansi(colours).with_writer(stderr).boxed()
    };
    tracing_subscriber::registry().with(filter.without_secrets()).with(layer).with(TellErrors).init();
    std::panic::set_hook(Box::new(log_panic));
}

/// A panic is a line of the log like others; where it went through is told if the environment asks for it.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let said = panic.payload().downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.payload().downcast_ref::<String>().map(String::as_str));
    let said = said.unwrap_or("without a word");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    match backtrace.status() {
        std::backtrace::BacktraceStatus::Captured => {
            tracing::error!(panic = said, place, %backtrace, "something panicked");
        }
        _ => tracing::error!(panic = said, place, "something panicked"),
    }
}

//! What an option is, and its value before it has a type of its own.

use std::fmt::Write;

use chinwag_server::LIMIT_MOST;

use super::Config;

/// One thing that can be set.
pub(crate) struct Item {
    /// As in the file; a dot stands between a table and its key.
    pub(crate) name: &'static str,
    /// What it takes, and the part of the configuration that it sets.
    pub(crate) kind: Kind,
    /// As in the environment.
    pub(crate) default: &'static str,
    /// What stands for the value in help.
    pub(crate) placeholder: &'static str,
    /// What is allowed, to be read after "it takes"; of numbers the range says it.
    pub(crate) allowed: &'static str,
    /// What it is for, in sentences.
    pub(crate) explanation: &'static str,
    /// Whether its value is for nobody's eyes.
    pub(crate) secret: bool,
    /// Whether the short help shows it.
    pub(crate) everyday: bool,
}

/// What an option takes. Each holds how to set it; an error is the part of the value that is not allowed.
pub(crate) enum Kind {
    /// A text.
    Text(fn(&mut Config, &str) -> Result<(), String>),
    /// A list of texts; with commas between them outside the file.
    List(fn(&mut Config, &[String]) -> Result<(), String>),
    /// A whole number from the first to the second.
    Number(u64, u64, fn(&mut Config, u64)),
    /// How often something may be done: a whole number from 1 to [`LIMIT_MOST`]. It holds where that is kept.
    Limit(fn(&mut Config) -> &mut u32),
}

/// An option's value, as in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// A whole number.
    Number(u64),
}

impl Item {
    /// Its name in the environment.
    pub(crate) fn variable(&self) -> String {
        format!("CHINWAG_{}", self.name.to_uppercase().replace(['.', '-'], "_"))
    }

    /// Its flag, without the dashes before it.
    pub(crate) fn flag(&self) -> String {
        self.name.replace('.', "-")
    }

    /// What is allowed, to be read after "it takes".
    pub(crate) fn allowed(&self) -> String {
        match self.kind {
            Kind::Number(from, to, _) => format!("a whole number from {from} to {to}"),
            Kind::Limit(_) => format!("a whole number from 1 to {LIMIT_MOST}"),
            Kind::Text(_) | Kind::List(_) => self.allowed.to_owned(),
        }
    }

    /// Reads a value as it is written in the environment and after a flag.
    ///
    /// # Errors
    /// The value is not allowed; a sentence.
    pub(crate) fn read(&self, text: &str) -> Result<Value, String> {
        match self.kind {
            Kind::Text(_) => Ok(Value::Text(text.to_owned())),
            Kind::List(_) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Ok(Value::List(parts.map(str::to_owned).collect()))
            }
            // As in the file, 1_000_000 is a million.
            Kind::Number(..) | Kind::Limit(_) => {
                text.replace('_', "").parse().map(Value::Number).map_err(|_| self.refusal(text))
            }
        }
    }

    /// Sets its part of the configuration.
    ///
    /// # Errors
    /// The value is not allowed; a sentence.
    pub(crate) fn set(&self, config: &mut Config, value: &Value) -> Result<(), String> {
        match (&self.kind, value) {
            (Kind::Text(set), Value::Text(text)) => set(config, text).map_err(|bad| self.refusal(&bad)),
            (Kind::List(set), Value::List(list)) => set(config, list).map_err(|bad| self.refusal(&bad)),
            (Kind::Number(from, to, set), Value::Number(number)) if (from..=to).contains(&number) => {
                set(config, *number);
                Ok(())
            }
            (Kind::Limit(place), Value::Number(number)) => {
                let limit = u32::try_from(*number).ok().filter(|limit| (1..=LIMIT_MOST).contains(limit));
                *place(config) = limit.ok_or_else(|| self.refusal(&value.plain()))?;
                Ok(())
            }
            (_, other) => Err(self.refusal(&other.plain())),
        }
    }

    /// Says that a value is not allowed, and what is.
    pub(crate) fn refusal(&self, bad: &str) -> String {
        let (name, allowed) = (self.name, self.allowed());
        if self.secret {
            return format!("{name} is not valid; it takes {allowed}.");
        }
        format!("{name} cannot be {}; it takes {allowed}.", quoted(bad))
    }
}

impl Value {
    /// As in the environment.
    pub(crate) fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(list) => list.join(","),
            Self::Number(number) => number.to_string(),
        }
    }

    /// As in the file.
    pub(crate) fn toml(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::List(list) => {
                format!("[{}]", list.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
            }
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            // Terminals act on these.
            _ if character.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

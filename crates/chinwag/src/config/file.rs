//! Reading the configuration file.

use std::ops::Range;

use chinwag_server::SlashCommand;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::option::{Item, Kind, Value};
use super::providers::{self, Configured};
use super::slash_commands;

/// What a file sets: the option, its value, and the line.
pub(super) type Set = (&'static Item, Value, usize);

/// What a file says.
pub(super) struct Read {
    /// The options that it sets.
    pub(super) set: Vec<Set>,
    /// The commands that it lists.
    pub(super) slash_commands: Vec<SlashCommand>,
    /// The other services by which people may sign in.
    pub(super) providers: Vec<Configured>,
    /// What is wrong with it: sentences, each with its line.
    pub(super) faults: Vec<(usize, String)>,
}

/// Reads a file's text.
pub(super) fn read(text: &str, options: &'static [Item]) -> Read {
    let mut reader = Reader {
        text,
        options,
        set: Vec::new(),
        slash_commands: Vec::new(),
        providers: Vec::new(),
        faults: Vec::new(),
    };
    match DeTable::parse(text) {
        Ok(table) => reader.table("", table.get_ref()),
        Err(error) => {
            let line = reader.line(&error.span().unwrap_or_default());
            let message = error.message().replace('\n', ", ");
            reader.faults.push((line, format!("this is not TOML: {message}.")));
        }
    }
    // In the order of the file: the parser has put them in that of the alphabet.
    reader.faults.sort_by_key(|(line, _)| *line);
    let Reader { set, slash_commands, providers, faults, .. } = reader;
    Read { set, slash_commands, providers, faults }
}

struct Reader<'a> {
    text: &'a str,
    options: &'static [Item],
    set: Vec<Set>,
    slash_commands: Vec<SlashCommand>,
    providers: Vec<Configured>,
    faults: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            let line = self.line(&key.span());
            let within = format!("{name}.");
            if name == slash_commands::TABLE {
                let (commands, faults) = slash_commands::read(value);
                self.slash_commands = commands;
                self.found_wrong(faults);
            } else if name == providers::TABLE {
                let (providers, faults) = providers::read(value);
                self.providers = providers;
                self.found_wrong(faults);
            } else if let Some(item) = self.options.iter().find(|item| item.name == name) {
                match convert(item, value) {
                    Ok(value) => self.set.push((item, value, line)),
                    Err(fault) => self.faults.push((line, fault)),
                }
            } else if let DeValue::Table(inner) = value.get_ref()
                && self.options.iter().any(|item| item.name.starts_with(&within))
            {
                self.table(&within, inner);
            } else {
                let names = self.options.iter().map(|item| item.name.to_owned());
                let fault = format!(
                    "there is no option {name}; did you mean {}? `chinwag config print` shows all.",
                    nearest(&name, names)
                );
                self.faults.push((line, fault));
            }
        }
    }

    fn found_wrong(&mut self, faults: Vec<(Range<usize>, String)>) {
        let faults: Vec<_> = faults.into_iter().map(|(span, fault)| (self.line(&span), fault)).collect();
        self.faults.extend(faults);
    }

    /// The line, from 1, in which a span begins.
    fn line(&self, span: &Range<usize>) -> usize {
        self.text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
    }
}

fn convert(item: &Item, value: &Spanned<DeValue<'_>>) -> Result<Value, String> {
    let value = value.get_ref();
    match (&item.kind, value) {
        (Kind::Text(_), DeValue::String(text)) => Ok(Value::Text(text.to_string())),
        (Kind::Number(..) | Kind::Limit(_), DeValue::Integer(number)) => {
            let parsed = u64::from_str_radix(number.as_str(), number.radix());
            parsed.map(Value::Number).map_err(|_| item.refusal(number.as_str()))
        }
        (Kind::List(_), DeValue::Array(list)) => {
            let texts = list.iter().map(|text| match text.get_ref() {
                DeValue::String(text) => Ok(text.to_string()),
                other => Err(item.refusal(&shown(other))),
            });
            texts.collect::<Result<_, _>>().map(Value::List)
        }
        // One is a list of one; and text is read as in the environment.
        (Kind::List(_), DeValue::String(text)) => item.read(text),
        (_, other) => Err(item.refusal(&shown(other))),
    }
}

/// A value of the wrong kind, for people.
pub(super) fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

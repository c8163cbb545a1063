//! The whole configuration as a file that can be read again.

use std::fmt::Write;

use super::load::{Chosen, Loaded};
use super::{providers, slash_commands};

#[cfg(test)]
mod tests;

/// How wide comments are, in characters.
const WIDTH: usize = 100;

/// Every option with its explanation, default and present value, as TOML. Secrets are left out.
pub(crate) fn print(loaded: &Loaded) -> String {
    let mut text = String::new();
    comment(
        &mut text,
        "Every option of Chinwag with its default and its present value. The environment sets an option over this \
         file, a flag over both.",
    );
    match &loaded.file {
        Some(path) => comment(&mut text, &format!("Read from {}.", path.display())),
        None => comment(&mut text, "No file was read."),
    }
    let mut table = "";
    for chosen in &loaded.chosen {
        let (within, key) = chosen.item.name.rsplit_once('.').unwrap_or(("", chosen.item.name));
        if within != table {
            table = within;
            // Writing to a string cannot fail.
            let _ = write!(text, "\n[{table}]");
            text.push('\n');
        }
        option(&mut text, key, chosen);
    }
    for command in &loaded.config.application.slash_commands {
        text.push_str(&slash_commands::print(command));
    }
    for configured in &loaded.config.providers {
        text.push_str(&providers::print(configured));
    }
    text
}

fn option(text: &mut String, key: &str, chosen: &Chosen) {
    let item = chosen.item;
    text.push('\n');
    comment(text, item.explanation);
    let allowed = item.allowed();
    comment(text, &format!("Takes {allowed}."));
    let default = item.read(item.default).map(|value| value.toml()).unwrap_or_default();
    let default = format!("Default: {default}. Variable: {}. Flag: --{}.", item.variable(), item.flag());
    comment(text, &default);
    if let Some(origin) = &chosen.origin {
        comment(text, &format!("Set by {origin}."));
    }
    if item.secret {
        // Not even its presence as a value: what is printed is sent around.
        comment(text, &format!("{key} = (not shown)"));
    } else {
        text.extend([key, " = ", &chosen.value.toml(), "\n"]);
    }
}

/// Writes a comment, wrapped.
fn comment(text: &mut String, words: &str) {
    let mut line = String::from("#");
    for word in words.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line.len() > 1 {
            text.extend([line.as_str(), "\n"]);
            line = String::from("#");
        }
        line.extend([" ", word]);
    }
    text.extend([line.as_str(), "\n"]);
}

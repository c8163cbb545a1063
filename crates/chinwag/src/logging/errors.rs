//! Errors of the log, told to whoever listens to what happens as well.

use std::fmt;
use std::sync::OnceLock;

use chinwag_jobs::LogStream;
use chinwag_jobs::log_stream::Topic;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Most characters of one value.
const CHARS: usize = 1_000;

/// The log is there before anybody can listen, and there is one for the process.
static STREAM: OnceLock<LogStream> = OnceLock::new();

/// From now on errors are told there as well. To be called once.
pub(crate) fn tell_errors_to(stream: LogStream) {
    // A second one would be another server in this process, which there is not.
    let _ = STREAM.set(stream);
}

/// Tells them.
pub(super) struct TellErrors;

impl<S: Subscriber> Layer<S> for TellErrors {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let Some(stream) = STREAM.get() else { return };
        if *event.metadata().level() == Level::ERROR && event.metadata().target().starts_with("chinwag") {
            let mut fields = Fields::default();
            event.record(&mut fields);
            stream.say(Topic::Error, &fields.0);
        }
    }
}

/// What an error says, and about what.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn note(&mut self, field: &Field, value: Value) {
        let name = match field.name() {
            "message" => "error",
            // Why it came to that.
            "error" => "reason",
            name => name,
        };
        self.0.insert(name.to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, value.chars().take(CHARS).collect::<String>().into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.note(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.note(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.note(field, value.into());
    }
}

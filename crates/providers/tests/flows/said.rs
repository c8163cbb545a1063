//! What stands in the log, and what does not.

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Mutex, Once};

use chinwag_providers::{Callback, ProviderError};
use serde_json::json;
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use crate::BACK;
use crate::issuer::{ACCESS_TOKEN, Issuer, SECRET};
use crate::site::Reply;

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

thread_local! {
    /// Where what this thread says is kept.
    static HERE: RefCell<Option<Log>> = const { RefCell::new(None) };
}

impl Log {
    /// Begins to listen to this thread, to everything. The subscriber is that of the whole process: of one that a thread has for
    /// itself the others know nothing, and when one of them comes first to a place that logs, `tracing` may remember that
    /// nobody wants to hear of it.
    fn listening(&self) {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            let subscriber = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_ansi(false);
            tracing::subscriber::set_global_default(subscriber.with_writer(Here).finish()).unwrap();
        });
        HERE.with(|here| here.replace(Some(self.clone())));
    }

    fn text(&self) -> String {
        HERE.with(|here| here.replace(None));
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes to the log of this thread, if it has one.
struct Here;

impl<'a> MakeWriter<'a> for Here {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        HERE.with(|here| here.borrow().clone()).unwrap_or_default()
    }
}

#[tokio::test]
async fn the_log_has_the_reason_and_no_secret() {
    let log = Log::default();
    log.listening();
    let issuer = Issuer::start().await;
    let provider = issuer.provider();
    let begun = provider.begin(BACK).await.unwrap();
    let query = issuer.authorize(&begun);
    let callback = Callback::parse(&query).unwrap();
    provider.finish(BACK, &callback, &begun.pending).await.unwrap();
    let outcome = provider.finish(BACK, &callback, &begun.pending).await;
    assert_eq!(outcome, Err(ProviderError::CodeExpired));
    issuer.change(|rules| {
        rules.forge = Box::new(|forged| forged.claims["aud"] = json!("another"));
    });
    assert_eq!(issuer.sign_in(&provider).await, Err(ProviderError::TokenInvalid));
    let nonsense = format!("access_token={ACCESS_TOKEN}\r\nERROR made up \u{1b}[31m{}", "x".repeat(10_000));
    let reply = Reply::Json(503, json!({"error": "server_error", "error_description": nonsense}));
    issuer.change(|rules| drop(rules.replies.insert("/token", reply)));
    let error = issuer.sign_in(&provider).await.unwrap_err();
    assert_eq!(error, ProviderError::Unavailable);
    assert!(!error.to_string().contains("made up"), "people do not see it");

    let text = log.text();
    let ours = |text: &str| {
        text.lines().filter(|line| line.contains("chinwag_providers")).map(str::to_owned).collect::<Vec<_>>()
    };
    let lines = ours(&text);
    assert!(lines[0].contains("INFO") && lines[0].contains("provider_code_expired"), "{lines:?}");
    assert!(
        lines[0].contains("provider=\"one\"") && lines[0].contains("invalid_grant, said so"),
        "{lines:?}"
    );
    assert!(
        lines[1].contains("WARN") && lines[1].contains("the ID token is for another client"),
        "{lines:?}"
    );
    assert!(lines[2].contains("server_error") && lines[2].contains("ERROR made up"), "{lines:?}");
    assert!(lines[2].len() < 1_000 && !lines[2].contains('\u{1b}') && lines.len() == 3, "{lines:?}");
    let verifier = &begun.pending.verifier;
    for secret in [SECRET, "a%3Asecret", verifier, &begun.pending.nonce, &begun.pending.state, "code%200"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert_eq!(text.matches(ACCESS_TOKEN).count(), 1, "only where the provider wrote it into its error");
}

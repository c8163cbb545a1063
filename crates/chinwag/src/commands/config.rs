//! `chinwag config print` and `chinwag config check`.

use chinwag_store::postgres;

use crate::command_line::ConfigAction;
use crate::config::advice::advice;
use crate::config::print::print;
use crate::config::{Given, Loaded, load};
use crate::failure::Failure;
use crate::{descriptors, live, output};

/// Shows or checks the configuration.
pub(crate) fn config(action: ConfigAction, given: &Given) -> Result<(), Failure> {
    let loaded = load(given).map_err(Failure::Usage)?;
    match action {
        ConfigAction::Print => output::print(&print(&loaded)),
        ConfigAction::Check => check(&loaded),
    }
}

fn check(loaded: &Loaded) -> Result<(), Failure> {
    for sentence in advice(loaded, descriptors::highest_limit()) {
        eprintln!("chinwag: warning: {sentence}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("The check cannot run: {error}.")))?;
    if let Some(options) = loaded.config.postgres() {
        for sentence in runtime.block_on(postgres::advice(&options)).map_err(Failure::new)? {
            eprintln!("chinwag: warning: {sentence}");
        }
    }
    let redis = loaded.config.redis().map(|options| runtime.block_on(live::advice(&options)));
    if let Some(sentence) = redis.transpose()?.flatten() {
        eprintln!("chinwag: warning: {sentence}");
    }
    let file = match &loaded.file {
        Some(path) => format!("with {}", path.display()),
        None => "without a file".to_owned(),
    };
    output::print(&format!("The configuration ({file}) is valid.\n"))
}

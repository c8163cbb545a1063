//! Whoever carries an operator's command out: the server that runs, or this process over the store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chinwag_live::memory::MemoryLive;
use chinwag_server::{Application, BackEnds, Settings};
use chinwag_store::Store;
use prometheus_client::registry::Registry;
use tokio::runtime::{Builder, Runtime};

use crate::config::{Config, Given, load};
use crate::control::{Answer, Client, Command, carry_out};
use crate::failure::Failure;
use crate::store;

/// How long a folder may be in use by a server that takes no commands: one that is about to start or to end.
const BETWEEN: Duration = Duration::from_secs(5);
/// Between two looks at it.
const LOOK: Duration = Duration::from_millis(50);

/// Does what needs an operator, by the configuration that is given.
///
/// # Errors
/// The configuration is wrong, the system gives no runtime, or what `deed` says.
pub(super) fn run<D>(given: &Given, deed: impl FnOnce(Config) -> D) -> Result<(), Failure>
where
    D: Future<Output = Result<(), Failure>>,
{
    let config = load(given).map_err(Failure::Usage)?.config;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime: Runtime =
        runtime.map_err(|error| Failure::new(format!("The command cannot run: {error}.")))?;
    let done = runtime.block_on(deed(config));
    // A password that is still waited for must not keep the process.
    runtime.shutdown_background();
    done
}

/// Has one command carried out, in a data folder that is there.
///
/// # Errors
/// Nobody can be reached, or it was not answered.
pub(super) async fn ask_once(config: Config, command: Command) -> Result<Answer, Failure> {
    let mut operator = Operator::reach(config, false).await?;
    let answer = operator.ask(command).await;
    operator.leave().await;
    answer
}

/// Why an answer is not the one that was asked for.
pub(super) fn unexpected(answer: Answer) -> Failure {
    match answer {
        Answer::Refused { message } => Failure::Run(message),
        _ => Failure::new("The server gave an answer to another question; use the same chinwag for both."),
    }
}

/// Who carries out commands.
pub(super) enum Operator {
    /// The server that runs.
    Running(Client),
    /// This process, as if it were a server without listeners.
    Here(Box<Application>),
}

impl Operator {
    /// Finds who can carry out commands in the data folder. Unless `make` says so, the folder must be there.
    pub(super) async fn reach(config: Config, make: bool) -> Result<Self, Failure> {
        if let Some(options) = config.postgres() {
            let store = store::open_database(&options).await?;
            return Self::here(config.application, store);
        }
        let Config { data, application, .. } = config;
        if !make && !data.exists() {
            let data = data.display();
            return Err(Failure::Run(format!(
                "There is no data folder {data}; say with --data where the server keeps everything."
            )));
        }
        let begun = Instant::now();
        loop {
            if let Some(client) = Client::connect(&data).await.map_err(Failure::Run)? {
                return Ok(Self::Running(client));
            }
            if let Some(store) = store::open_unless_in_use(&data, 1)? {
                return Self::here(application, store);
            }
            if begun.elapsed() > BETWEEN {
                let data = data.display();
                return Err(Failure::Run(format!(
                    "The data folder {data} is in use by another Chinwag that takes no commands; stop that one first."
                )));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// This process, over a store.
    fn here(settings: Settings, store: Arc<dyn Store>) -> Result<Self, Failure> {
        let application =
            Application::new(settings, BackEnds::new(store, MemoryLive::new()), &mut Registry::default());
        application.map(|it| Self::Here(Box::new(it))).map_err(Failure::new)
    }

    /// Has a command carried out.
    pub(super) async fn ask(&mut self, command: Command) -> Result<Answer, Failure> {
        match self {
            Self::Running(client) => client.ask(&command).await.map_err(Failure::Run),
            Self::Here(application) => Ok(carry_out(&application.administration(), command).await),
        }
    }

    /// Lets the folder go in order.
    pub(super) async fn leave(self) {
        if let Self::Here(application) = self {
            // It has no listeners and is asked to end at once. A failure of the store was the command's as well.
            let _ = application.serve(Vec::new(), async {}).await;
        }
    }
}

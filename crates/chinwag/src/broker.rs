//! What a process has to do with RabbitMQ beside jobs: it tells what happens, and asks workers of others.

use std::sync::Arc;
use std::time::Duration;

use chinwag_jobs::amqp::{ask_workers, publish_log};
use chinwag_jobs::{LogStream, Questions, Running};

use crate::config::Config;

/// How long what happened last may take to be told when the process ends.
const GRACE: Duration = Duration::from_secs(1);

/// Its connections.
#[derive(Default)]
pub(crate) struct Broker {
    /// Who is told what happens.
    pub(crate) log_stream: LogStream,
    /// By whom others are asked, if there is anything to ask.
    pub(crate) questions: Option<Arc<dyn Questions>>,
    running: Vec<Running>,
}

impl Broker {
    /// Begins, as it was configured: tells what happens. RabbitMQ need not be there, now or ever.
    pub(crate) fn for_worker(config: &Config) -> Self {
        match config.amqp().filter(|_| config.publish_log) {
            Some(options) => {
                let (log_stream, running) = publish_log(&options);
                Self { log_stream, questions: None, running: vec![running] }
            }
            None => Self::default(),
        }
    }

    /// The same, and asks others where there is something to ask.
    pub(crate) fn for_server(config: &Config) -> Self {
        let mut broker = Self::for_worker(config);
        if let Some(options) = config.amqp().filter(|_| !config.application.slash_commands.is_empty()) {
            let (questions, running) = ask_workers(&options);
            broker.questions = Some(questions);
            broker.running.push(running);
        }
        broker
    }

    /// Takes leave, once nothing happens any more.
    pub(crate) async fn leave(self) {
        for running in self.running {
            running.stop(GRACE).await;
        }
    }
}

//! Questions through RabbitMQ: published to the queue of those who are asked, with a correlation id, and answered through the
//! broker's direct reply-to, which needs no queue of ours that could be left behind.

mod asked;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use lapin::BasicProperties;
use lapin::message::{BasicReturnMessage, Delivery};
use lapin::options::BasicConsumeOptions;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use self::asked::{Asked, Known};
use super::connection::{Broken, Connected, Message};
use super::keep::{Stopping, Use, begin, stop};
use super::options::Options;
use crate::questions::{ANSWER_BYTES, NoAnswer, Question, Questions};
use crate::runner::Running;

/// Where answers come to, by the broker's own rules.
const REPLY_TO: &str = "amq.rabbitmq.reply-to";
/// Most questions that wait to be asked.
const WAITING: usize = 256;

/// Asks workers at this broker, in the runtime of whoever asks. It need not be there yet.
#[must_use]
pub fn ask_workers(options: &Options) -> (Arc<dyn Questions>, Running) {
    let (questions, waiting) = mpsc::channel(WAITING);
    let is_there = Arc::new(AtomicBool::new(false));
    let asking = Asking { waiting, asked: Asked::default(), is_there: Arc::clone(&is_there) };
    let running = begin(options, asking);
    (Arc::new(Handle { questions, is_there }), running)
}

/// What asks hold.
struct Handle {
    questions: mpsc::Sender<Wanted>,
    /// Whether the broker can be reached.
    is_there: Arc<AtomicBool>,
}

/// A question, and who wants to know.
struct Wanted {
    question: Question,
    /// Until when.
    deadline: Instant,
    answer: Answer,
}

type Answer = oneshot::Sender<Result<Vec<u8>, NoAnswer>>;

#[async_trait]
impl Questions for Handle {
    async fn ask(&self, question: Question) -> Result<Vec<u8>, NoAnswer> {
        if !self.is_there.load(Ordering::Relaxed) {
            return Err(NoAnswer::Nobody);
        }
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + question.patience;
        self.questions.try_send(Wanted { question, deadline, answer }).map_err(|_| NoAnswer::TooMany)?;
        match timeout_at(deadline, answered).await {
            Ok(Ok(answer)) => answer,
            // The broker is gone meanwhile, and the answer with it: nobody knows.
            Ok(Err(_)) | Err(_) => Err(NoAnswer::Late),
        }
    }
}

struct Asking {
    waiting: mpsc::Receiver<Wanted>,
    asked: Asked,
    is_there: Arc<AtomicBool>,
}

#[async_trait]
impl Use for Asking {
    fn what(&self) -> &'static str {
        "asking workers"
    }

    async fn over(&mut self, connected: &Connected, stopping: &mut Stopping) -> Result<(), Broken> {
        // Only where answers are heard may be asked, and by the broker's rules without an acknowledgement.
        let options = BasicConsumeOptions { no_ack: true, ..Default::default() };
        let (mut answers, _) = connected.consume(REPLY_TO, options).await?;
        self.is_there.store(true, Ordering::Relaxed);
        let mut publishing = FuturesUnordered::new();
        let ended = loop {
            tokio::select! {
                _ = stop(stopping) => break Ok(()),
                wanted = self.waiting.recv() => match wanted {
                    // Whoever takes nothing now would take it when nobody waits for the answer any more.
                    Some(wanted) if connected.takes_nothing() => refuse(wanted),
                    Some(wanted) => {
                        if let Some((question, left)) = self.want(wanted) {
                            publishing.push(publish(connected, question, left).boxed());
                        }
                    }
                    None => break Ok(()),
                },
                Some(published) = publishing.next() => match published {
                    Ok(None) => {}
                    Ok(Some(back)) => {
                        if let Some(id) = id_of(&back.delivery.properties) {
                            self.asked.refused(id, NoAnswer::Nobody);
                        }
                    }
                    Err(broken) => break Err(broken),
                },
                answer = answers.next() => match answer.unwrap_or(Err(Broken::Cancelled)) {
                    Ok(answer) => self.answered(answer),
                    Err(broken) => break Err(broken),
                },
            }
        };
        self.is_there.store(false, Ordering::Relaxed);
        // What has not been asked is not asked over the next connection, whenever that is.
        while let Ok(wanted) = self.waiting.try_recv() {
            refuse(wanted);
        }
        // The broker knows nobody any more to whom answers could come.
        self.asked.nobody_will_answer();
        ended
    }
}

impl Asking {
    /// Notes who wants to know. The question, if it is to be asked for that, and how long its answer is still waited for.
    fn want(&mut self, Wanted { question, deadline, answer }: Wanted) -> Option<(Question, Duration)> {
        let left = deadline.saturating_duration_since(Instant::now());
        if answer.is_closed() || left.is_zero() {
            return None;
        }
        match self.asked.want(question.id, answer) {
            Known::Already => None,
            Known::New => Some((question, left)),
        }
    }

    /// An answer to a question of ours, or to nobody's: it may come twice, or far too late.
    fn answered(&mut self, Delivery { properties, data, .. }: Delivery) {
        let id = id_of(&properties);
        let is_first = id.is_some_and(|id| data.len() <= ANSWER_BYTES && self.asked.answered(id, data));
        if !is_first {
            tracing::debug!(?id, "an answer of a worker is of no use");
        }
    }
}

/// Which question it is about.
fn id_of(properties: &BasicProperties) -> Option<Uuid> {
    properties.correlation_id().as_ref().and_then(|id| Uuid::try_parse(id.as_str()).ok())
}

/// It was not asked. Whoever wanted to know may be gone.
fn refuse(Wanted { answer, .. }: Wanted) {
    let _ = answer.send(Err(NoAnswer::Nobody));
}

/// Asks. What comes back is a question that no queue takes, this one or another one.
async fn publish(
    connected: &Connected,
    question: Question,
    left: Duration,
) -> Result<Option<BasicReturnMessage>, Broken> {
    let Question { id, queue, body, .. } = question;
    let message = Message::passing(&body);
    let name = id.to_string();
    let properties = message
        .properties
        .with_reply_to(REPLY_TO.into())
        .with_correlation_id(name.as_str().into())
        .with_message_id(name.as_str().into())
        .with_content_type("application/json".into())
        // Who asked will not wait for longer.
        .with_expiration(left.as_millis().max(1).to_string().into());
    connected.publish_or_get_back("", &queue, Message { properties, ..message }).await
}

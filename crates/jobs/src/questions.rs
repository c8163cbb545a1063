//! Questions to workers of others, which somebody waits for: what a slash command asks, for example.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

/// Most bytes of an answer. What is longer is no answer.
pub const ANSWER_BYTES: usize = 64 * 1_024;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Names it. The same question again has the same id: it is asked once, however often somebody wants to know.
    pub id: Uuid,
    /// Who is asked: the queue that workers take it out of.
    pub queue: String,
    /// What is asked: JSON.
    pub body: Vec<u8>,
    /// How long the answer is waited for. A broker that is there drops the question after that, unless somebody has taken it.
    pub patience: Duration,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// It was not asked: the broker is away, or nobody has made the queue.
    #[error("there is nobody who could be asked")]
    Nobody,
    /// It was not asked: too many questions wait for their answers.
    #[error("too many questions wait for their answers")]
    TooMany,
    /// It was asked, and not answered in time. Whoever works on it may still do what it asks for.
    #[error("it was not answered in time")]
    Late,
}

/// Whoever gets questions to workers.
#[async_trait]
pub trait Questions: Send + Sync + 'static {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    async fn ask(&self, question: Question) -> Result<Vec<u8>, NoAnswer>;
}

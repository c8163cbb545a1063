//! What was asked, by whom, and what the answers were: so that nothing is asked twice, and who asks again gets the first
//! answer.

use std::collections::{BTreeMap, VecDeque};

use uuid::Uuid;

use super::Answer;
use crate::questions::NoAnswer;

#[cfg(test)]
mod tests;

/// Most questions that are remembered.
const QUESTIONS: usize = 1_024;
/// Most bytes of answers that are remembered.
const BYTES: usize = 8 * 1_024 * 1_024;
/// Most who wait for the answer to one question.
const WAITING: usize = 8;

/// What is known of questions, from the oldest on.
#[derive(Default)]
pub(super) struct Asked {
    questions: BTreeMap<Uuid, Progress>,
    order: VecDeque<Uuid>,
    bytes: usize,
}

enum Progress {
    /// These wait.
    Open(Vec<Answer>),
    /// It was asked, and the answer got lost: asking again might have it done twice.
    Lost,
    Answered(Vec<u8>),
}

impl Progress {
    /// Whether somebody waits for the answer.
    fn is_waited_for(&self) -> bool {
        matches!(self, Self::Open(waiting) if waiting.iter().any(|answer| !answer.is_closed()))
    }
}

/// Whether a question is to be asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It has been, or cannot be now; who wants to know hears of it.
    Already,
    New,
}

impl Asked {
    /// Somebody wants to know.
    pub(super) fn want(&mut self, id: Uuid, answer: Answer) -> Known {
        // Whoever asked may be gone: then nobody hears these answers.
        let has_room = self.questions.contains_key(&id) || self.has_room();
        match self.questions.get_mut(&id) {
            Some(Progress::Answered(known)) => drop(answer.send(Ok(known.clone()))),
            Some(Progress::Lost) => drop(answer.send(Err(NoAnswer::Late))),
            Some(Progress::Open(waiting)) => {
                waiting.retain(|answer| !answer.is_closed());
                if waiting.len() < WAITING {
                    waiting.push(answer);
                } else {
                    // It was asked.
                    let _ = answer.send(Err(NoAnswer::Late));
                }
            }
            None if !has_room => drop(answer.send(Err(NoAnswer::TooMany))),
            None => {
                self.questions.insert(id, Progress::Open(vec![answer]));
                self.order.push_back(id);
                return Known::New;
            }
        }
        Known::Already
    }

    /// The answer to a question has come. Whether it was the first to one that is known.
    pub(super) fn answered(&mut self, id: Uuid, data: Vec<u8>) -> bool {
        let Some(progress) = self.questions.get_mut(&id) else { return false };
        if matches!(progress, Progress::Answered(_)) {
            return false;
        }
        self.bytes += data.len();
        if let Progress::Open(waiting) = std::mem::replace(progress, Progress::Answered(data.clone())) {
            for answer in waiting {
                let _ = answer.send(Ok(data.clone()));
            }
        }
        // Only answers: whoever asks something again that is open or lost must not have it asked twice for that.
        while self.bytes > BYTES && self.forget_oldest(|progress| matches!(progress, Progress::Answered(_))) {
        }
        true
    }

    /// It was not asked: it is to be asked when somebody wants to know again.
    pub(super) fn refused(&mut self, id: Uuid, why: NoAnswer) {
        if let Some(Progress::Open(waiting)) = self.questions.remove(&id) {
            self.order.retain(|known| *known != id);
            for answer in waiting {
                let _ = answer.send(Err(why));
            }
        }
    }

    /// No answers will come to what was asked up to now.
    pub(super) fn nobody_will_answer(&mut self) {
        for progress in self.questions.values_mut() {
            if let Progress::Open(waiting) = progress {
                for answer in std::mem::take(waiting) {
                    let _ = answer.send(Err(NoAnswer::Late));
                }
                *progress = Progress::Lost;
            }
        }
    }

    /// Whether one more can be asked: the oldest that nobody waits for is forgotten for it.
    fn has_room(&mut self) -> bool {
        self.order.len() < QUESTIONS || self.forget_oldest(|progress| !progress.is_waited_for())
    }

    /// Forgets the oldest of those that may be. Whether there was one.
    fn forget_oldest(&mut self, may_be: impl Fn(&Progress) -> bool) -> bool {
        let mut order = self.order.iter();
        let Some(at) = order.position(|id| self.questions.get(id).is_some_and(&may_be)) else { return false };
        let forgotten = self.order.remove(at).and_then(|id| self.questions.remove(&id));
        if let Some(Progress::Answered(data)) = forgotten {
            self.bytes -= data.len();
        }
        true
    }
}

//! What this server has asked the others and is not answered yet.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::budget::Held;
use crate::wire::Said;

/// How many questions may be open at a time; others are answered with nothing.
const OPEN: usize = 10_000;

/// What is heard of a question.
#[derive(Debug)]
pub(crate) enum Heard {
    /// So many other servers are to answer.
    Servers(usize),
    /// One of them has answered.
    Said(Said),
}

/// Something that was heard, of the question with this number, and the room that it takes in the inbox. That bounds the
/// queues of those who ask, too.
pub(crate) type Told = (usize, Heard, Option<Held>);

type Listener = mpsc::UnboundedSender<Told>;

/// The open questions by their ids.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    open: Mutex<HashMap<String, (usize, Listener)>>,
    next: AtomicU64,
}

impl Asked {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (usize, Listener)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a question, which is this number for who asks. Its id, unless too many are open.
    pub(crate) fn open(&self, uid: &str, number: usize, listener: &Listener) -> Option<String> {
        let id = format!("{uid}-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let mut open = self.lock();
        if open.len() >= OPEN {
            return None;
        }
        open.insert(id.clone(), (number, listener.clone()));
        Some(id)
    }

    /// Closes a question: what is still said to it is ignored.
    pub(crate) fn close(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Tells who asked, if the question is ours and still open.
    pub(crate) fn hear(&self, id: &str, heard: Heard, held: Option<Held>) {
        if let Some((number, listener)) = self.lock().get(id) {
            // Who asked may be gone in this moment.
            let _ = listener.send((*number, heard, held));
        }
    }
}

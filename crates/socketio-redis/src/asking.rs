//! Asking the other servers, and gathering what they say.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::adapter::{Answer, Answers, Question, Rooms};
use futures_util::{StreamExt, stream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::asked::{Heard, Told};
use crate::outbox::Asking;
use crate::shared::Shared;
use crate::wire::{Ask, Request, Said};

/// However long somebody wants to wait, a question is not open for longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Asks in a namespace. While Redis is away nobody else can answer, and the stream ends at once.
pub(crate) fn ask(shared: &Arc<Shared>, namespace: &str, question: Question, timeout: Duration) -> Answers {
    let asks = match question {
        Question::Sockets { of } => vec![Ask::Sockets { of }],
        // The answer has the ids among the rooms, and does not tell them apart.
        Question::Rooms => vec![Ask::AllRooms, Ask::Ids { of: Rooms::default() }],
        Question::EmitWithAck { to, packet, volatile, compress } => {
            vec![Ask::Broadcast { to, packet, volatile, compress, timeout: Some(timeout) }]
        }
        Question::ServerSideEmit { event, arguments } => vec![Ask::ServerSideEmit { event, arguments }],
        // Whatever the engine may learn to ask, this format does not know it.
        _ => Vec::new(),
    };
    match Gathering::begin(shared, namespace, asks, timeout) {
        Some(gathering) => stream::unfold(gathering, |mut gathering| async {
            let answer = gathering.next().await?;
            Some((answer, gathering))
        })
        .boxed(),
        None => stream::empty().boxed(),
    }
}

/// How far one question has come.
#[derive(Debug, Default)]
struct Progress {
    id: String,
    /// How many servers are to answer, once that is known.
    servers: Option<usize>,
    answered: usize,
}

/// Questions that are being answered.
#[derive(Debug)]
struct Gathering {
    shared: Arc<Shared>,
    questions: Vec<Progress>,
    told: mpsc::UnboundedReceiver<Told>,
    connected: watch::Receiver<bool>,
    until: Instant,
    /// How many clients are still to acknowledge, as far as is known. More may come before it is said how many.
    clients: i64,
    ready: VecDeque<Answer>,
    rooms: BTreeSet<String>,
    ids: HashSet<String>,
    over: bool,
}

impl Gathering {
    fn begin(shared: &Arc<Shared>, namespace: &str, asks: Vec<Ask>, timeout: Duration) -> Option<Self> {
        let connected = shared.connected.subscribe();
        if asks.is_empty() || !shared.is_connected() {
            return None;
        }
        let (listener, told) = mpsc::unbounded_channel();
        let mut this = Self {
            shared: shared.clone(),
            questions: Vec::new(),
            told,
            connected,
            until: Instant::now() + timeout.min(LONGEST),
            clients: 0,
            ready: VecDeque::new(),
            rooms: BTreeSet::new(),
            ids: HashSet::new(),
            over: false,
        };
        let namespaces = &shared.namespaces;
        for ask in asks {
            let Some(id) = shared.asked.open(namespaces.uid(), this.questions.len(), &listener) else {
                tracing::warn!("too many questions to other servers are open");
                return None;
            };
            this.questions.push(Progress { id: id.clone(), ..Progress::default() });
            let request = Request { uid: Some(namespaces.uid().to_owned()), id: Some(id.clone()), ask };
            let channel = namespaces.channels(namespace).request();
            let asking = Asking { id, namespace: namespace.to_owned() };
            if !shared.outbox.send(channel, request.encode(), Some(asking)) {
                return None;
            }
        }
        Some(this)
    }

    /// The next answer; `None` when all have answered, the time is over, or Redis is lost.
    async fn next(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = self.ready.pop_front() {
                return Some(answer);
            }
            if self.over {
                return None;
            }
            let told = if self.is_complete() {
                None
            } else {
                tokio::select! {
                    told = self.told.recv() => told,
                    _ = self.connected.wait_for(|connected| !*connected) => None,
                    () = tokio::time::sleep_until(self.until) => None,
                }
            };
            match told {
                Some((question, heard, _held)) => self.hear(question, heard),
                None => {
                    self.over = true;
                    let rooms = std::mem::take(&mut self.rooms).into_iter();
                    self.ready.extend(rooms.filter(|room| !self.ids.contains(room)).map(Answer::Room));
                }
            }
        }
    }

    fn is_complete(&self) -> bool {
        let all = |question: &Progress| question.servers.is_some_and(|servers| question.answered >= servers);
        self.questions.iter().all(all) && self.clients <= 0
    }

    fn hear(&mut self, question: usize, heard: Heard) {
        let Some(progress) = self.questions.get_mut(question) else { return };
        let said = match heard {
            Heard::Servers(servers) => return progress.servers = Some(servers),
            Heard::Said(said) => said,
        };
        // Acknowledgements of clients come beside the one answer of their server.
        if !matches!(said, Said::Acknowledged(_)) {
            progress.answered += 1;
        }
        match said {
            Said::Sockets(sockets) => self.ready.extend(sockets.into_iter().map(Answer::Socket)),
            Said::Ids(ids) => self.ids.extend(ids),
            Said::Rooms(rooms) => self.rooms.extend(rooms),
            Said::Asked(clients) => {
                self.clients = self.clients.saturating_add(i64::try_from(clients).unwrap_or(i64::MAX));
                self.ready.push_back(Answer::Receivers(clients));
            }
            Said::Acknowledged(arguments) => {
                self.clients = self.clients.saturating_sub(1);
                self.ready.push_back(Answer::Acknowledged(arguments));
            }
            Said::Replied(arguments) => self.ready.push_back(Answer::Acknowledged(arguments)),
            Said::Done => {}
        }
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        self.questions.iter().for_each(|question| self.shared.asked.close(&question.id));
    }
}

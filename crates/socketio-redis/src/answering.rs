//! Answering what other servers ask.

use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::Local;
use chinwag_socketio::adapter::{Answer, Command, Question, Rooms};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::budget::Held;
use crate::namespaces::Namespace;
use crate::shared::Shared;
use crate::totals::count;
use crate::wire::{Ask, Request, Response, Said};

/// How many requests are being answered at a time; others are not.
const ANSWERING: usize = 1_000;

/// How many events between servers wait for the handlers of those before them; others are dropped.
const EVENTS: usize = 1_000;

/// How long clients and handlers may take if nobody says how long they may. Node's own servers wait for five seconds.
const TIME: Duration = Duration::from_secs(60);

/// However long somebody else wants to wait for clients, this server does not remember it for longer.
const LONGEST: Duration = Duration::from_secs(600);

/// Carries out requests.
pub(crate) struct Answering {
    shared: Arc<Shared>,
    local: Local,
    /// Ends with this.
    tasks: JoinSet<()>,
    events: mpsc::Sender<Event>,
}

/// An event between servers whose sender waits for no reply, and the room that it takes in the inbox.
struct Event {
    namespace: Arc<Namespace>,
    command: Command,
    _held: Held,
}

impl Answering {
    pub(crate) fn new(shared: Arc<Shared>, local: Local) -> Self {
        let (events, mut queue) = mpsc::channel::<Event>(EVENTS);
        let mut tasks = JoinSet::new();
        // In a task of their own: a handler may take its time, and nothing else should wait for it.
        let handling = local.clone();
        tasks.spawn(async move {
            while let Some(Event { namespace, command, _held }) = queue.recv().await {
                handling.apply(&namespace.name, command).await;
            }
        });
        Self { shared, local, tasks, events }
    }

    /// Carries out a request of another server.
    pub(crate) async fn carry_out(&mut self, namespace: Arc<Namespace>, request: Request, held: Held) {
        let Request { uid, id, ask } = request;
        let to = id.map(|id| Asker { namespace: namespace.clone(), uid, id });
        let command = match (ask, to) {
            (Ask::ServerSideEmit { event, arguments }, None) => {
                let command = Command::ServerSideEmit { event, arguments };
                if self.events.try_send(Event { namespace, command, _held: held }).is_err()
                    && count(&self.shared.counters.overrun)
                {
                    tracing::warn!("events between servers are dropped: their handlers take too long");
                }
                return;
            }
            (Ask::Join { of, rooms }, to) => (Command::Join { of, rooms }, to),
            (Ask::Leave { of, rooms }, to) => (Command::Leave { of, rooms }, to),
            (Ask::Disconnect { of, how }, to) => (Command::Disconnect { of, how }, to),
            (ask, Some(to)) => return self.answer(to, ask, held),
            // Nobody would hear the answer.
            (_, None) => return,
        };
        let (command, to) = command;
        let is_here = to.as_ref().is_some_and(|_| match &command {
            Command::Join { of, .. } | Command::Leave { of, .. } | Command::Disconnect { of, .. } => {
                of.rooms.iter().any(|room| self.local.has_room(&namespace.name, room))
            }
            _ => false,
        });
        self.local.apply(&namespace.name, command).await;
        // Servers before 6.1 wait for the one that has the socket.
        if let Some(to) = to.filter(|_| is_here) {
            to.say(&self.shared, Said::Done);
        }
    }

    fn answer(&mut self, to: Asker, ask: Ask, held: Held) {
        while self.tasks.try_join_next().is_some() {}
        // One of them handles events.
        if self.tasks.len() > ANSWERING {
            tracing::warn!("a question of another server is not answered: too many are open");
            return;
        }
        let (shared, local) = (self.shared.clone(), self.local.clone());
        self.tasks.spawn(async move {
            answer(&shared, &local, &to, ask).await;
            drop(held);
        });
    }
}

/// Who waits for an answer.
struct Asker {
    namespace: Arc<Namespace>,
    uid: Option<String>,
    id: String,
}

impl Asker {
    fn say(&self, shared: &Shared, said: Said) {
        // A reply to an event between servers goes to all of them on Node, however it is set. All of them hear the
        // channel of their own as well.
        let own = self.uid.as_deref().filter(|_| shared.specific_responses);
        let channel = self.namespace.channels.response(own);
        shared.outbox.send(channel, Response { id: self.id.clone(), said }.encode(), None);
    }
}

async fn answer(shared: &Shared, local: &Local, to: &Asker, ask: Ask) {
    let namespace = &*to.namespace.name;
    let gathered = |question| local.answer(namespace, question, TIME).collect::<Vec<Answer>>();
    let sockets = |answers: Vec<Answer>| answers.into_iter().filter_map(socket).collect::<Vec<_>>();
    match ask {
        Ask::Sockets { of } => {
            to.say(shared, Said::Sockets(sockets(gathered(Question::Sockets { of }).await)));
        }
        Ask::Ids { of } => {
            let sockets = sockets(gathered(Question::Sockets { of }).await);
            to.say(shared, Said::Ids(sockets.into_iter().map(|socket| socket.id).collect()));
        }
        Ask::AllRooms => {
            let everybody = Question::Sockets { of: Rooms::default() };
            // On Node the ids are rooms like others.
            let ids = sockets(gathered(everybody).await).into_iter().map(|socket| socket.id);
            let rooms = gathered(Question::Rooms).await.into_iter().filter_map(|answer| match answer {
                Answer::Room(room) => Some(room),
                _ => None,
            });
            to.say(shared, Said::Rooms(ids.chain(rooms).collect()));
        }
        Ask::ServerSideEmit { event, arguments } => {
            let mut answers = local.answer(namespace, Question::ServerSideEmit { event, arguments }, TIME);
            if let Some(Answer::Acknowledged(reply)) = answers.next().await {
                to.say(shared, Said::Replied(reply));
            }
        }
        Ask::Broadcast { to: rooms, packet, volatile, compress, timeout } => {
            let question = Question::EmitWithAck { to: rooms, packet, volatile, compress };
            let mut answers = local.answer(namespace, question, timeout.unwrap_or(TIME).min(LONGEST));
            while let Some(answer) = answers.next().await {
                match answer {
                    Answer::Receivers(clients) => to.say(shared, Said::Asked(clients)),
                    Answer::Acknowledged(reply) => to.say(shared, Said::Acknowledged(reply)),
                    _ => {}
                }
            }
        }
        // They are carried out, not answered.
        Ask::Join { .. } | Ask::Leave { .. } | Ask::Disconnect { .. } => {}
    }
}

fn socket(answer: Answer) -> Option<chinwag_socketio::RemoteSocket> {
    match answer {
        Answer::Socket(socket) => Some(socket),
        _ => None,
    }
}

//! A server as its adapter sees it.

use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::adapter::{Answer, Answers, Command, Farewell, Question, Rooms};
use crate::broadcast::Broadcast;
use crate::engine::{Counts, Flags};
use crate::hub::Target;
use crate::io::{Inner, SocketIo, Space};
use crate::panics::{caught, poll_caught};
use crate::server_side::{Handling, ServerEvent};
use crate::socket::Socket;

/// Carries out on this server what others ask for. It does not keep the server alive.
///
/// An adapter is given it when it starts; see [`adapter`](crate::adapter).
///
/// ```
/// use chinwag_socketio::Local;
/// use chinwag_socketio::adapter::Command;
///
/// async fn obey(local: Local, mut commands: tokio::sync::mpsc::Receiver<(String, Command)>) {
///     while let Some((namespace, command)) = commands.recv().await {
///         local.apply(&namespace, command).await;
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Local(pub(crate) Weak<Inner>);

impl From<Rooms> for Target {
    fn from(rooms: Rooms) -> Self {
        Self { rooms: rooms.rooms, except: rooms.except, ..Self::default() }
    }
}

impl Local {
    fn space(&self, namespace: &str) -> Option<(SocketIo, Arc<Space>)> {
        let io = SocketIo(self.0.upgrade()?);
        let space = io.0.spaces.get(namespace)?;
        Some((io, space))
    }

    /// Does what another server wants done, in a namespace that this one may not have. To be called for one after the
    /// other, in their order.
    ///
    /// It waits for nothing but the handler of an event between servers.
    ///
    /// ```
    /// # use chinwag_socketio::Local;
    /// # use chinwag_socketio::adapter::{Command, Rooms};
    /// async fn join(local: &Local) {
    ///     local.apply("/", Command::Join { of: Rooms::default(), rooms: vec!["lobby".into()] }).await;
    /// }
    /// ```
    pub async fn apply(&self, namespace: &str, command: Command) {
        let Some((io, space)) = self.space(namespace) else { return };
        let sockets = |of: Rooms| Broadcast::new(io.clone(), Some(space.clone()), of.into()).local();
        match command {
            Command::Emit { to, packet, volatile, compress } => {
                if *packet.namespace() == *space.namespace.name {
                    let flags = Flags { volatile, uncompressed: !compress, ..Flags::default() };
                    space.send(io.engine(), &to.into(), &packet, flags);
                }
            }
            Command::Join { of, rooms } => {
                let of = sockets(of);
                rooms.iter().for_each(|room| of.join(room));
            }
            Command::Leave { of, rooms } => {
                let of = sockets(of);
                rooms.iter().for_each(|room| of.leave(room));
            }
            Command::Disconnect { of, how } => match how {
                Farewell::Closing(closing) => sockets(of).disconnect(&closing),
                Farewell::Close => sockets(of).close(),
                Farewell::Kick => sockets(of).kick(),
                Farewell::KickAndClose => {
                    let of = sockets(of);
                    let ended = of.sockets();
                    of.kick();
                    ended.iter().for_each(Socket::close);
                }
            },
            Command::ServerSideEmit { event, arguments } => {
                if let Some(handler) = space.namespace.handlers.server_side.get(event.as_str()) {
                    let counts = &io.0.engine.counts.clone();
                    handle(counts, || handler(ServerEvent::new(io, arguments, None))).await;
                }
            }
        }
    }

    /// Whether a socket of this server is in the room at this moment; each is in that of its own id. For adapters that are
    /// told of more rooms than there are here: what is meant for others need not even be decoded.
    ///
    /// ```
    /// # use chinwag_socketio::Local;
    /// # use chinwag_socketio::adapter::{Command, Rooms};
    /// async fn join(local: &Local, room: &str) {
    ///     if local.has_room("/", room) {
    ///         let of = Rooms { rooms: vec![room.into()], except: vec![] };
    ///         local.apply("/", Command::Join { of, rooms: vec!["lobby".into()] }).await;
    ///     }
    /// }
    /// ```
    pub fn has_room(&self, namespace: &str, room: &str) -> bool {
        self.space(namespace).is_some_and(|(_, space)| space.hub.has_room(room))
    }

    /// Answers what another server asks. The stream ends when nothing more is to be said, at the latest after `timeout`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::Local;
    /// # use chinwag_socketio::adapter::{Answer, Question};
    /// # use futures_util::StreamExt;
    /// async fn rooms(local: &Local) -> usize {
    ///     local.answer("/", Question::Rooms, Duration::from_secs(1)).count().await
    /// }
    /// ```
    pub fn answer(&self, namespace: &str, question: Question, timeout: Duration) -> Answers {
        let Some((io, space)) = self.space(namespace) else { return stream::empty().boxed() };
        match question {
            Question::Sockets { of } => {
                let sockets = Broadcast::new(io, Some(space), of.into()).local().sockets();
                stream::iter(sockets.into_iter().map(|socket| Answer::Socket(socket.describe()))).boxed()
            }
            Question::Rooms => stream::iter(space.hub.room_names().into_iter().map(Answer::Room)).boxed(),
            Question::EmitWithAck { to, packet, volatile, compress } => {
                if *packet.namespace() != *space.namespace.name {
                    return stream::empty().boxed();
                }
                let flags = Flags { volatile, uncompressed: !compress, ..Flags::default() };
                let asked = space.ask(io.engine(), &to.into(), &packet, flags);
                let receivers = stream::iter([Answer::Receivers(asked.sockets.len())]);
                let replies = stream::unfold(asked, |mut asked| async {
                    let reply = asked.replies.recv().await?;
                    Some((Answer::Acknowledged(reply), asked))
                });
                let end = tokio::time::sleep(timeout);
                receivers.chain(replies).take_until(end).boxed()
            }
            Question::ServerSideEmit { event, arguments } => {
                let answer = async move {
                    let handler = space.namespace.handlers.server_side.get(event.as_str())?;
                    let counts = &io.0.engine.counts.clone();
                    let (event, reply) = ServerEvent::asking(io, arguments);
                    handle(counts, || handler(event)).await;
                    reply.await.ok().map(Answer::Acknowledged)
                };
                let answer = async move { tokio::time::timeout(timeout, answer).await.ok().flatten() };
                stream::once(answer).filter_map(|answer| async { answer }).boxed()
            }
        }
    }
}

/// Runs a handler of what another server says.
async fn handle(counts: &Counts, start: impl FnOnce() -> Handling) {
    let Some(mut future) = caught(counts, start) else { return };
    poll_fn(|cx| poll_caught(counts, &mut future, cx)).await;
}

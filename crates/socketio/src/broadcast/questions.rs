//! What is asked of many sockets, or of other servers.

use std::time::Duration;

use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Broadcast, EmitError};
use crate::acks::Acks;
use crate::adapter::{Answer, Answers, Command, Question, RemoteSocket};
use crate::encoded::Encoded;
use crate::engine::Flags;
use crate::io::Space;
use crate::socket_io::Arguments;

impl Broadcast {
    /// Sends an event with one argument and waits for the acknowledgements of all clients, on all servers, at the
    /// longest for `timeout`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{EmitError, SocketIo};
    /// # async fn f(io: &SocketIo) -> Result<(), EmitError> {
    /// let votes = io.of("/").to("jury").emit_with_ack::<bool, _>("guilty?", &(), Duration::from_secs(10)).await?;
    /// let yes = votes.replies.iter().filter(|vote| matches!(vote, Ok(true))).count();
    /// println!("{yes} of {} who were asked", votes.asked);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`EmitError`].
    pub async fn emit_with_ack<R: DeserializeOwned, T: Serialize + ?Sized>(
        &self,
        event: &str,
        payload: &T,
        timeout: Duration,
    ) -> Result<Acks<R>, EmitError> {
        let space = self.space.as_ref().ok_or(EmitError::NamespaceUnknown)?;
        self.ask_all(space, &Encoded::event(&space.namespace.name, event, payload)?, timeout).await
    }

    /// The same with a list of arguments: a tuple, an array, a `Vec`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{EmitError, SocketIo};
    /// # async fn f(io: &SocketIo) -> Result<(), EmitError> {
    /// let sums = io.of("/").emit_all_with_ack::<i64, _>("add", &(2, 3), Duration::from_secs(5)).await?;
    /// println!("{} of {} can add", sums.replies.iter().filter(|sum| **sum == Ok(5)).count(), sums.asked);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`EmitError`].
    pub async fn emit_all_with_ack<R: DeserializeOwned, T: Serialize + ?Sized>(
        &self,
        event: &str,
        arguments: &T,
        timeout: Duration,
    ) -> Result<Acks<R>, EmitError> {
        let space = self.space.as_ref().ok_or(EmitError::NamespaceUnknown)?;
        self.ask_all(space, &Encoded::event_all(&space.namespace.name, event, arguments)?, timeout).await
    }

    async fn ask_all<R: DeserializeOwned>(
        &self,
        space: &Space,
        packet: &Encoded,
        timeout: Duration,
    ) -> Result<Acks<R>, EmitError> {
        let mut asked = space.ask(self.io.engine(), &self.target, packet, self.flags);
        let mut receivers = asked.sockets.len();
        let mut replies = Vec::with_capacity(receivers);
        let Flags { volatile, uncompressed, .. } = self.flags;
        let question =
            |to| Question::EmitWithAck { to, packet: packet.clone(), volatile, compress: !uncompressed };
        let mut others = self.ask_others(question, timeout);
        let (mut here, mut there) = (true, others.is_some());
        let end = tokio::time::sleep(timeout);
        tokio::pin!(end);
        while here || there {
            let next = async { others.as_mut()?.next().await };
            tokio::select! {
                reply = asked.replies.recv(), if here => match reply {
                    Some(reply) => replies.push(reply),
                    None => here = false,
                },
                answer = next, if there => match answer {
                    // Another server may say anything.
                    Some(Answer::Receivers(more)) => receivers = receivers.saturating_add(more),
                    Some(Answer::Acknowledged(reply)) => replies.push(reply),
                    Some(_) => {}
                    None => there = false,
                },
                () = &mut end => break,
            }
        }
        Ok(Acks::read(receivers, &replies))
    }

    /// The sockets that are meant at this moment, on all servers; those of servers that do not answer within `timeout`
    /// are missing.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn f(io: &chinwag_socketio::SocketIo) {
    /// for socket in io.of("/").to("lobby").fetch_sockets(Duration::from_secs(2)).await {
    ///     println!("{} at {:?}: {}", socket.id, socket.peer_addr, socket.data);
    /// }
    /// # }
    /// ```
    pub async fn fetch_sockets(&self, timeout: Duration) -> Vec<RemoteSocket> {
        let mut sockets: Vec<RemoteSocket> = self.sockets().iter().map(|socket| socket.describe()).collect();
        let others = self.ask_others(|of| Question::Sockets { of }, timeout);
        for answer in gather(others, timeout).await {
            if let Answer::Socket(socket) = answer {
                sockets.push(socket);
            }
        }
        sockets
    }

    /// The rooms of the namespace on all servers, in alphabetical order, those of sockets' own ids left out; those of
    /// servers that do not answer within `timeout` are missing. It does not matter which sockets are meant.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn f(io: &chinwag_socketio::SocketIo) {
    /// let open = io.of("/").all_rooms(Duration::from_secs(2)).await;
    /// println!("{} rooms have somebody in them", open.len());
    /// # }
    /// ```
    pub async fn all_rooms(&self, timeout: Duration) -> Vec<String> {
        let mut rooms = self.space.as_ref().map(|space| space.hub.room_names()).unwrap_or_default();
        let others = self.ask_others(|_| Question::Rooms, timeout);
        for answer in gather(others, timeout).await {
            if let Answer::Room(room) = answer {
                rooms.push(room);
            }
        }
        rooms.sort_unstable();
        rooms.dedup();
        rooms
    }

    /// Sends an event to the other servers themselves, which handle it by
    /// [`Namespace::on_server_side`](crate::Namespace::on_server_side). Without an adapter there are none. It does not
    /// matter which sockets are meant.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// io.of("/").server_side_emit("settings changed", &serde_json::json!({ "motd": "hello" }))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The payload cannot be written as JSON.
    pub fn server_side_emit<T: Serialize + ?Sized>(&self, event: &str, payload: &T) -> Result<(), EmitError> {
        let arguments = Arguments::one(payload)?;
        self.publish(|_| Command::ServerSideEmit { event: event.to_owned(), arguments });
        Ok(())
    }

    /// The same, and returns what the other servers reply within `timeout`: the first argument of each reply.
    ///
    /// [`Acks::asked`] is how many servers replied: a server that has no handler for the event does not count.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// let loads = io.of("/").server_side_emit_with_ack::<usize, _>("load", &(), Duration::from_secs(2)).await?;
    /// let others: usize = loads.replies.iter().flatten().sum();
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`EmitError`].
    pub async fn server_side_emit_with_ack<R: DeserializeOwned, T: Serialize + ?Sized>(
        &self,
        event: &str,
        payload: &T,
        timeout: Duration,
    ) -> Result<Acks<R>, EmitError> {
        let arguments = Arguments::one(payload)?;
        let question = |_| Question::ServerSideEmit { event: event.to_owned(), arguments };
        let others = self.ask_others(question, timeout);
        let answers = gather(others, timeout).await;
        let replies: Vec<Arguments> = answers
            .into_iter()
            .filter_map(|answer| match answer {
                Answer::Acknowledged(reply) => Some(reply),
                _ => None,
            })
            .collect();
        Ok(Acks::read(replies.len(), &replies))
    }

    fn ask_others(
        &self,
        question: impl FnOnce(crate::adapter::Rooms) -> Question,
        timeout: Duration,
    ) -> Option<Answers> {
        let (adapter, namespace) = self.others()?;
        Some(adapter.ask(namespace, question(self.target.for_others()), timeout))
    }
}

/// All answers that come in time.
async fn gather(answers: Option<Answers>, timeout: Duration) -> Vec<Answer> {
    let Some(answers) = answers else { return Vec::new() };
    answers.take_until(tokio::time::sleep(timeout)).collect().await
}

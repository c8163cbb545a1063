//! What a client does with what it hears.

use serde_json::{Value, json};

use super::{Client, Joined, State};
use crate::ears::Ears;
use crate::message::{ACK, CONNECT, DISCONNECT, EVENT, Message, REFUSED};
use crate::payload::Packet;
use crate::server::Said;
use crate::storm::{End, fault};

impl Client {
    pub(super) async fn take(&mut self, packet: Packet) -> Result<(), End> {
        let text = match packet {
            Packet::Text(text) => text,
            Packet::Binary(bytes) => {
                let Some(mut message) = self.partial.take() else { return fault("bytes of no message") };
                message.attachments.push(bytes);
                message.missing -= 1;
                return self.whole(message).await;
            }
        };
        let old = self.transport.way.old;
        match text.as_bytes().first() {
            Some(b'4') if self.partial.is_some() => fault(format!("{text} in place of bytes")),
            Some(b'4') => self.whole(Message::read(&text[1..])?).await,
            Some(b'2') if !old => self.send("3".into(), Vec::new()).await,
            Some(b'3') if old => Ok(()),
            Some(b'6') => Ok(()),
            Some(b'1') => Err(End::Gone("the server closed the session".into())),
            _ => fault(format!("no packet: {text}")),
        }
    }

    async fn whole(&mut self, message: Message) -> Result<(), End> {
        if message.missing > 0 {
            self.partial = Some(message);
            return Ok(());
        }
        match message.kind {
            CONNECT => self.was_joined(message),
            REFUSED => {
                self.seats.remove(&message.namespace);
                self.joined = Some((message.namespace, Joined::Refused));
                Ok(())
            }
            DISCONNECT => {
                if self.to_be_kicked.take().as_ref() != Some(&message.namespace) {
                    return fault(format!("thrown out of {}", message.namespace));
                }
                self.seats.remove(&message.namespace);
                Ok(())
            }
            EVENT => self.event(message).await,
            ACK => match message.id {
                Some(id) if self.asked.remove(&id) => {
                    self.acks.insert(id, message);
                    Ok(())
                }
                _ => fault(format!("an acknowledgement that nobody waits for: {message:?}")),
            },
            _ => fault(format!("{message:?}")),
        }
    }

    fn was_joined(&mut self, Message { namespace, data, .. }: Message) -> Result<(), End> {
        let Some(seat) = self.seats.get_mut(&namespace) else {
            return fault(format!("joined {namespace}, which it did not ask for"));
        };
        let text = |key: &str| data[key].as_str().map(str::to_owned);
        let (sid, pid) = (text("sid"), text("pid"));
        if sid.is_some() == self.transport.way.old {
            return fault(format!("{}: joined with {data}", self.transport.way.name));
        }
        let again = seat.pid.is_some() && seat.pid == pid;
        match seat.state {
            State::Returning if again && seat.sid != sid => {
                return fault("the same socket, with another id");
            }
            State::Returning | State::Asked | State::AskedAgain => {}
            State::Back | State::In | State::Left => return fault(format!("joined {namespace} twice")),
        }
        if !again {
            (seat.ears, seat.offset) = (Ears::default(), None);
        }
        (seat.sid, seat.pid, seat.state) = (sid, pid, if again { State::Back } else { State::In });
        self.joined = Some((namespace, if again { Joined::Again } else { Joined::Anew }));
        Ok(())
    }

    async fn event(&mut self, message: Message) -> Result<(), End> {
        let Message { namespace, id, data, attachments, .. } = message;
        let way = self.transport.way;
        let Some(seat) = self.seats.get_mut(&namespace) else {
            return fault(format!("an event of {namespace}, in which it is not: {data}"));
        };
        match seat.state {
            State::Asked | State::Returning => {
                return fault(format!("an event of {namespace} before it is in: {data}"));
            }
            State::Back => self.storm.count("events that were missed and came later"),
            State::Left | State::AskedAgain => return Ok(()),
            State::In => {}
        }
        let Value::Array(mut values) = data else { return fault(format!("no event: {data}")) };
        let name = values.first().and_then(Value::as_str).unwrap_or_default().to_owned();
        // What could be asked for again is numbered, last.
        if id.is_none() && !way.old && name != "server:closing" {
            match values.pop() {
                Some(Value::String(offset)) if offset.parse::<u64>().is_ok() => seat.offset = Some(offset),
                other => return fault(format!("an event without a number: {values:?}, {other:?}")),
            }
        }
        let first = values.get(1).cloned().unwrap_or_default();
        match name.as_str() {
            "said" => match serde_json::from_value::<Said>(first) {
                Ok(said) => {
                    self.storm.count("messages heard");
                    seat.ears.hears(&said).or_else(|wrong| fault(format!("{}: {wrong}", way.name)))
                }
                Err(error) => fault(format!("what nobody can have said: {error}")),
            },
            "whisper" => seat.ears.may_hear(first.as_str().unwrap_or_default()).or_else(fault),
            "echoed" => match seat.echoes.pop_front() {
                // Old clients may get a number that means nothing to them.
                Some((wanted, bytes))
                    if values.get(1..=wanted.len()) == Some(&wanted[..]) && bytes == attachments =>
                {
                    Ok(())
                }
                wanted => fault(format!("{}: echoed {values:?} in place of {wanted:?}", way.name)),
            },
            "question" => match id {
                Some(_) if !self.answers => Ok(()),
                Some(id) => {
                    self.send(Message::write(ACK, &namespace, Some(id), &json!([first]), 0), Vec::new()).await
                }
                None => fault("a question that wants no answer"),
            },
            "flood" => Ok(()),
            "server:closing" => {
                self.closing = Some(first);
                Ok(())
            }
            _ => fault(format!("an event that nobody sent: {values:?}")),
        }
    }
}

//! A session of Engine.IO, over whatever transport.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::http::{Answer, Http, reset};
use crate::payload::{self, Packet};
use crate::random::Random;
use crate::storm::{End, PATIENCE, Storm, fault, within};
use crate::way::Way;
use crate::websocket::{self, Frame, WebSocket};

pub(crate) struct Transport {
    pub(crate) way: Way,
    pub(crate) sid: String,
    inbox: VecDeque<Packet>,
    line: Line,
}

enum Line {
    WebSocket(WebSocket),
    Polling(Polling),
}

struct Polling {
    polls: Http,
    posts: Http,
    /// A poll is under way.
    asked: bool,
}

impl Transport {
    pub(crate) async fn open(storm: &Storm, way: Way, receive_buffer: Option<u32>) -> Result<Self, End> {
        let (mut line, mut inbox) = if way.polling {
            let mut polls = Http::open(storm.address).await?;
            polls.get(&way.query("polling", None)).await?;
            let answer = within("the handshake", PATIENCE, polls.answer()).await?;
            if answer.status != 200 {
                return fault(format!("{}: a handshake with {answer:?}", way.name));
            }
            let posts = Http::open(storm.address).await?;
            let inbox = payload::read(&way, answer)?.into();
            (Line::Polling(Polling { polls, posts, asked: false }), inbox)
        } else {
            let query = way.query("websocket", None);
            let opening = WebSocket::open(storm.address, &query, way.deflate, receive_buffer);
            (Line::WebSocket(within("the handshake", PATIENCE, opening).await?), VecDeque::new())
        };
        if let Line::WebSocket(ws) = &mut line {
            let first = within("the first packet", PATIENCE, ws.next()).await?;
            inbox.extend(packet_of(&way, first)?);
        }
        let open = match inbox.pop_front() {
            Some(Packet::Text(text)) => {
                text.strip_prefix('0').and_then(|json| serde_json::from_str(json).ok())
            }
            _ => None,
        };
        let Some(sid) = open.as_ref().and_then(|open: &Value| open["sid"].as_str()) else {
            return fault(format!("{}: no handshake: {open:?}", way.name));
        };
        Ok(Self { way, sid: sid.to_owned(), inbox, line })
    }

    pub(crate) fn is_polling(&self) -> bool {
        matches!(self.line, Line::Polling(_))
    }

    /// Sends packets; with a WebSocket, sometimes in fragments.
    pub(crate) async fn send(&mut self, packets: &[Packet], random: &mut Random) -> Result<(), End> {
        match &mut self.line {
            Line::Polling(polling) => {
                let (kind, body) = payload::write(&self.way, packets);
                polling.posts.post(&self.way.query("polling", Some(&self.sid)), kind, &body).await?;
                let answer = within("the answer to a POST", PATIENCE, polling.posts.answer()).await?;
                if answer.status != 200 {
                    return Err(refused("a POST", &answer));
                }
            }
            Line::WebSocket(ws) => {
                for packet in packets {
                    let (opcode, payload) = match packet {
                        Packet::Text(text) => (websocket::TEXT, text.clone().into_bytes()),
                        Packet::Binary(bytes) if self.way.old && self.way.base64 => {
                            (websocket::TEXT, format!("b4{}", STANDARD.encode(bytes)).into_bytes())
                        }
                        Packet::Binary(bytes) if self.way.old => {
                            (websocket::BINARY, [&[4], &bytes[..]].concat())
                        }
                        Packet::Binary(bytes) => (websocket::BINARY, bytes.clone()),
                    };
                    if payload.len() > 1 && random.percent(5) {
                        ws.send_in_parts(opcode, &payload).await?;
                    } else {
                        ws.send(opcode, &payload).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// To be called before [`Self::next`], and not given up: asks for what there is.
    pub(crate) async fn prepare(&mut self) -> Result<(), End> {
        if let Line::Polling(polling) = &mut self.line
            && !polling.asked
            && self.inbox.is_empty()
        {
            polling.asked = true;
            polling.polls.get(&self.way.query("polling", Some(&self.sid))).await?;
        }
        Ok(())
    }

    /// The next packet. Nothing is lost if this is given up.
    pub(crate) async fn next(&mut self) -> Result<Packet, End> {
        loop {
            if let Some(packet) = self.inbox.pop_front() {
                return Ok(packet);
            }
            match &mut self.line {
                Line::Polling(polling) => {
                    if !polling.asked {
                        polling.asked = true;
                        polling.polls.get(&self.way.query("polling", Some(&self.sid))).await?;
                    }
                    let answer = polling.polls.answer().await?;
                    polling.asked = false;
                    if answer.status != 200 {
                        return Err(refused("a poll", &answer));
                    }
                    self.inbox.extend(payload::read(&self.way, answer)?);
                }
                Line::WebSocket(ws) => {
                    let frame = ws.next().await?;
                    self.inbox.extend(packet_of(&self.way, frame)?);
                }
            }
        }
    }

    /// Moves to a WebSocket.
    pub(crate) async fn upgrade(&mut self, storm: &Storm) -> Result<(), End> {
        let Line::Polling(polling) = &mut self.line else { return Ok(()) };
        let mut ws = probe(storm, &self.way, &self.sid).await?;
        // The poll that waits is answered now, so that nothing comes over both.
        if polling.asked {
            let answer = within("the last poll", PATIENCE, polling.polls.answer()).await?;
            if answer.status != 200 {
                return Err(refused("the last poll", &answer));
            }
            self.inbox.extend(payload::read(&self.way, answer)?);
        }
        ws.send(websocket::TEXT, b"5").await?;
        self.line = Line::WebSocket(ws);
        Ok(())
    }

    /// Sends a ping of the WebSocket's own, if it is one.
    pub(crate) async fn ping(&mut self) -> Result<(), End> {
        match &mut self.line {
            Line::WebSocket(ws) => ws.frame(0x80 | websocket::PING, b"there?").await,
            Line::Polling(_) => Ok(()),
        }
    }

    /// Sends a close frame, if it is a WebSocket.
    pub(crate) async fn close(&mut self) -> Result<(), End> {
        match &mut self.line {
            Line::WebSocket(ws) => ws.frame(0x80 | websocket::CLOSE, &1000_u16.to_be_bytes()).await,
            Line::Polling(_) => Ok(()),
        }
    }

    /// When this is dropped the server hears of a broken connection.
    pub(crate) fn reset_on_drop(&self) {
        match &self.line {
            Line::WebSocket(ws) => reset(&ws.stream),
            Line::Polling(polling) => {
                reset(&polling.polls.stream);
                reset(&polling.posts.stream);
            }
        }
    }
}

/// Opens a WebSocket for a session that polls, and probes it.
pub(crate) async fn probe(storm: &Storm, way: &Way, sid: &str) -> Result<WebSocket, End> {
    let query = way.query("websocket", Some(sid));
    let opening = WebSocket::open(storm.address, &query, way.deflate, None);
    let mut ws = within("the second handshake", PATIENCE, opening).await?;
    ws.send(websocket::TEXT, b"2probe").await?;
    let answer = within("the answer to a probe", PATIENCE, ws.next()).await?;
    if answer.payload != b"3probe" {
        return Err(End::Gone(format!("a probe is answered with {answer:?}")));
    }
    Ok(ws)
}

fn refused(what: &str, answer: &Answer) -> End {
    End::Gone(format!("{what} is answered with {} {}", answer.status, String::from_utf8_lossy(&answer.body)))
}

fn packet_of(way: &Way, frame: Frame) -> Result<Option<Packet>, End> {
    let text = |payload| String::from_utf8(payload).map_err(|_| End::Fault("a text that is none".into()));
    Ok(Some(match frame.opcode {
        websocket::TEXT => {
            let text = text(frame.payload)?;
            match text.strip_prefix("b4").filter(|_| way.old) {
                Some(bytes) => match STANDARD.decode(bytes) {
                    Ok(bytes) => Packet::Binary(bytes),
                    Err(error) => return fault(format!("what is no base64: {error}")),
                },
                None => Packet::Text(text),
            }
        }
        websocket::BINARY if way.old => match frame.payload.split_first() {
            Some((4, bytes)) if !way.base64 => Packet::Binary(bytes.to_vec()),
            _ => return fault(format!("{}: bytes {:?}", way.name, frame.payload)),
        },
        websocket::BINARY => Packet::Binary(frame.payload),
        websocket::PONG => return Ok(None),
        websocket::CLOSE => return Err(End::Gone("the server closed the WebSocket".into())),
        other => return fault(format!("a frame with the opcode {other}")),
    }))
}

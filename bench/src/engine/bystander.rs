//! Somebody who hears nothing of the room, and asks the server for an answer again and again.
//!
//! It has a thread of its own: the one that reads for thousands of members would get to its answers late, and that
//! would be measured.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::protocol;
use crate::Fault;
use crate::websocket::header;

/// Between an answer and the next question.
const PAUSE: Duration = Duration::from_millis(1);
/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Where it is, where servers have more than one room; elsewhere it hears what everybody hears, and pays no heed.
const ROOM: &str = "elsewhere";

/// A question, in nanoseconds of the room's clock.
pub(super) struct Asked {
    pub(super) at: u64,
    pub(super) answered: u64,
}

/// One that is asking.
pub(super) struct Bystander {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<Asked>, Fault>>,
}

impl Bystander {
    /// Comes in under this number and begins to ask.
    pub(super) fn enter(address: SocketAddr, clock: Instant, number: usize) -> Result<Self, Fault> {
        let mut line = Line::open(address)?;
        line.stream.write_all(protocol::upgrade(&address.to_string()).as_bytes())?;
        line.head()?;
        line.until(|packet| packet.starts_with(b"0"))?;
        let mut connect = Vec::new();
        protocol::connect(&mut connect, number, Some(ROOM));
        line.stream.write_all(&connect)?;
        line.until(|packet| packet.starts_with(b"40"))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || line.ask_until(&stopped, clock));
        Ok(Self { stop, thread })
    }

    /// Stops; what it asked, in order.
    pub(super) fn leave(self) -> Result<Vec<Asked>, Fault> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the bystander's thread panicked")?
    }
}

/// A connection that blocks.
struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// How many of those bytes have been looked at.
    used: usize,
}

impl Line {
    fn open(address: SocketAddr) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LIMIT))?;
        Ok(Self { stream, buffer: Vec::new(), used: 0 })
    }

    fn ask_until(mut self, stop: &AtomicBool, clock: Instant) -> Result<Vec<Asked>, Fault> {
        let now = || clock.elapsed().as_nanos() as u64;
        let mut asked = Vec::new();
        let mut frame = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let id = asked.len();
            frame.clear();
            protocol::client_frame(&mut frame, &[format!(r#"42{id}["echo","x"]"#).as_bytes()]);
            let answer = format!(r#"43{id}["x"]"#);
            let at = now();
            self.stream.write_all(&frame)?;
            self.until(|packet| packet == answer.as_bytes())?;
            asked.push(Asked { at, answered: now() });
            thread::park_timeout(PAUSE);
        }
        Ok(asked)
    }

    /// Reads past the head of the HTTP answer.
    fn head(&mut self) -> Result<(), Fault> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, protocol::HEAD_END) {
                self.used = end + protocol::HEAD_END.len();
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Reads to the packet that is waited for. Pings are answered, and what goes to the room does not matter here.
    fn until(&mut self, wanted: impl Fn(&[u8]) -> bool) -> Result<(), Fault> {
        loop {
            let Some((start, length)) = header(&self.buffer[self.used..]) else {
                self.fill()?;
                continue;
            };
            let from = self.used + start;
            let packet = &self.buffer[from..from + length];
            self.used = from + length;
            if wanted(packet) {
                return Ok(());
            }
            match packet {
                b"2" => {
                    let mut pong = Vec::new();
                    protocol::client_frame(&mut pong, &[b"3"]);
                    self.stream.write_all(&pong)?;
                }
                [b'4', b'2', ..] => {}
                other => {
                    return Err(format!("the bystander heard {}", String::from_utf8_lossy(other)).into());
                }
            }
        }
    }

    fn fill(&mut self) -> Result<(), Fault> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let mut bytes = [0; 16 * 1024];
        let read =
            self.stream.read(&mut bytes).map_err(|error| format!("the bystander hears nothing: {error}"))?;
        if read == 0 {
            return Err("the server closed the bystander's connection".into());
        }
        self.buffer.extend_from_slice(&bytes[..read]);
        Ok(())
    }
}

//! One member of the room: comes in, hears, answers pings, and says what it is given.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;

use super::protocol;
use super::room::{Ears, Room};
use crate::websocket::header;

/// What there is to know about a connection before it is made.
pub(super) struct Entrance {
    /// Where the server listens.
    pub(super) address: SocketAddr,
    /// Members come from this many addresses of this machine, 127.0.0.2 and on; 0: from whichever the kernel takes.
    pub(super) addresses: u32,
    /// How many may be coming in at once.
    pub(super) doors: Semaphore,
}

/// What a connection keeps between two reads.
struct Member {
    ears: Ears,
    /// Whether the head of the HTTP answer is behind it.
    upgraded: bool,
    joined: bool,
    /// The beginning of a frame whose end has not come yet.
    rest: Vec<u8>,
    /// What is to be written.
    out: Vec<u8>,
}

/// What a member waits for.
enum Woken {
    Read(usize),
    ToSay,
}

/// Stays in the room until the server closes the connection.
pub(super) async fn stay(room: Rc<Room>, entrance: Rc<Entrance>, number: usize) {
    if let Err(error) = stay_to_the_end(&room, &entrance, number).await {
        room.fault("connection", error.to_string().as_bytes());
    }
    room.leave();
}

async fn stay_to_the_end(room: &Room, entrance: &Entrance, number: usize) -> io::Result<()> {
    let mut permit = entrance.doors.acquire().await.ok();
    let mut stream = connect(entrance, number).await?;
    stream.set_nodelay(true)?;
    stream.write_all(protocol::upgrade(&entrance.address.to_string()).as_bytes()).await?;
    let ears = room.ears(number);
    let mut member = Member { ears, upgraded: false, joined: false, rest: Vec::new(), out: Vec::new() };
    let mailbox = room.mailbox(number);
    loop {
        let woken = match mailbox {
            None => Woken::Read(read(&mut stream, &mut member, room).await?),
            Some(mailbox) => tokio::select! {
                biased;
                () = mailbox.filled.notified() => Woken::ToSay,
                read = read(&mut stream, &mut member, room) => Woken::Read(read?),
            },
        };
        match woken {
            Woken::Read(0) => return Ok(()),
            Woken::Read(_) if member.joined => drop(permit.take()),
            Woken::Read(_) | Woken::ToSay => {}
        }
        if let Some(mailbox) = mailbox {
            member.out.append(&mut mailbox.frames.borrow_mut());
        }
        if !member.out.is_empty() {
            stream.write_all(&member.out).await?;
            member.out.clear();
        }
    }
}

async fn connect(entrance: &Entrance, number: usize) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(turn) = (number as u32).checked_rem(entrance.addresses) {
        let own = Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + 1 + turn);
        socket.bind(SocketAddr::from((own, 0)))?;
    }
    socket.connect(entrance.address).await
}

/// Reads into the buffer that all share, and takes in what came while it is there. Tells how many bytes came.
async fn read(stream: &mut TcpStream, member: &mut Member, room: &Room) -> io::Result<usize> {
    poll_fn(|context| {
        let mut buffer = room.buffer.borrow_mut();
        let mut buffer = ReadBuf::new(&mut buffer);
        let polled = Pin::new(&mut *stream).poll_read(context, &mut buffer);
        polled.map_ok(|()| {
            member.take_in(room, buffer.filled());
            buffer.filled().len()
        })
    })
    .await
}

impl Member {
    fn take_in(&mut self, room: &Room, bytes: &[u8]) {
        room.reads.set(room.reads.get() + 1);
        let now = room.now();
        if self.rest.is_empty() {
            let used = self.frames(room, bytes, now);
            self.rest.extend_from_slice(&bytes[used..]);
        } else {
            let mut all = std::mem::take(&mut self.rest);
            all.extend_from_slice(bytes);
            let used = self.frames(room, &all, now);
            all.drain(..used);
            self.rest = all;
        }
    }

    /// Takes in whole frames; tells how many bytes they were.
    fn frames(&mut self, room: &Room, bytes: &[u8], now: u64) -> usize {
        let mut used = 0;
        if !self.upgraded {
            let Some(end) = memchr::memmem::find(bytes, protocol::HEAD_END) else { return 0 };
            if !bytes.starts_with(protocol::SWITCHING) {
                room.fault("no upgrade", bytes);
            }
            self.upgraded = true;
            used = end + protocol::HEAD_END.len();
        }
        while let Some((start, length)) = header(&bytes[used..]) {
            let kind = bytes[used];
            let payload = &bytes[used + start..used + start + length];
            match kind {
                protocol::TEXT_FRAME => self.packet(room, payload, now),
                // A peer's own; what Engine.IO pings with is a text.
                protocol::PING_FRAME => {}
                _ => room.fault("not a text", &bytes[used..used + start + length]),
            }
            used += start + length;
        }
        used
    }

    fn packet(&mut self, room: &Room, payload: &[u8], now: u64) {
        match payload {
            [b'4', b'2', ..] => room.deliver(&mut self.ears, payload, now),
            [b'2'] => {
                room.pings.set(room.pings.get() + 1);
                protocol::client_frame(&mut self.out, &[b"3"]);
            }
            [b'0', ..] => {
                let number = self.ears.number;
                protocol::connect(&mut self.out, number, room.group(number).as_deref());
            }
            [b'4', b'0', ..] => {
                self.joined = true;
                room.joined.set(room.joined.get() + 1);
                room.door.notify_one();
            }
            _ => room.fault("an unknown packet", payload),
        }
    }
}

//! The least that a server of the job can do: one thread, epoll, frames written by hand.
//!
//! It knows one room and one event, reads no JSON, has no heartbeats and no limits, and keeps whatever a slow member
//! does not take. What a real server costs beyond this is what its engine costs.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use clap::Args;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;

use super::{files, protocol};
use crate::Fault;
use requests::{Request, request};

mod requests;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4096;
/// Most connections that one round brings.
const EVENTS: usize = 1024;
/// Bytes read at once.
const READ: usize = 64 * 1024;
/// What epoll calls the listener.
const LISTENER: u64 = u64::MAX;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Where to listen on 127.0.0.1.
    #[arg(long)]
    port: u16,
    /// Write each message to each member by itself. Otherwise all that one round of epoll brought goes to a member in
    /// one write.
    #[arg(long)]
    direct: bool,
}

/// One connection.
struct Member {
    stream: TcpStream,
    /// Whether HTTP is behind it.
    upgraded: bool,
    /// The beginning of a frame whose end has not come yet.
    rest: Vec<u8>,
    name: Vec<u8>,
    joined: bool,
    /// What the kernel did not take.
    unsent: Vec<u8>,
}

struct Ceiling {
    epoll: OwnedFd,
    listener: TcpListener,
    members: Vec<Option<Member>>,
    free: Vec<usize>,
    /// Who is in the room.
    room: Vec<usize>,
    /// Frames that everybody gets.
    batch: Vec<u8>,
    direct: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    files::raise_limit()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port))?;
    rustix::net::listen(&listener, BACKLOG)?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
    println!("ready on {}", listener.local_addr()?);
    let (members, free, room, batch) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    Ceiling { epoll, listener, members, free, room, batch, direct: arguments.direct }.serve()
}

impl Ceiling {
    fn serve(mut self) -> Result<(), Fault> {
        let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
        let mut buffer = vec![0; READ];
        loop {
            epoll::wait(&self.epoll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                let (data, flags) = (event.data, event.flags);
                match data.u64() {
                    LISTENER => self.accept()?,
                    place => self.attend(place as usize, flags, &mut buffer)?,
                }
            }
            self.tell_everybody()?;
        }
    }

    fn accept(&mut self) -> Result<(), Fault> {
        while let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let place = self.free.pop().unwrap_or_else(|| {
                self.members.push(None);
                self.members.len() - 1
            });
            epoll::add(&self.epoll, &stream, EventData::new_u64(place as u64), EventFlags::IN)?;
            let (rest, name, unsent) = (Vec::new(), Vec::new(), Vec::new());
            self.members[place] = Some(Member { stream, upgraded: false, rest, name, joined: false, unsent });
        }
        Ok(())
    }

    fn attend(&mut self, place: usize, flags: EventFlags, buffer: &mut [u8]) -> Result<(), Fault> {
        let Some(member) = self.members[place].as_mut() else { return Ok(()) };
        if flags.contains(EventFlags::OUT) {
            let unsent = std::mem::take(&mut member.unsent);
            let data = EventData::new_u64(place as u64);
            epoll::modify(&self.epoll, &member.stream, data, EventFlags::IN)?;
            member.write(&self.epoll, place, &unsent)?;
        }
        if !flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR) {
            return Ok(());
        }
        match member.stream.read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Ok(0) | Err(_) => {
                self.forget(place);
                Ok(())
            }
            Ok(read) => self.take_in(place, &buffer[..read]),
        }
    }

    fn forget(&mut self, place: usize) {
        // Closing the socket takes it out of epoll.
        self.members[place] = None;
        self.room.retain(|member| *member != place);
        self.free.push(place);
    }

    fn take_in(&mut self, place: usize, bytes: &[u8]) -> Result<(), Fault> {
        let Some(member) = self.members[place].as_mut() else { return Ok(()) };
        let mut all = std::mem::take(&mut member.rest);
        all.extend_from_slice(bytes);
        let mut used = 0;
        if !member.upgraded {
            let Some(end) = memchr::memmem::find(&all, protocol::HEAD_END) else {
                member.rest = all;
                return Ok(());
            };
            used = end + protocol::HEAD_END.len();
            member.upgraded = true;
            let mut answer = protocol::UPGRADED.to_vec();
            protocol::server_frame(&mut answer, &[protocol::OPEN]);
            member.write(&self.epoll, place, &answer)?;
        }
        while let Some((length, payload)) = requests::frame(&mut all[used..]) {
            let payload = &all[used + payload.start..used + payload.end];
            used += length;
            let Some(member) = self.members[place].as_mut() else { return Ok(()) };
            match request(payload) {
                Request::Connect(name) => {
                    member.name = name.to_vec();
                    if !std::mem::replace(&mut member.joined, true) {
                        self.room.push(place);
                    }
                    let mut answer = Vec::new();
                    protocol::server_frame(&mut answer, &[protocol::CONNECTED]);
                    member.write(&self.epoll, place, &answer)?;
                }
                Request::Post(text) => {
                    let parts =
                        [protocol::HEARD, &member.name, protocol::HEARD_TEXT, text, protocol::HEARD_END];
                    protocol::server_frame(&mut self.batch, &parts);
                    if self.direct {
                        self.tell_everybody()?;
                    }
                }
                Request::Other => {}
            }
        }
        if used < all.len()
            && let Some(member) = self.members[place].as_mut()
        {
            member.rest.extend_from_slice(&all[used..]);
        }
        Ok(())
    }

    fn tell_everybody(&mut self) -> Result<(), Fault> {
        if self.batch.is_empty() {
            return Ok(());
        }
        for place in &self.room {
            if let Some(member) = self.members[*place].as_mut() {
                member.write(&self.epoll, *place, &self.batch)?;
            }
        }
        self.batch.clear();
        Ok(())
    }
}

impl Member {
    /// Writes at once what the kernel takes; the rest when it takes more.
    fn write(&mut self, epoll: &OwnedFd, place: usize, bytes: &[u8]) -> io::Result<()> {
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        // Whoever has gone is noticed when it is read from.
        let written = self.stream.write(bytes).unwrap_or(0);
        if written < bytes.len() {
            self.unsent.extend_from_slice(&bytes[written..]);
            let data = EventData::new_u64(place as u64);
            epoll::modify(epoll, &self.stream, data, EventFlags::IN | EventFlags::OUT)?;
        }
        Ok(())
    }
}

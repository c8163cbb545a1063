//! What keeps presence: it tells, writes, renews, reads and forgets, one thing after the other.

use std::sync::Arc;
use std::time::Duration;

use chinwag_model::StreamId;
use futures_util::stream::{self, StreamExt};
use redis::{Pipeline, Value};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use super::others::Others;
use super::own::Change;
use super::{AT, LIMIT, People};
use crate::redis::channels::Use;
use crate::redis::envelope::{Message, Version};
use crate::redis::fan_out;
use crate::redis::incoming::{Heard, Incoming};
use crate::redis::keys::Channel;
use crate::redis::millis;
use crate::redis::node::NodeId;

/// What changed is told together with what changes within this time.
const GATHER: Duration = Duration::from_millis(50);
/// How often leases, renewals and what could not be done are looked at.
const TICK: Duration = Duration::from_millis(250);
/// A node shows this often that it lives …
const BEAT: Duration = Duration::from_secs(2);
/// … and is believed to for so long after.
const LEASE: Duration = Duration::from_secs(10);
/// A place is renewed in Redis this often …
const RENEW: Duration = Duration::from_secs(20);
/// … and what a node has there expires, in Redis and in the memory of others, so long after.
const EXPIRE: Duration = Duration::from_secs(65);
/// How many questions to Redis are under way at the same time.
const SIDE_BY_SIDE: usize = 64;
/// Most places that are renewed, and most hashes that are read, in one turn.
const AT_ONCE: usize = 512;
/// Most people that are written with one command.
const WRITTEN_AT_ONCE: usize = 500;
/// Stands in a hash that is not written to its end.
const UNFINISHED: &str = "unfinished";

/// Keeps presence, for as long as this is polled.
pub(in crate::redis) async fn keep(
    people: Arc<People>,
    incoming: Arc<Incoming>,
    mut heard: mpsc::Receiver<Heard>,
) {
    let mut keeper =
        Keeper { people, others: Others::default(), unread: Vec::new(), beat_at: Instant::now() };
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tell_at: Option<Instant> = None;
    loop {
        let telling = async {
            match tell_at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            said = heard.recv() => match said {
                Some((node, message)) => keeper.hear(node, message),
                None => return,
            },
            () = keeper.people.wake.notified(), if tell_at.is_none() => tell_at = Some(Instant::now() + GATHER),
            () = telling => {
                tell_at = None;
                keeper.tell().await;
                keeper.follow().await;
                keeper.read().await;
            }
            () = incoming.presence_missed() => keeper.begin_anew(),
            _ = ticks.tick() => keeper.tick().await,
        }
    }
}

struct Keeper {
    people: Arc<People>,
    others: Others,
    /// Places that are followed and whose other people are not all read.
    unread: Vec<StreamId>,
    /// When this node shows again that it lives.
    beat_at: Instant,
}

impl Keeper {
    /// A node said something.
    fn hear(&mut self, node: NodeId, message: Message) {
        let now = Instant::now();
        let places = &self.people.places;
        match message {
            Message::PlaceChanged { place, from, to, came, went } if self.people.own().follows(place) => {
                self.others.says_something(node, now + LEASE, Version::PREVIOUS as u8);
                self.others.changed((place, node), (from, to), came, &went, now, places);
            }
            Message::PlaceStands { place, at } if self.people.own().follows(place) => {
                self.others.says_something(node, now + LEASE, Version::PREVIOUS as u8);
                self.others.stands(place, node, at, now);
            }
            Message::Gone => self.others.gone(node, places),
            _ => {}
        }
    }

    /// Something may have been missed, and Redis may have lost something.
    fn begin_anew(&mut self) {
        let mut own = self.people.own();
        self.others.read_again(&own.all(), &self.others.nodes());
        own.renew_all(Instant::now());
        drop(own);
        self.beat_at = Instant::now();
    }

    async fn tick(&mut self) {
        let now = Instant::now();
        if self.others.end_leases(now, &self.people.places) > 0 {
            *self.people.nodes() = self.others.nodes();
        }
        self.others.doubt(now, EXPIRE, &self.people.places);
        for place in self.people.own().take_idle(now) {
            self.others.forget(place);
            self.people.places.forget(place);
            self.people.servers.channels().unwant(place, Use::Presence, now);
            // For who has missed that the last have gone.
            self.people.teller.tell(Channel::Stream(place), &Message::PlaceStands { place, at: 0 });
        }
        if self.beat_at <= now {
            self.beat_at = now + BEAT;
            self.people.own().write_again();
            self.beat().await;
        }
        self.tell().await;
        self.renew().await;
        self.follow().await;
        self.read().await;
    }

    /// Shows that this node lives, and learns who else does.
    async fn beat(&mut self) {
        let people = &self.people;
        let name = people.servers.keys().nodes();
        let arguments = [people.lease_name(), millis(LEASE).to_string()];
        let answer = people.beat.run(&people.servers, &name, &arguments, LIMIT).await;
        let answer = match answer {
            Ok(Value::Array(answer)) => answer,
            Ok(_) => return,
            Err(reason) => {
                tracing::debug!(%reason, "this node could not show that it lives");
                return;
            }
        };
        let now = Instant::now();
        let mut answer = answer.into_iter();
        if matches!(answer.next(), Some(Value::Int(1))) {
            // Either this is the first time, or Redis has forgotten.
            people.own().nothing_is_written();
        }
        let mut fresh = Vec::new();
        while let Some((name, left)) = answer.next().zip(answer.next()) {
            let Some((node, reads)) = node_in(&name).filter(|(node, _)| *node != people.me) else { continue };
            let left = milliseconds_in(&left).unwrap_or(LEASE).min(LEASE);
            if self.others.lives(node, now + left, reads) {
                fresh.push(node);
            }
        }
        self.others.read_again(&people.own().all(), &fresh);
        people.teller.others_read(self.others.read_versions());
        *people.nodes() = self.others.nodes();
    }

    /// Tells and writes what has changed here.
    async fn tell(&self) {
        let changes = self.people.own().take_changes();
        let telling =
            stream::iter(changes).for_each_concurrent(SIDE_BY_SIDE, |change| self.tell_change(change));
        telling.await;
    }

    /// First it is written, so that who has missed it and reads finds it.
    async fn tell_change(&self, change: Change) {
        let written = self.write(&change).await;
        let Change { place, from, to, came, went, .. } = change;
        let message = if from != to || !came.is_empty() || !went.is_empty() {
            let came = came.iter().map(|person| (**person).clone()).collect();
            Message::PlaceChanged { place, from, to, came, went }
        } else {
            // Who has read while it was not there reads again.
            Message::PlaceStands { place, at: to }
        };
        self.people.teller.tell(Channel::Stream(place), &message);
        let mut own = self.people.own();
        if written {
            own.is_written(place, to, Instant::now() + RENEW);
        } else {
            own.is_not_written(place);
        }
    }

    /// Writes a change, or everybody. Says whether Redis has all of it now.
    async fn write(&self, change: &Change) -> bool {
        let Some(everybody) = &change.everybody else {
            let (from, to) = (change.from.to_string(), change.to.to_string());
            return self.write_part(change.place, &from, &to, &change.came, &change.went).await;
        };
        let to = change.to.to_string();
        let mut chunks = everybody.chunks(WRITTEN_AT_ONCE).peekable();
        let mut from = "";
        loop {
            let chunk = chunks.next().unwrap_or_default();
            let last = chunks.peek().is_none();
            if !self.write_part(change.place, from, if last { &to } else { UNFINISHED }, chunk, &[]).await {
                return false;
            }
            if last {
                return true;
            }
            from = UNFINISHED;
        }
    }

    async fn write_part(
        &self,
        place: StreamId,
        from: &str,
        to: &str,
        came: &[Arc<chinwag_model::Person>],
        went: &[chinwag_model::UserId],
    ) -> bool {
        let people = &self.people;
        let name = people.servers.keys().place(place, people.me);
        let mut arguments =
            vec![from.to_owned(), to.to_owned(), millis(EXPIRE).to_string(), came.len().to_string()];
        for person in came {
            arguments.push(person.id.to_string());
            // Strings and numbers never fail.
            arguments.push(serde_json::to_string(&**person).unwrap_or_default());
        }
        arguments.extend(went.iter().map(ToString::to_string));
        match people.write_place.run(&people.servers, &name, &arguments, LIMIT).await {
            Ok(answer) => answer == Value::Int(1),
            Err(reason) => {
                tracing::debug!(%reason, "who is where was not written to Redis");
                false
            }
        }
    }

    /// Renews the places that are due, and tells what they are at.
    async fn renew(&self) {
        let now = Instant::now();
        let due = self.people.own().take_renewals(now, now + RENEW, AT_ONCE);
        let renewing =
            stream::iter(due).for_each_concurrent(SIDE_BY_SIDE, |(place, at)| self.renew_place(place, at));
        renewing.await;
    }

    async fn renew_place(&self, place: StreamId, at: u64) {
        if at == 0 {
            return;
        }
        let people = &self.people;
        let name = people.servers.keys().place(place, people.me);
        let Some(connected) = people.servers.of(&name) else { return };
        let mut commands = Pipeline::new();
        commands.cmd("HGET").arg(&name).arg(AT);
        commands.cmd("PEXPIRE").arg(&name).arg(millis(EXPIRE));
        let Ok(answers) = connected.link.ask_all(&commands, LIMIT).await else { return };
        let known = Value::BulkString(at.to_string().into_bytes());
        if answers.first() != Some(&known) {
            people.own().is_not_written(place);
            return;
        }
        people.teller.tell(Channel::Stream(place), &Message::PlaceStands { place, at });
    }

    /// Listens to the places that are followed since a moment ago, and has read who else is there.
    async fn follow(&mut self) {
        let people = &self.people;
        let fresh = people.own().take_fresh();
        let listening = stream::iter(fresh.iter()).for_each_concurrent(SIDE_BY_SIDE, |place| async move {
            let channels = people.servers.channels();
            // If it is not heard in time, everything is read again once it is.
            fan_out::hear(channels, &people.servers, *place, Use::Presence).await;
        });
        listening.await;
        self.others.read_again(&fresh, &self.others.nodes());
        self.unread.extend(fresh);
    }

    /// Reads what was missed.
    async fn read(&mut self) {
        let wanted = self.others.take_to_read(AT_ONCE);
        let people = &self.people;
        let read: Vec<_> = stream::iter(wanted)
            .map(|(place, node)| async move { (place, node, people.read(place, node).await) })
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        let now = Instant::now();
        for (place, node, read) in read {
            let follows = people.own().follows(place);
            match read {
                Ok(Some((at, found))) if follows => {
                    self.others.read(place, node, at, found, now, &people.places);
                }
                // What Redis does not know is not written yet, or will not be renewed either.
                Ok(_) => {}
                Err(_) if follows => self.others.read_again(&[place], &[node]),
                Err(_) => {}
            }
        }
        let others = &self.others;
        let mut own = people.own();
        self.unread.retain(|place| {
            let unread = others.is_to_be_read(*place);
            if !unread {
                own.has_read(*place);
            }
            unread
        });
    }
}

/// The node, and the newest version that it reads, of the name of a lease.
fn node_in(name: &Value) -> Option<(NodeId, u8)> {
    let Value::BulkString(name) = name else { return None };
    let (node, reads) = std::str::from_utf8(name).ok()?.split_once(':')?;
    Some((NodeId::parse(node)?, reads.parse().ok()?))
}

fn milliseconds_in(value: &Value) -> Option<Duration> {
    let number = match value {
        Value::Int(number) => *number,
        Value::BulkString(text) => std::str::from_utf8(text).ok()?.parse().ok()?,
        _ => return None,
    };
    u64::try_from(number).ok().map(Duration::from_millis)
}

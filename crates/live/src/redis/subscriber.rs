//! The connection to one server over which it tells what others publish.
//!
//! One task keeps it. After each connect it asks for everything that this node wants to hear from that server, and says
//! that something may have been missed. All orders go through it one pipeline after the other, so that Redis gets them in
//! the order in which they were given.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, PushKind};
use tokio::sync::{Notify, mpsc, oneshot};

use super::back_off::BackOff;
use super::connect::Connection;
use super::health::Part;
use super::keys::{Channel, Keys};
use super::options::Server;
use super::servers::Servers;

/// How many orders may wait; beyond it everything that is wanted is gone through.
const ORDERS: usize = 4_096;
/// Most channels that are asked for at once.
const AT_ONCE: usize = 512;
/// How long Redis has to confirm them.
const CONFIRM: Duration = Duration::from_secs(2);
/// A server that says nothing is asked whether it lives this often …
const PING: Duration = Duration::from_secs(1);
/// … and has this long to answer: then the connection is given up.
const PONG: Duration = Duration::from_secs(1);

/// What is to be heard, or not any more.
enum Order {
    Join(Channel, oneshot::Sender<()>),
    Leave(Channel),
}

/// Waits for orders, which [`Subscriber::keep`] carries out.
pub(super) struct Orders(mpsc::Receiver<Order>);

/// One server, to be listened to.
pub(super) struct Subscriber {
    server: Arc<Server>,
    cluster: bool,
    orders: mpsc::Sender<Order>,
    /// Whether orders are carried out at present.
    up: AtomicBool,
    /// Orders did not fit.
    overflown: Notify,
}

/// What the connection itself has shown while it lasts.
#[derive(Default)]
struct Shown {
    /// How many channels we are leaving.
    leaving: AtomicUsize,
    /// Redis had us leave a channel that we did not want to leave: its slot has moved.
    thrown_out: Notify,
}

impl Subscriber {
    pub(super) fn new(server: Arc<Server>, cluster: bool) -> (Arc<Self>, Orders) {
        let (orders, receiver) = mpsc::channel(ORDERS);
        let (up, overflown) = (AtomicBool::new(false), Notify::new());
        (Arc::new(Self { server, cluster, orders, up, overflown }), Orders(receiver))
    }

    /// Asks for a channel; the end of what it returns tells that Redis has confirmed it, or never will. Nothing, if nobody
    /// can be asked now: whatever is wanted is asked for as soon as somebody can.
    pub(super) fn join(&self, channel: Channel) -> Option<oneshot::Receiver<()>> {
        if !self.up.load(Ordering::SeqCst) {
            return None;
        }
        let (done, confirmed) = oneshot::channel();
        if self.orders.try_send(Order::Join(channel, done)).is_err() {
            self.overflown.notify_one();
            return None;
        }
        Some(confirmed)
    }

    /// Leaves a channel.
    pub(super) fn leave(&self, channel: Channel) {
        if self.orders.try_send(Order::Leave(channel)).is_err() {
            self.overflown.notify_one();
        }
    }

    /// Keeps the connection, for as long as this is polled.
    pub(super) async fn keep(&self, mut orders: Orders, servers: &Servers, mut part: Part) {
        let mut back_off = BackOff::default();
        loop {
            let mut held = HashSet::new();
            let reason = self.one_connection(&mut orders.0, servers, &mut held, &mut part).await;
            self.up.store(false, Ordering::SeqCst);
            servers.channels().lose(held.into_iter());
            // What is wanted is known; who waits goes on.
            while orders.0.try_recv().is_ok() {}
            if part.set(false) {
                tracing::warn!(server = %self.server, reason, "Redis is not heard any more; it is tried again");
                back_off.reset();
            }
            servers.refresh();
            back_off.wait().await;
        }
    }

    /// Connects, asks for all that is wanted, then for what is ordered. Says why that failed or came to its end.
    async fn one_connection(
        &self,
        orders: &mut mpsc::Receiver<Order>,
        servers: &Servers,
        held: &mut HashSet<Channel>,
        part: &mut Part,
    ) -> String {
        let shown = Arc::new(Shown::default());
        let mut connection = match self.connect(servers, &shown).await {
            Ok(connection) => connection,
            Err(reason) => return reason,
        };
        let mut moved = servers.moved();
        let mut joined = match self.reconcile(&connection, servers, held, &shown).await {
            Ok(joined) => joined,
            Err(reason) => return reason,
        };
        // Who comes from now on orders; who came before is found by looking again.
        self.up.store(true, Ordering::SeqCst);
        let mut pings = tokio::time::interval(PING);
        let mut batch = Vec::with_capacity(AT_ONCE);
        let mut look_again = true;
        loop {
            if std::mem::take(&mut look_again) {
                match self.reconcile(&connection, servers, held, &shown).await {
                    Ok(more) => joined |= more,
                    Err(reason) => return reason,
                }
                if part.set(true) || joined {
                    joined = false;
                    servers.incoming().has_missed();
                }
            }
            tokio::select! {
                () = connection.ended() => return "the connection ended".into(),
                () = shown.thrown_out.notified() => return "slots have moved".into(),
                () = self.overflown.notified() => look_again = true,
                _ = moved.changed() => look_again = true,
                count = orders.recv_many(&mut batch, AT_ONCE) => {
                    if count == 0 {
                        return "nobody orders any more".into();
                    }
                    if let Err(reason) = self.carry_out(&connection, servers, held, &shown, &mut batch).await {
                        return reason;
                    }
                }
                _ = pings.tick() => if !connection.answers(PONG).await {
                    return "it does not answer pings".into();
                },
            }
        }
    }

    async fn connect(&self, servers: &Servers, shown: &Arc<Shown>) -> Result<Connection, String> {
        let (incoming, shown) = (Arc::clone(servers.incoming()), Arc::clone(shown));
        let heard = move |push: redis::PushInfo| match push.kind {
            PushKind::Unsubscribe | PushKind::SUnsubscribe => {
                let one_less = |leaving: usize| leaving.checked_sub(1);
                if shown.leaving.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less).is_err() {
                    shown.thrown_out.notify_one();
                }
            }
            _ => incoming.pushed(push),
        };
        servers.connector().connect(&self.server, heard).await
    }

    /// Joins and leaves what is necessary to hear what is wanted. Says whether anything was joined.
    async fn reconcile(
        &self,
        connection: &Connection,
        servers: &Servers,
        held: &mut HashSet<Channel>,
        shown: &Shown,
    ) -> Result<bool, String> {
        let keys = servers.keys();
        let is_mine = |channel| servers.has(&self.server, &keys.channel(channel));
        let wanted: HashSet<_> = servers.channels().all(is_mine).into_iter().collect();
        let gone: Vec<_> = held.difference(&wanted).copied().collect();
        let new: Vec<_> = wanted.difference(held).copied().collect();
        servers.channels().lose(gone.iter().copied());
        for channels in gone.chunks(AT_ONCE) {
            self.send(&connection.commands, keys, &[], channels, shown).await?;
            for channel in channels {
                held.remove(channel);
            }
        }
        for channels in new.chunks(AT_ONCE) {
            self.send(&connection.commands, keys, channels, &[], shown).await?;
            held.extend(channels);
            servers.channels().confirm(channels.iter().copied());
        }
        Ok(!new.is_empty())
    }

    /// Carries out orders, the last for each channel.
    async fn carry_out(
        &self,
        connection: &Connection,
        servers: &Servers,
        held: &mut HashSet<Channel>,
        shown: &Shown,
        orders: &mut Vec<Order>,
    ) -> Result<(), String> {
        let (mut join, mut leave, mut waiting) = (HashSet::new(), HashSet::new(), Vec::new());
        for order in orders.drain(..) {
            match order {
                Order::Join(channel, done) => {
                    leave.remove(&channel);
                    join.insert(channel);
                    waiting.push(done);
                }
                Order::Leave(channel) => {
                    join.remove(&channel);
                    leave.insert(channel);
                }
            }
        }
        leave.retain(|channel| held.contains(channel));
        let (join, leave): (Vec<_>, Vec<_>) = (join.into_iter().collect(), leave.into_iter().collect());
        self.send(&connection.commands, servers.keys(), &join, &leave, shown).await?;
        for channel in &leave {
            held.remove(channel);
        }
        held.extend(&join);
        servers.channels().confirm(join.into_iter());
        for done in waiting {
            // Who has given up has read the head before this, and may have missed what came in between.
            if done.send(()).is_err() {
                servers.incoming().has_missed();
            }
        }
        Ok(())
    }

    /// Sends what joins and leaves channels, and waits until Redis has confirmed all of it.
    async fn send(
        &self,
        connection: &MultiplexedConnection,
        keys: &Keys,
        join: &[Channel],
        leave: &[Channel],
        shown: &Shown,
    ) -> Result<(), String> {
        if join.is_empty() && leave.is_empty() {
            return Ok(());
        }
        let [joins, leaves] =
            if self.cluster { ["SSUBSCRIBE", "SUNSUBSCRIBE"] } else { ["SUBSCRIBE", "UNSUBSCRIBE"] };
        shown.leaving.fetch_add(leave.len(), Ordering::AcqRel);
        // One channel for each command, since each has one answer then.
        let mut commands = Pipeline::new();
        for channel in leave {
            commands.cmd(leaves).arg(keys.channel(*channel));
        }
        for channel in join {
            commands.cmd(joins).arg(keys.channel(*channel));
        }
        let mut connection = connection.clone();
        let sent = connection.send_packed_commands(&commands, 0, commands.len());
        match tokio::time::timeout(CONFIRM, sent).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("it does not confirm".into()),
        }
    }
}

//! The back end for many nodes, over Redis or a Redis Cluster.
//!
//! Nothing waits for Redis for long, and what others are told waits for it not at all. While it is away a node goes on with
//! what it knows: its own deliveries arrive at once, limits are counted by itself, people of other nodes go when their
//! leases are over. Once it is back everything is asked for again, and [`Delivery::MayHaveMissed`](crate::Delivery) says
//! that heads must be compared. `docs/redis.md` lists keys, channels and envelopes.
//!
//! | module | what it does |
//! |---|---|
//! | `options` | the address, and what can be chosen |
//! | `servers` | which servers there are (`slots`), and the connections to each: `link` asks and publishes, `subscriber` listens |
//! | `channels`, `incoming`, `inbox` | what this node wants to hear, and where it goes |
//! | `teller`, `envelope`, `outbox` | telling others |
//! | `presence`, `rate_limits`, `sessions` | the parts of the contract that keep something in Redis, by `scripts` |

mod back_off;
mod channels;
mod connect;
mod envelope;
mod fan_out;
mod health;
mod inbox;
mod incoming;
mod keys;
mod link;
mod node;
mod options;
mod outbox;
mod presence;
mod rate_limits;
mod scripts;
mod servers;
mod sessions;
mod slots;
mod subscriber;
mod teller;
mod tls;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::memory::sessions::Cache;
use channels::Channels;
use envelope::Version;
use health::{Health, Part};
use inbox::Inbox;
use incoming::Incoming;
use keys::{Channel, Keys};
use node::NodeId;
use presence::People;
use servers::Servers;
use teller::Teller;

pub use options::{Address, Envelopes, Instance, Options};

/// Live for one of many nodes.
pub struct RedisLive {
    keys: Keys,
    health: Health,
    inbox: Arc<Inbox>,
    channels: Arc<Channels>,
    servers: Arc<Servers>,
    teller: Arc<Teller>,
    people: Arc<People>,
    limits: rate_limits::Limits,
    sessions: Arc<Cache>,
    scripts: sessions::Scripts,
    /// They end with this.
    tasks: Mutex<JoinSet<()>>,
    /// Once it is closed, others are not heard.
    closed: Mutex<Option<Part>>,
}

impl RedisLive {
    /// Begins to connect. It works from the beginning, as it does while Redis is away.
    ///
    /// # Errors
    /// A sentence that says what to do: certificates cannot be used, or the system has no randomness.
    pub fn open(options: &Options) -> Result<Arc<Self>, String> {
        let me = NodeId::random().map_err(|error| format!("The system has no randomness ({error})."))?;
        let newest = Version::newest(options.envelopes);
        let (keys, health) = (Keys::new(&options.instance), Health::new());
        let (inbox, sessions) = (Arc::new(Inbox::new()), Arc::<Cache>::default());
        let (channels, lost) = (Arc::<Channels>::default(), Arc::<AtomicBool>::default());
        let (incoming, heard) = Incoming::new(me, newest, Arc::clone(&inbox), Arc::clone(&sessions));
        let servers = Servers::new(
            options.address.clone(),
            keys.clone(),
            health.clone(),
            Arc::clone(&channels),
            Arc::clone(&incoming),
            Arc::clone(&lost),
        )?;
        let teller = Arc::new(Teller::new(me, keys.clone(), Arc::clone(&servers), newest, lost));
        let people = Arc::new(People::new(me, newest, Arc::clone(&servers), Arc::clone(&teller)));
        // Revocations are for everybody. It is asked for as soon as somebody can be.
        channels.want(Channel::All, channels::Use::FanOut, || None);

        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&servers).keep(health.part()));
        tasks.spawn({
            let inbox = Arc::clone(&inbox);
            async move { inbox.tell_what_is_missed().await }
        });
        tasks.spawn({
            let teller = Arc::clone(&teller);
            async move { teller.tell_losses().await }
        });
        tasks.spawn({
            let incoming = Arc::clone(&incoming);
            async move { incoming.miss_what_is_unread().await }
        });
        tasks.spawn({
            let (channels, servers) = (Arc::clone(&channels), Arc::clone(&servers));
            async move { fan_out::leave_idle(&channels, &servers).await }
        });
        tasks.spawn(presence::keep(Arc::clone(&people), incoming, heard));
        Ok(Arc::new(Self {
            keys,
            health,
            inbox,
            channels,
            servers,
            teller,
            people,
            limits: rate_limits::Limits::default(),
            sessions,
            scripts: sessions::Scripts::default(),
            tasks: Mutex::new(tasks),
            closed: Mutex::default(),
        }))
    }

    /// Tells the others that this node ends, so that they need not wait for its lease, and lets go of Redis. Whatever is
    /// asked afterwards is answered as while Redis is away.
    pub async fn close(&self) {
        self.people.say_goodbye().await;
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
        self.servers.forget();
        self.channels.lose(self.channels.all(|_| true).into_iter());
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.health.part());
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

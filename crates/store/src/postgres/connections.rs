//! Connections to PostgreSQL: a pool of them for each purpose, so that none is kept waiting by what the others wait for,
//! and a door that is shut for a moment when PostgreSQL is away.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool::managed::{self, BuildError, Metrics, RecycleError, RecycleResult};
use deadpool_postgres::{Runtime, TimeoutType};
use tokio::runtime::Handle;

use super::failure::Cause;
use super::hosts::Hosts;
use super::identity::Present;
use super::options::{Options, Schema};
use super::outage::Outage;
use crate::commands::Installation;

pub(super) use deadpool_postgres::ClientWrapper as Client;

/// How long to wait until one of those in use is free.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long PostgreSQL may take for what each connection begins with.
const FIRST_WORDS: Duration = Duration::from_secs(5);
/// Most connections that post.
const POSTING: usize = 4;

/// How long a commit may be under way that nobody waits for any more.
const ASIDE: Duration = Duration::from_secs(600);

type Pool = managed::Pool<Opener>;
type Object = managed::Object<Opener>;

/// The way to PostgreSQL.
pub(super) struct Connections {
    /// One that is asked for no more than whether PostgreSQL is there, and for news.
    watching: Pool,
    reading: Pool,
    /// For posts that never wait for the locks of others,
    posting: Pool,
    /// for commands that do not either,
    writing: Pool,
    /// and for what does.
    waiting: Pool,
    outage: Mutex<Outage>,
}

impl Connections {
    /// Makes the way; nothing is connected yet.
    ///
    /// # Errors
    /// There is no runtime in which they could be limited in time.
    pub(super) fn new(
        options: &Options,
        hosts: &Arc<Hosts>,
        present: &Arc<Present>,
    ) -> Result<Self, BuildError> {
        let pool = |size: usize, plans: &'static str| {
            let (schema, hosts, present) = (options.schema.clone(), Arc::clone(hosts), Arc::clone(present));
            pool(Opener { hosts, schema, plans, present }, size)
        };
        let shares = Shares::of(options.connections);
        Ok(Self {
            watching: pool(1, "DEFAULT")?,
            reading: pool(shares.reading, "DEFAULT")?,
            posting: pool(shares.posting, "force_generic_plan")?,
            writing: pool(shares.writing, "force_generic_plan")?,
            waiting: pool(shares.waiting, "force_generic_plan")?,
            outage: Mutex::default(),
        })
    }

    /// The connection that watches PostgreSQL. Nothing that takes long is asked of it.
    pub(super) async fn watch(&self) -> Result<Connection, Cause> {
        self.take(&self.watching).await
    }

    /// A connection to read with.
    pub(super) async fn read(&self) -> Result<Connection, Cause> {
        self.take(&self.reading).await
    }

    /// A connection to post with, without waiting for the locks of others.
    pub(super) async fn post(&self) -> Result<Connection, Cause> {
        self.take(&self.posting).await
    }

    /// A connection to write with, without waiting for the locks of others.
    pub(super) async fn write(&self) -> Result<Connection, Cause> {
        self.take(&self.writing).await
    }

    /// A connection to write with that may wait for locks.
    pub(super) async fn wait(&self) -> Result<Connection, Cause> {
        self.take(&self.waiting).await
    }

    async fn take(&self, pool: &Pool) -> Result<Connection, Cause> {
        self.outage().may_try()?;
        match pool.get().await {
            Ok(object) => {
                self.outage().is_over();
                Ok(Connection { opened: Arc::clone(&object), place: Some(object) })
            }
            Err(managed::PoolError::Timeout(TimeoutType::Wait) | managed::PoolError::Closed) => {
                Err(Cause::Busy)
            }
            Err(managed::PoolError::Backend(cause)) => Err(self.outage().begins(cause.to_string())),
            Err(error) => Err(self.outage().begins(error.to_string())),
        }
    }

    /// PostgreSQL stands still. What is connected and not in use would not be answered either, so that is given up, and
    /// whoever comes next is told at once.
    pub(super) fn stand_still(&self, reason: &str) -> Cause {
        for pool in self.pools() {
            pool.retain(|_, _| false);
        }
        self.outage().begins(reason.to_owned())
    }

    /// A commit that nobody waits for any more is still under way on this connection: it waits for a standby that is not
    /// there, or PostgreSQL stands still. It counts as in use until that has ended, so that PostgreSQL is not asked for more
    /// and more connections; and it is not broken off, which would have it committed without the standby.
    pub(super) fn set_aside(connection: Connection, runtime: &Handle) {
        runtime.spawn(async move {
            let ended = connection.batch_execute("ROLLBACK");
            if tokio::time::timeout(ASIDE, ended).await.is_ok_and(|ended| ended.is_ok()) {
                connection.give_back();
            }
        });
    }

    fn pools(&self) -> [&Pool; 5] {
        [&self.watching, &self.reading, &self.posting, &self.writing, &self.waiting]
    }

    fn outage(&self) -> std::sync::MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives away no more connections.
    pub(super) fn close(&self) {
        for pool in self.pools() {
            pool.close();
        }
    }
}

/// How many connections there are for what, beside the one that watches. There are as many lanes and threads for each: none
/// waits for a connection with something that others could do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shares {
    /// For questions.
    pub(super) reading: usize,
    /// For posts that do not wait for locks.
    pub(super) posting: usize,
    /// For commands that do not.
    pub(super) writing: usize,
    /// For what does.
    pub(super) waiting: usize,
}

impl Shares {
    /// A third reads, and of the others no more post than can be busy with it.
    pub(super) fn of(connections: usize) -> Self {
        let most = connections.max(5);
        let reading = most / 3;
        let others = most - 1 - reading;
        let posting = others.div_ceil(3).clamp(1, POSTING);
        let waiting = ((others - posting) / 2).max(1);
        Self { reading, posting, writing: others - posting - waiting, waiting }
    }
}

fn pool(opener: Opener, size: usize) -> Result<Pool, BuildError> {
    Pool::builder(opener).max_size(size).runtime(Runtime::Tokio1).wait_timeout(Some(PATIENCE)).build()
}

/// Opens connections for a pool.
struct Opener {
    hosts: Arc<Hosts>,
    schema: Schema,
    plans: &'static str,
    present: Arc<Present>,
}

/// A connection, and what was true of the installation when it was opened: whoever answers it is another server, or has
/// gone back in time, only upon another connection.
struct Opened {
    client: Client,
    installation: Installation,
}

impl managed::Manager for Opener {
    type Type = Arc<Opened>;
    type Error = Cause;

    async fn create(&self) -> Result<Arc<Opened>, Cause> {
        let (client, task) = self.hosts.connect().await?;
        let mut client = Client::new(client, task);
        let begun = async {
            client.batch_execute(&session(&self.schema, self.plans)).await?;
            self.present.confirm(&mut client).await
        };
        let begun = tokio::time::timeout(FIRST_WORDS, begun).await;
        let installation = begun.map_err(|_| {
            let seconds = FIRST_WORDS.as_secs();
            Cause::Away(format!("it lets one in and then does not answer within {seconds} s"))
        })??;
        let foreign = || Cause::Away("what is kept there is not Chinwag's any more".to_owned());
        Ok(Arc::new(Opened { client, installation: installation.ok_or_else(foreign)? }))
    }

    async fn recycle(&self, opened: &mut Arc<Opened>, _: &Metrics) -> RecycleResult<Cause> {
        if opened.client.is_closed() {
            return Err(RecycleError::message("it is closed"));
        }
        // Another server has taken over. Whatever this one still answers is not so any more.
        if opened.installation.epoch != self.present.installation().epoch {
            return Err(RecycleError::message("its epoch is over"));
        }
        Ok(())
    }
}

/// What each session begins with. A node that is gone, or stands still, must not hold up the others for long; and what is
/// acknowledged is on the disk, whatever is usual there.
///
/// Every statement is made to be answered by indexes, row by row, and there is one for each. PostgreSQL's estimates tell it
/// otherwise now and then, above all for plans that are to serve all values: to look through all people for the authors of
/// a page, or through all nonces to drop a few. Such plans are the last resort here, and so is whatever takes rows out of
/// the order of their index, in which a page is full at once.
///
/// Commands find what they need by its key, however much of it they ask for, so one plan does for all times; to plan
/// anew for each list of keys costs a quarter of a post. Questions for pages are planned as is usual there: for what they
/// ask, unless that gains nothing.
fn session(schema: &Schema, plans: &str) -> String {
    format!(
        r#"SET search_path = "{schema}";
           SET statement_timeout = '15s';
           SET lock_timeout = '5s';
           SET idle_in_transaction_session_timeout = '10s';
           SET tcp_keepalives_idle = 10;
           SET tcp_keepalives_interval = 5;
           SET tcp_keepalives_count = 3;
           SET tcp_user_timeout = 15000;
           SET jit = off;
           SET plan_cache_mode = {plans};
           SET enable_seqscan = off;
           SET enable_hashjoin = off;
           SET enable_mergejoin = off;
           SET enable_bitmapscan = off;
           SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') = 'off'"#,
        schema = schema.as_str()
    )
}

/// A connection in use. One that is dropped without having been given back is closed: it may be in the middle of
/// something.
pub(super) struct Connection {
    opened: Arc<Opened>,
    /// In the pool, until it is given back or closed.
    place: Option<Object>,
}

impl Connection {
    /// Others may use it.
    pub(super) fn give_back(mut self) {
        drop(self.place.take());
    }

    /// What is true of the installation in whatever is read by this.
    pub(super) fn installation(&self) -> Installation {
        self.opened.installation
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.opened.client
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(object) = self.place.take() {
            drop(Object::take(object));
        }
    }
}

#[cfg(test)]
mod tests;

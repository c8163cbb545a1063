//! Connections to PostgreSQL: two pools of them, so that questions are answered however many commands wait for each
//! other, and a door that is shut for a moment when PostgreSQL is away.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, Runtime, TimeoutType,
};
use tokio_postgres::Config;

use super::failure::Cause;
use super::identity::Present;
use super::options::{Options, Schema};
use super::outage::Outage;
use super::tls;

pub(super) use deadpool_postgres::ClientWrapper as Client;

/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long to wait until one of those in use is free.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to PostgreSQL.
pub(super) struct Connections {
    writing: Pool,
    reading: Pool,
    outage: Mutex<Outage>,
}

impl Connections {
    /// Makes the way; nothing is connected yet.
    ///
    /// # Errors
    /// A sentence that says what to do: TLS cannot be used.
    pub(super) fn new(options: &Options, present: &Arc<Present>) -> Result<Self, String> {
        let most = options.connections.max(4);
        let reading = most / 3;
        Ok(Self {
            writing: pool(options, present, most - reading, "force_generic_plan")?,
            reading: pool(options, present, reading, "DEFAULT")?,
            outage: Mutex::default(),
        })
    }

    /// A connection to write with.
    pub(super) async fn write(&self) -> Result<Connection, Cause> {
        self.take(&self.writing).await
    }

    /// A connection to read with.
    pub(super) async fn read(&self) -> Result<Connection, Cause> {
        self.take(&self.reading).await
    }

    async fn take(&self, pool: &Pool) -> Result<Connection, Cause> {
        self.outage().may_try()?;
        match pool.get().await {
            Ok(object) => {
                self.outage().is_over();
                Ok(Connection(Some(object)))
            }
            Err(PoolError::Timeout(TimeoutType::Wait) | PoolError::Closed) => Err(Cause::Busy),
            Err(error) => {
                let reason = match error {
                    PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                        Cause::from(error).to_string()
                    }
                    error => error.to_string(),
                };
                Err(self.outage().begins(reason))
            }
        }
    }

    /// PostgreSQL stands still. What is connected and not in use would not be answered either, so that is given up, and
    /// whoever comes next is told at once.
    pub(super) fn stand_still(&self, reason: &str) -> Cause {
        for pool in [&self.writing, &self.reading] {
            pool.retain(|_, _| false);
        }
        self.outage().begins(reason.to_owned())
    }

    fn outage(&self) -> std::sync::MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives away no more connections.
    pub(super) fn close(&self) {
        self.writing.close();
        self.reading.close();
    }
}

fn pool(options: &Options, present: &Arc<Present>, size: usize, plans: &'static str) -> Result<Pool, String> {
    let manager = Manager::from_config(
        settled(&options.address.config),
        tls::connector(&options.address.trust)?,
        ManagerConfig::default(),
    );
    let (schema, present) = (options.schema.clone(), Arc::clone(present));
    Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(CONNECT))
        .post_create(Hook::async_fn(move |client: &mut Client, _| {
            let (session, present) = (session(&schema, plans), Arc::clone(&present));
            Box::pin(async move {
                client.batch_execute(&session).await.map_err(HookError::Backend)?;
                present.confirm(client).await.map_err(HookError::Backend)
            })
        }))
        .build()
        .map_err(|error| format!("Connections to PostgreSQL cannot be made ({error})."))
}

/// With what notices soon that the other side is gone.
pub(super) fn settled(config: &Config) -> Config {
    let mut config = config.clone();
    config
        .application_name("chinwag")
        .connect_timeout(CONNECT)
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(10))
        .keepalives_interval(Duration::from_secs(5))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_secs(15));
    config
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
pub(super) struct Connection(Option<Object>);

impl Connection {
    /// Others may use it.
    pub(super) fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Deref for Connection {
    type Target = Client;

    #[expect(clippy::expect_used, reason = "it is only ever taken out by what consumes the connection")]
    fn deref(&self) -> &Client {
        self.0.as_ref().expect("a connection that is in use is there")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}

//! [`PostgresStore`]: the contract, carried out by a database that other nodes share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chinwag_model::{Cursor, Epoch, Rev, RoomId, StreamId, UserId};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, watch};

use super::carry_out::{Ground, OnLock};
use super::connections::{Connections, Shares};
use super::database::Session;
use super::failure::{Cause, DEADLINE, in_time};
use super::news::News;
use super::open::{First, OpenError};
use super::options::Options;
use super::post::Posts;
use super::read::{self, Snapshot};
use super::sequence::Sequence;
use super::tasks::Tasks;
use super::workers::Workers;
use crate::back_end::BackEnd;
use crate::commands::{self, Command, Installation};
use crate::database::{Database, Failed};
use crate::feed::{Feed, FeedReceiver};
use crate::{
    CaughtUp, ChangePages, Fatal, Followed, Post, Posted, Result, RoomPage, SessionNews, StoreError, Streams,
};

/// How long PostgreSQL may take to say that it is there.
const PING: Duration = Duration::from_secs(2);
/// Most questions for that which are under way.
const PINGS: usize = 8;
/// Whether nothing can be stored: it is a standby, or somebody has set it so.
const READ_ONLY: &str = "SELECT current_setting('transaction_read_only')::boolean";
/// Threads that answer questions which need not be quick.
const QUESTIONS: usize = 4;

/// A store in a PostgreSQL database.
pub struct PostgresStore {
    ground: Arc<Ground>,
    posts: Arc<Posts>,
    commands: Arc<Workers>,
    /// Commands that wait for what others have locked.
    waiting: Arc<Workers>,
    questions: Workers,
    tasks: Tasks,
    feed: Mutex<Option<Vec<FeedReceiver>>>,
    news: Arc<News>,
    /// Most questions whether PostgreSQL is there that are under way.
    pings: Arc<Semaphore>,
    fatal: watch::Sender<Option<Fatal>>,
    closed: watch::Sender<bool>,
    /// There is something for maintenance to do.
    due: Notify,
}

impl PostgresStore {
    /// Opens a database, making everything in it if it is new. The runtime in which this is called serves its
    /// connections.
    ///
    /// # Errors
    /// [`OpenError`]: it cannot be reached or used, or is not ours.
    pub async fn open(options: &Options) -> std::result::Result<Arc<Self>, OpenError> {
        let first = First::connect(options).await?;
        let hosts = Arc::clone(&first.hosts);
        let (present, news) = first.prepare(options).await?;
        let present = Arc::new(present);
        let connections = Connections::new(options, &hosts, &present).map_err(OpenError::Pools)?;
        let (feed, receivers) = Feed::new(options.feed_shards);
        let ground = Arc::new(Ground {
            connections,
            runtime: Handle::current(),
            present,
            sequence: Sequence::new(feed),
            commits: AtomicU64::new(0),
        });
        let shares = Shares::of(options.connections);
        let threads = |name, count| Workers::start(name, count).map_err(OpenError::Threads);
        Ok(Arc::new(Self {
            posts: Posts::new(Arc::clone(&ground), shares),
            tasks: Tasks::new(ground.runtime.clone()),
            ground,
            commands: Arc::new(threads("store-command", shares.writing)?),
            waiting: Arc::new(threads("store-waiting", shares.waiting)?),
            questions: threads("store-question", QUESTIONS.min(shares.reading))?,
            feed: Mutex::new(Some(receivers)),
            news: Arc::new(news),
            pings: Arc::new(Semaphore::new(PINGS)),
            fatal: watch::Sender::default(),
            closed: watch::Sender::default(),
            due: Notify::new(),
        }))
    }

    /// How many transactions this node has committed since it was opened. What was stored, divided by this, tells how well
    /// posts share their transactions.
    pub fn commits(&self) -> u64 {
        self.ground.commits.load(Ordering::Relaxed)
    }

    fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }
}

impl BackEnd for PostgresStore {
    fn installation(&self) -> Installation {
        self.ground.present.installation()
    }

    async fn carry_out<C: Command>(&self, command: C) -> Result<C::Answer> {
        let (commands, waiting) = (Arc::clone(&self.commands), Arc::clone(&self.waiting));
        let grounds = (Arc::clone(&self.ground), Arc::clone(&self.ground));
        let again = command.clone();
        let answer = self.tasks.carry_out(async move {
            match commands.carry_out(move || grounds.0.carry_out(&command, OnLock::Return)).await? {
                Some(answer) => Ok(answer),
                None => {
                    let answer = waiting.carry_out(move || grounds.1.carry_out(&again, OnLock::Wait)).await?;
                    answer.ok_or(StoreError::Busy)
                }
            }
        });
        let late = || StoreError::OutcomeUnknown(Cause::Late.to_string());
        tokio::time::timeout(DEADLINE, answer).await.unwrap_or_else(|_| Err(late()))
    }

    async fn ask_of_installation<T, F>(&self, question: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Database, Installation) -> std::result::Result<T, Failed> + Send + 'static,
    {
        let ground = Arc::clone(&self.ground);
        let answer = self.questions.carry_out(move || ground.answer(question));
        tokio::time::timeout(DEADLINE, answer).await.unwrap_or_else(|_| Err(Cause::Late.not_read()))
    }

    async fn write_post(&self, post: Post) -> Result<Posted> {
        // It may still be stored: whoever asks again learns of it.
        let late = || StoreError::OutcomeUnknown(Cause::Late.to_string());
        tokio::time::timeout(DEADLINE, self.posts.post(post)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn read_room_page(
        &self,
        room: RoomId,
        user: UserId,
        before: Option<Rev>,
        limit: usize,
    ) -> Result<RoomPage> {
        let ground = Arc::clone(&self.ground);
        let page = async move {
            Snapshot::ask(&ground.connections, async |snapshot: &Snapshot| {
                read::room_page(snapshot, room, user, before, limit).await
            })
            .await
        };
        self.tasks.carry_out(page).await
    }

    async fn read_session_news(&self) -> Result<SessionNews> {
        let (ground, news) = (Arc::clone(&self.ground), Arc::clone(&self.news));
        self.tasks.carry_out(async move { news.read(&ground.connections).await }).await
    }

    fn maintenance_is_due(&self) {
        self.due.notify_one();
    }
}

impl Ground {
    /// Answers a question from one snapshot. To be called on a thread that may wait.
    fn answer<T>(
        &self,
        question: impl FnOnce(&dyn Database, Installation) -> std::result::Result<T, Failed>,
    ) -> Result<T> {
        let connection = self.runtime.block_on(self.connections.read()).map_err(|cause| cause.not_read())?;
        let installation = connection.installation();
        let session = Session::new(&connection, &self.runtime);
        let begun = session.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        let answer = match begun
            .map_err(|cause| Failed::Database(cause.into()))
            .and_then(|()| question(&session, installation))
        {
            Ok(answer) => Ok(answer),
            Err(Failed::Refused(refusal)) => Err(StoreError::Refused(refusal)),
            // The transaction goes with the connection.
            Err(Failed::Database(error)) => return Err(read::not_read(error)),
        };
        session.run("COMMIT").map_err(|cause| read::not_read(cause.into()))?;
        drop(session);
        connection.give_back();
        answer
    }
}

#[async_trait]
impl Streams for PostgresStore {
    fn is_shared(&self) -> bool {
        true
    }

    fn epoch(&self) -> Epoch {
        self.installation().epoch
    }

    fn workspace(&self) -> StreamId {
        self.installation().workspace
    }

    async fn sync(&self, user: UserId, cursors: Vec<(StreamId, Cursor)>) -> Result<CaughtUp> {
        let ground = Arc::clone(&self.ground);
        let caught_up = async move {
            Snapshot::ask(&ground.connections, async |snapshot: &Snapshot| {
                read::sync(snapshot, user, cursors).await
            })
            .await
        };
        self.tasks.carry_out(caught_up).await
    }

    async fn changes(&self, after: Vec<(StreamId, Rev)>) -> Result<(Epoch, ChangePages)> {
        let ground = Arc::clone(&self.ground);
        let changes = async move {
            Snapshot::ask(&ground.connections, async |snapshot: &Snapshot| {
                Ok((snapshot.installation().epoch, read::changes(snapshot, after).await?))
            })
            .await
        };
        self.tasks.carry_out(changes).await
    }

    async fn heads(&self, streams: Vec<StreamId>) -> Result<(Epoch, Vec<Rev>)> {
        let ground = Arc::clone(&self.ground);
        let heads = async move {
            Snapshot::ask(&ground.connections, async |snapshot: &Snapshot| {
                Ok((snapshot.installation().epoch, read::heads(snapshot, &streams).await?))
            })
            .await
        };
        self.tasks.carry_out(heads).await
    }

    async fn followed(&self, users: Vec<UserId>) -> Result<(Epoch, Vec<Followed>)> {
        let ground = Arc::clone(&self.ground);
        let followed = async move {
            Snapshot::ask(&ground.connections, async |snapshot: &Snapshot| {
                Ok((snapshot.installation().epoch, read::followed(snapshot, &users).await?))
            })
            .await
        };
        self.tasks.carry_out(followed).await
    }

    fn take_feed(&self) -> Option<Vec<FeedReceiver>> {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn failed(&self) -> Fatal {
        let mut fatal = self.fatal.subscribe();
        let reason = fatal.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        match reason {
            Some(reason) => reason,
            None => std::future::pending().await,
        }
    }

    /// Whatever has had its time, and the messages of those whose messages go.
    async fn maintain(&self) {
        /// Between two rounds.
        const ROUND: Duration = Duration::from_secs(600);
        let mut closed = self.closed.subscribe();
        loop {
            let begun = Instant::now();
            let more = match commands::maintain(self).await {
                Ok(more) => more,
                Err(_) if self.is_closed() => return,
                Err(error) => {
                    tracing::warn!(%error, "maintenance failed; it is tried again");
                    false
                }
            };
            let pause = if more { commands::pause(begun.elapsed()) } else { ROUND };
            tokio::select! {
                _ = closed.wait_for(|closed| *closed) => return,
                () = tokio::time::sleep(pause) => {}
                () = self.due.notified(), if !more => {}
            }
        }
    }

    async fn close(&self) {
        if self.closed.send_replace(true) {
            return;
        }
        self.posts.close().await;
        self.tasks.close().await;
        let threads: Vec<JoinHandle<()>> =
            [self.commands.close(), self.waiting.close(), self.questions.close()]
                .into_iter()
                .flatten()
                .collect();
        // Threads are joined where waiting disturbs nobody.
        let ended =
            tokio::task::spawn_blocking(move || threads.into_iter().all(|thread| thread.join().is_ok()));
        if !ended.await.is_ok_and(|well| well) {
            tracing::error!("the store did not close in order");
        }
        self.ground.connections.close();
    }

    async fn ping(&self) -> Result<()> {
        // Everybody may ask this. Who comes when enough ask already is told what was found out by asking for news.
        let Ok(ping) = Arc::clone(&self.pings).try_acquire_owned() else {
            return match self.news.can_be_written() {
                Some(true) => Ok(()),
                Some(false) => Err(Cause::ReadOnly.not_read()),
                None => Err(StoreError::Busy),
            };
        };
        let ground = Arc::clone(&self.ground);
        let answer = async move {
            let connection = ground.connections.watch().await?;
            let read_only = in_time(connection.query_one(READ_ONLY, &[])).await?.try_get::<_, bool>(0)?;
            connection.give_back();
            if read_only { Err(Cause::ReadOnly) } else { Ok(()) }
        };
        let answer = async move {
            let answer = tokio::time::timeout(PING, answer).await;
            drop(ping);
            answer.unwrap_or(Err(Cause::Late)).map_err(|cause| cause.not_read())
        };
        self.tasks.carry_out(answer).await
    }
}

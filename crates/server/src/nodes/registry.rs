//! Who else there is, as far as this node knows: the store's registry, asked every few seconds and when somebody unknown
//! is named.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_store::{Node, NodeId, Store, StoreError};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::identity::Fingerprint;
use crate::app::App;

/// How long a node is entered for: one that vanished is known to be gone after this and [`EVERY`].
const LASTING: Duration = Duration::from_secs(12);
/// How often a node enters itself again, and asks who else is there.
const EVERY: Duration = Duration::from_secs(4);
/// The same where the store could not be asked.
const AGAIN: Duration = Duration::from_secs(1);
/// Between two questions at least, however many unknown nodes are named: strangers can make up as many as they like.
const PAUSE: Duration = Duration::from_millis(100);
/// How long an answer is waited for by whoever needs it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many may wait for an answer; whoever is named by more is unknown at once.
const WAITING: usize = 1_024;

type Known = Arc<HashMap<NodeId, Node>>;

/// How often the store has been asked.
#[derive(Clone, Copy, Default)]
struct Questions {
    begun: u64,
    /// As many of them have been answered, or have failed.
    ended: u64,
}

/// What is known of the registry.
pub(super) struct Registry {
    store: Arc<dyn Store>,
    own: Node,
    /// Told when it has become other than it was. While the store is away it stays.
    known: watch::Sender<Known>,
    /// Told when one has begun, and when it has ended.
    questions: watch::Sender<Questions>,
    /// Told when somebody unknown was named.
    look_again: Notify,
    waiting: Semaphore,
}

impl Registry {
    /// Nobody is known yet.
    pub(super) fn new(store: Arc<dyn Store>, own: Node) -> Self {
        Self {
            store,
            own,
            known: watch::Sender::default(),
            questions: watch::Sender::default(),
            look_again: Notify::new(),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// Enters this node for the first time.
    pub(super) async fn enter(&self, app: &App) {
        let now = Instant::now();
        app.registration.lasts_until(now);
        match timeout(PATIENCE, self.store.enter_node(self.own.clone(), LASTING)).await {
            Ok(Ok(())) => app.registration.lasts_until(now + LASTING),
            Ok(Err(error)) => tracing::warn!(%error, "this node is not in the registry yet"),
            Err(_) => tracing::warn!("this node is not in the registry yet: the store does not answer"),
        }
    }

    /// Takes this node out. Where that fails its time ends soon.
    pub(super) async fn leave(&self) {
        if let Ok(Err(error)) = timeout(PATIENCE, self.store.leave_node(self.own.id)).await {
            tracing::debug!(%error, "this node is still in the registry");
        }
    }

    /// Stays in the registry and asks who else does, again and again.
    pub(super) async fn run(self: Arc<Self>, app: Arc<App>) {
        let mut stay_at = Instant::now();
        loop {
            let now = Instant::now();
            if now >= stay_at {
                let stays = timeout(PATIENCE, self.store.enter_node(self.own.clone(), LASTING)).await;
                let stays =
                    stays.unwrap_or_else(|_| Err(StoreError::NotStored("it does not answer".to_owned())));
                stay_at = Instant::now() + if stays.is_ok() { EVERY } else { AGAIN };
                match stays {
                    Ok(()) => app.registration.lasts_until(now + LASTING),
                    Err(error) => tracing::debug!(%error, "this node could not stay in the registry"),
                }
            }
            match self.ask().await {
                Ok(nodes) => {
                    app.metrics.nodes.set(i64::try_from(nodes).unwrap_or(i64::MAX));
                }
                Err(error) => tracing::debug!(%error, "the registry of nodes could not be asked"),
            }
            let pause = Instant::now() + PAUSE;
            tokio::select! {
                () = sleep_until(stay_at) => {}
                () = self.look_again.notified() => sleep_until(pause).await,
            }
        }
    }

    /// Asks the store; how many there are.
    async fn ask(&self) -> Result<usize, StoreError> {
        self.questions.send_modify(|questions| questions.begun += 1);
        let answer = self.store.nodes().await;
        let count = answer.map(|nodes| self.know(nodes));
        self.questions.send_modify(|questions| questions.ended = questions.begun);
        count
    }

    fn know(&self, nodes: Vec<Node>) -> usize {
        let nodes: HashMap<NodeId, Node> = nodes.into_iter().map(|node| (node.id, node)).collect();
        let count = nodes.len();
        self.known.send_if_modified(|known| {
            let is_other = **known != nodes;
            if is_other {
                *known = Arc::new(nodes);
            }
            is_other
        });
        count
    }

    /// Another node, asked for where it is not known yet.
    pub(super) async fn find(&self, id: NodeId) -> Option<Node> {
        self.find_in(|known| known.get(&id).cloned()).await
    }

    /// The node with this certificate, likewise.
    pub(super) async fn find_by(&self, fingerprint: Fingerprint) -> Option<Node> {
        self.find_in(|known| known.values().find(|node| node.fingerprint == fingerprint).cloned()).await
    }

    async fn find_in(&self, look: impl Fn(&HashMap<NodeId, Node>) -> Option<Node>) -> Option<Node> {
        if let Some(node) = look(&self.known.borrow()) {
            return Some(node);
        }
        let _waiting = self.waiting.try_acquire().ok()?;
        let mut questions = self.questions.subscribe();
        // What is being asked now may be answered as it was before that node came.
        let next = questions.borrow().begun + 1;
        self.look_again.notify_one();
        // Where nobody answers it stays unknown.
        let _ = timeout(PATIENCE, questions.wait_for(|questions| questions.ended >= next)).await;
        look(&self.known.borrow())
    }

    /// Waits until a node is gone.
    pub(super) async fn gone(&self, id: NodeId) {
        // The sender lives as long as this.
        let _ = self.known.subscribe().wait_for(|known| !known.contains_key(&id)).await;
    }
}

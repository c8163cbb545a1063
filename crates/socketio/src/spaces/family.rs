//! The namespaces of one pattern.
//!
//! Such a namespace is there as long as somebody holds it: its sockets, who has something to say to them, or the pattern
//! itself while somebody may come back. So it cannot vanish between being looked up and being joined, and is never there
//! twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{Common, Named, Space};
use crate::namespace::{Handlers, Predicate};

/// A pattern and what has come into being by it.
pub(crate) struct Family {
    label: Arc<str>,
    handlers: Arc<Handlers>,
    predicate: Predicate,
    room: usize,
    keep: bool,
    common: Common,
    children: Mutex<HashMap<Arc<str>, Child>>,
}

struct Child {
    space: Weak<Space>,
    /// Held here if empty namespaces are kept, or while somebody may come back.
    kept: Option<Arc<Space>>,
}

/// There is no room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Family {
    pub(super) fn new(
        label: Arc<str>,
        handlers: Arc<Handlers>,
        predicate: Predicate,
        (room, keep): (usize, bool),
        common: Common,
    ) -> Self {
        Self { label, handlers, predicate, room, keep, common, children: Mutex::default() }
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn handlers(&self) -> &Arc<Handlers> {
        &self.handlers
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        (self.predicate)(name)
    }

    /// No namespace may be dropped under this lock: it would ask for it, too.
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Child>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.lock().get(name).is_some_and(|child| child.space.strong_count() > 0)
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<Space>> {
        self.lock().get(name)?.space.upgrade()
    }

    pub(super) fn all(&self) -> Vec<Arc<Space>> {
        self.lock().values().filter_map(|child| child.space.upgrade()).collect()
    }

    /// The namespace of this name, which comes into being if it is not there.
    pub(super) fn open(self: &Arc<Self>, name: &Arc<str>) -> Result<Arc<Space>, Full> {
        let mut children = self.lock();
        if let Some(space) = children.get(name).and_then(|child| child.space.upgrade()) {
            return Ok(space);
        }
        let mut evicted = None;
        if children.len() >= self.room {
            // Rather than somebody who is here, one goes that others might come back to.
            let empty = |(_, child): &(&Arc<str>, &Child)| {
                child.kept.as_ref().is_some_and(|kept| Arc::strong_count(kept) == 1)
            };
            let empty = children.iter().filter(|_| !self.keep).find(empty).map(|(name, _)| name.clone());
            let empty = empty.ok_or(Full)?;
            evicted = children.remove(&empty);
            self.closed(&empty);
        }
        let space = self.make(name, Some(Arc::downgrade(self)));
        let kept = self.keep.then(|| space.clone());
        let before = children.insert(name.clone(), Child { space: Arc::downgrade(&space), kept });
        // One that has just gone, but has not been forgotten yet, is still open for others.
        if before.is_none()
            && let Some(adapter) = &self.common.adapter
        {
            adapter.opened(name);
        }
        drop(children);
        drop(evicted);
        Ok(space)
    }

    /// Keeps a namespace until [`Family::let_go`] finds that nobody may come back any more.
    pub(super) fn keep(&self, space: &Arc<Space>) {
        if let Some(child) = self.lock().get_mut(&space.namespace.name)
            && child.kept.is_none()
            && std::ptr::eq(child.space.as_ptr(), &raw const **space)
        {
            child.kept = Some(space.clone());
        }
    }

    /// Keeps no namespace any more that nobody may come back to.
    pub(super) fn let_go(&self) {
        if self.keep {
            return;
        }
        let is_kept = |child: &Child| child.kept.clone();
        let kept: Vec<Arc<Space>> = self.lock().values().filter_map(is_kept).collect();
        for space in kept {
            // Nobody comes or goes while the log is locked.
            let log = space.log();
            if log.as_ref().is_none_or(|log| !log.has_away()) {
                let is_it = |kept: &mut Arc<Space>| Arc::ptr_eq(kept, &space);
                let take = |child: &mut Child| child.kept.take_if(is_it);
                let kept = self.lock().get_mut(&space.namespace.name).and_then(take);
                drop(log);
                drop(kept);
            }
        }
    }

    /// A namespace that nobody is in nor will be.
    pub(super) fn empty(&self, name: &Arc<str>) -> Arc<Space> {
        self.make(name, None)
    }

    fn make(&self, name: &Arc<str>, family: Option<Weak<Self>>) -> Arc<Space> {
        let namespace = Named { name: name.clone(), handlers: self.handlers.clone() };
        Space::new(namespace, family, &self.common)
    }

    fn closed(&self, name: &str) {
        if let Some(adapter) = &self.common.adapter {
            adapter.closed(name);
        }
    }

    /// A namespace is gone.
    pub(super) fn forget(&self, name: &str) {
        let mut children = self.lock();
        // Another one may have taken its place already.
        if children.get(name).is_some_and(|child| child.space.strong_count() == 0) {
            children.remove(name);
            self.closed(name);
            if children.capacity() > 64 && children.len() * 4 < children.capacity() {
                let keep = children.len() * 2;
                children.shrink_to(keep);
            }
        }
    }
}

impl std::fmt::Debug for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Family").field(&self.label).finish()
    }
}

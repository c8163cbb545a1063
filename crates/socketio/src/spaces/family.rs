//! The namespaces of one pattern.
//!
//! Such a namespace is there as long as somebody holds it: its sockets, or who has something to say to them. So it
//! cannot vanish between being looked up and being joined, and is never there twice.

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
    /// Held here if empty namespaces are kept.
    _kept: Option<Arc<Space>>,
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
        if children.len() >= self.room {
            return Err(Full);
        }
        let space = self.make(name, Some(Arc::downgrade(self)));
        let kept = self.keep.then(|| space.clone());
        children.insert(name.clone(), Child { space: Arc::downgrade(&space), _kept: kept });
        Ok(space)
    }

    /// A namespace that nobody is in nor will be.
    pub(super) fn empty(&self, name: &Arc<str>) -> Arc<Space> {
        self.make(name, None)
    }

    fn make(&self, name: &Arc<str>, family: Option<Weak<Self>>) -> Arc<Space> {
        let namespace = Named { name: name.clone(), handlers: self.handlers.clone() };
        Space::new(namespace, family, &self.common)
    }

    /// A namespace is gone.
    pub(super) fn forget(&self, name: &str) {
        let mut children = self.lock();
        // Another one may have taken its place already.
        if children.get(name).is_some_and(|child| child.space.strong_count() == 0) {
            children.remove(name);
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

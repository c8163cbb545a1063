//! The namespaces of a server: those with a name of their own, and those that come into being by a pattern.

mod family;
mod space;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(crate) use family::{Family, Full};
pub(crate) use space::{Common, Space};

use crate::builder::BuildError;
use crate::namespace::{Handlers, Namespace};

/// How long the name of a namespace that comes into being by a pattern may be, in bytes.
const MAX_NAME: usize = 256;

/// The handlers of a namespace under its name.
pub(crate) struct Named {
    pub(crate) name: Arc<str>,
    pub(crate) handlers: Arc<Handlers>,
}

/// A namespace that a client asks for. One of a pattern need not be there before the client is let in.
#[derive(Clone)]
pub(crate) enum Door {
    There(Arc<Space>),
    Child(Arc<Family>, Arc<str>),
}

/// All namespaces.
#[derive(Debug)]
pub(crate) struct Spaces {
    fixed: HashMap<Arc<str>, Arc<Space>>,
    /// In the order in which their patterns are asked.
    families: Vec<Arc<Family>>,
}

impl Door {
    pub(crate) fn name(&self) -> &Arc<str> {
        match self {
            Self::There(space) => &space.namespace.name,
            Self::Child(_, name) => name,
        }
    }

    /// The namespace, if it is there.
    pub(crate) fn there(&self) -> Option<Arc<Space>> {
        match self {
            Self::There(space) => Some(space.clone()),
            Self::Child(family, name) => family.get(name),
        }
    }

    pub(crate) fn handlers(&self) -> &Arc<Handlers> {
        match self {
            Self::There(space) => &space.namespace.handlers,
            Self::Child(family, _) => family.handlers(),
        }
    }

    pub(crate) fn is_child(&self) -> bool {
        match self {
            Self::There(space) => space.is_child(),
            Self::Child(..) => true,
        }
    }

    /// The namespace itself, which comes into being now if it has to.
    pub(crate) fn open(&self) -> Result<Arc<Space>, Full> {
        match self {
            Self::There(space) => Ok(space.clone()),
            Self::Child(family, name) => family.open(name),
        }
    }
}

impl Spaces {
    /// Puts namespaces in order. A pattern has room for so many, and may keep those that are empty.
    pub(crate) fn new(
        namespaces: Vec<Namespace>,
        room: usize,
        keep: bool,
        common: &Common,
    ) -> Result<Self, BuildError> {
        let mut spaces = Self { fixed: HashMap::new(), families: Vec::new() };
        let mut labels = HashSet::new();
        for Namespace { name, handlers, predicate, .. } in namespaces {
            let handlers = Arc::new(handlers);
            if let Some(predicate) = predicate {
                if !labels.insert(name.clone()) {
                    return Err(BuildError::LabelTwice(name.to_string()));
                }
                spaces.families.push(Arc::new(Family::new(
                    name,
                    handlers,
                    predicate,
                    (room, keep),
                    common.clone(),
                )));
                continue;
            }
            if !name.starts_with('/') || name.contains([',', '?']) {
                return Err(BuildError::NamespaceName(name.to_string()));
            }
            let namespace = Named { name: name.clone(), handlers };
            let space = Space::new(namespace, None, common);
            if spaces.fixed.insert(name.clone(), space).is_some() {
                return Err(BuildError::NamespaceTwice(name.to_string()));
            }
        }
        Ok(spaces)
    }

    /// The namespace of this name, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Space>> {
        self.fixed.get(name).cloned().or_else(|| self.families.iter().find_map(|family| family.get(name)))
    }

    /// What a client that asks for this name would join.
    pub(crate) fn door(&self, name: &str) -> Option<Door> {
        if let Some(space) = self.fixed.get(name) {
            return Some(Door::There(space.clone()));
        }
        let unfit = |letter: char| letter.is_control() || matches!(letter, ',' | '?');
        if self.families.is_empty() || name.len() > MAX_NAME || !name.starts_with('/') || name.contains(unfit)
        {
            return None;
        }
        // What is there stays what it is, whatever its pattern says by now.
        let there = self.families.iter().find(|family| family.has(name));
        let family = there.or_else(|| self.families.iter().find(|family| family.matches(name)))?;
        Some(Door::Child(family.clone(), name.into()))
    }

    /// The namespace of this name. One of a pattern is there as long as somebody holds it.
    pub(crate) fn of(&self, name: &str) -> Option<Arc<Space>> {
        match self.door(name)? {
            Door::There(space) => Some(space),
            Door::Child(family, name) => Some(family.open(&name).unwrap_or_else(|Full| family.empty(&name))),
        }
    }

    /// The namespaces of a pattern.
    pub(crate) fn of_all(&self, label: &str) -> Option<Vec<Arc<Space>>> {
        Some(self.families.iter().find(|family| family.label() == label)?.all())
    }

    /// Drops what was kept for those who did not come back in time.
    pub(crate) fn tidy(&self, now: u64) {
        for space in self.all() {
            if let Some(mut log) = space.log() {
                log.trim(now);
            }
        }
        self.families.iter().for_each(|family| family.let_go());
    }

    /// All namespaces that are there.
    pub(crate) fn all(&self) -> impl Iterator<Item = Arc<Space>> {
        self.fixed.values().cloned().chain(self.families.iter().flat_map(|family| family.all()))
    }

    /// Of how many namespaces a client may see the inside before its handshake is needed no more.
    pub(crate) fn guarded(&self) -> usize {
        if self.families.iter().any(|family| family.handlers().is_guarded()) {
            // There may always be one more.
            return usize::MAX;
        }
        self.fixed.values().filter(|space| space.namespace.handlers.is_guarded()).count()
    }
}

impl std::fmt::Debug for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Named").field(&self.name).finish()
    }
}

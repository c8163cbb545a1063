//! Packets that are encoded once and sent many times.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use crate::socket_io::{self, Args, EncodeError};

/// An event of one namespace, encoded and framed. Cheap to clone; what is sent refers to the same bytes.
#[derive(Debug, Clone)]
pub struct Encoded {
    pub(crate) namespace: Arc<str>,
    pub(crate) frames: Bytes,
}

impl Encoded {
    /// An event with one argument. What is serialised already can be given as a
    /// [`RawValue`](serde_json::value::RawValue).
    ///
    /// # Errors
    /// The payload cannot be written as JSON.
    pub fn event<T: Serialize + ?Sized>(
        namespace: &str,
        event: &str,
        payload: &T,
    ) -> Result<Self, EncodeError> {
        let frames = socket_io::event(namespace, None, event, &Args::One(payload))?;
        Ok(Self { namespace: namespace.into(), frames })
    }

    /// An event with a list of arguments: a tuple, an array, a `Vec`.
    ///
    /// # Errors
    /// The arguments cannot be written as JSON, or are no list.
    pub fn event_all<T: Serialize + ?Sized>(
        namespace: &str,
        event: &str,
        arguments: &T,
    ) -> Result<Self, EncodeError> {
        let frames = socket_io::event(namespace, None, event, &Args::All(arguments))?;
        Ok(Self { namespace: namespace.into(), frames })
    }

    /// How many bytes it takes in each outbox and on a WebSocket.
    pub fn size(&self) -> usize {
        self.frames.len()
    }
}

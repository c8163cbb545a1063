//! Packets that are encoded once and sent many times.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;

use crate::engine::Dialect;
use crate::socket_io::{self, Args, Arguments, EncodeError};

#[cfg(test)]
mod tests;

/// An event of one namespace, encoded and framed. Cheap to clone; what is sent refers to the same bytes.
///
/// Clients that speak an older protocol take another form of it, which is made when the first of them is sent it.
///
/// ```
/// use chinwag_socketio::{Encoded, Namespace, SocketIo};
///
/// let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
/// let packet = Encoded::event("/", "n", &1)?;
/// io.of("/").to("kitchen").send(&packet)?;
/// io.of("/").to("hall").send(&packet)?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Encoded(Arc<Forms>);

#[derive(Debug)]
struct Forms {
    namespace: Arc<str>,
    frames: Bytes,
    written: [OnceLock<Bytes>; Dialect::FORMS],
}

impl Encoded {
    /// An event with one argument. What is serialised already can be given as a
    /// [`RawValue`](serde_json::value::RawValue).
    ///
    /// ```
    /// # use chinwag_socketio::Encoded;
    /// let stored = serde_json::value::RawValue::from_string(r#"{"text":"hello"}"#.to_owned())?;
    /// let packet = Encoded::event("/chat", "said", &stored)?;
    /// assert_eq!(packet.namespace(), "/chat");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`EncodeError`].
    pub fn event<T: Serialize + ?Sized>(
        namespace: &str,
        event: &str,
        payload: &T,
    ) -> Result<Self, EncodeError> {
        let frames = socket_io::event(namespace, None, event, &Args::One(payload))?;
        Ok(Self::from_frames(namespace, frames))
    }

    /// An event with a list of arguments: a tuple, an array, a `Vec`.
    ///
    /// ```
    /// # use chinwag_socketio::Encoded;
    /// let packet = Encoded::event_all("/", "said", &("ann", "hello"))?;
    /// let (_, arguments) = packet.parts().ok_or("no event")?;
    /// assert_eq!(arguments.to_json(), r#"["ann","hello"]"#);
    /// assert!(Encoded::event_all("/", "said", &"no list").is_err());
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`EncodeError`].
    pub fn event_all<T: Serialize + ?Sized>(
        namespace: &str,
        event: &str,
        arguments: &T,
    ) -> Result<Self, EncodeError> {
        let frames = socket_io::event(namespace, None, event, &Args::All(arguments))?;
        Ok(Self::from_frames(namespace, frames))
    }

    fn of(namespace: Arc<str>, frames: Bytes) -> Self {
        Self(Arc::new(Forms { namespace, frames, written: Default::default() }))
    }

    pub(crate) fn from_frames(namespace: &str, frames: Bytes) -> Self {
        Self::of(namespace.into(), frames)
    }

    /// How many bytes it takes in each outbox and on a WebSocket, for clients of the present protocol.
    ///
    /// ```
    /// # use chinwag_socketio::Encoded;
    /// assert_eq!(Encoded::event("/", "n", &1)?.size(), 2 + r#"42["n",1]"#.len());
    /// # Ok::<_, chinwag_socketio::EncodeError>(())
    /// ```
    pub fn size(&self) -> usize {
        self.0.frames.len()
    }

    /// The same event with its number as one more argument.
    pub(crate) fn numbered(&self, number: u64) -> Self {
        let frames = socket_io::with_argument(&self.0.frames, &format!("\"{number}\""));
        Self::of(self.0.namespace.clone(), frames)
    }

    /// The same event, asking for an acknowledgement with this number.
    pub(crate) fn asking(&self, id: u64) -> Self {
        let frames = socket_io::with_id(&self.0.frames, id);
        Self::of(self.0.namespace.clone(), frames)
    }

    /// Its name and its arguments, for adapters that write it in another way. `None` does not come about: whatever could
    /// be written can be read.
    ///
    /// ```
    /// # use chinwag_socketio::Encoded;
    /// let (name, arguments) = Encoded::event("/", "n", &1)?.parts().ok_or("no event")?;
    /// assert_eq!((name.as_str(), arguments.first::<u8>()?), ("n", 1));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn parts(&self) -> Option<(String, Arguments)> {
        socket_io::parts(&self.0.frames)
    }

    /// The frames in the common form.
    pub(crate) fn canonical(&self) -> Bytes {
        self.0.frames.clone()
    }

    /// The namespace that it is for.
    ///
    /// ```
    /// # use chinwag_socketio::Encoded;
    /// assert_eq!(Encoded::event("/chat", "n", &1)?.namespace(), "/chat");
    /// # Ok::<_, chinwag_socketio::EncodeError>(())
    /// ```
    pub fn namespace(&self) -> &str {
        &self.0.namespace
    }

    /// The frames for a client.
    pub(crate) fn frames(&self, dialect: Dialect) -> Bytes {
        let write = || dialect.write(&self.0.frames);
        match self.0.written.get(dialect.form()) {
            Some(form) => form.get_or_init(write).clone(),
            None => write(),
        }
    }
}

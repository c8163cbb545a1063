//! The arguments of an event or acknowledgement, kept as the text that came and read when somebody asks.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::encode::EncodeError;
use super::json::Scanner;
use super::placeholders;
use crate::binary;

/// Arguments as they came: a JSON list that was checked to be well-formed, and the attachments that it refers to.
///
/// ```
/// use chinwag_socketio::socket_io::Arguments;
///
/// let arguments = Arguments::from_json(r#"["lobby", 7]"#, vec![])?;
/// assert_eq!(arguments.first::<String>()?, "lobby");
/// assert_eq!(arguments.all::<(String, u32)>()?, ("lobby".into(), 7));
/// assert_eq!(arguments.to_json(), r#"["lobby", 7]"#);
/// # Ok::<_, chinwag_socketio::PayloadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// The whole list, the event's name included.
    list: Bytes,
    /// Where in it the first argument begins, or the closing bracket if there is none.
    first: usize,
    /// Whether the list begins with the event's name.
    named: bool,
    attachments: Vec<Bytes>,
}

/// A payload that is not what the handler takes.
///
/// ```
/// use chinwag_socketio::socket_io::Arguments;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Post { at: Vec<u32> }
///
/// let error = Arguments::from_json(r#"[{"at":[1,"2"]}]"#, vec![])?.first::<Post>().unwrap_err();
/// assert_eq!(error.message(), "at[1]: invalid type: string \"2\", expected u32");
/// # Ok::<_, chinwag_socketio::PayloadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PayloadError {
    message: String,
}

impl PayloadError {
    /// A sentence for the sender that names the place.
    ///
    /// ```
    /// # use chinwag_socketio::socket_io::Arguments;
    /// let error = Arguments::from_json("{}", vec![]).unwrap_err();
    /// assert_eq!(error.message(), "a list of arguments is expected");
    /// ```
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn from_json(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let message = error.inner().to_string();
        // The position counts from the start of the packet, which the sender has not written.
        let message = message.split(" at line ").next().unwrap_or_default();
        let path = error.path().to_string();
        let message = if path == "." { message.to_owned() } else { format!("{path}: {message}") };
        Self { message }
    }
}

impl Arguments {
    pub(super) fn new(list: Bytes, first: usize, named: bool) -> Self {
        Self { list, first, named, attachments: Vec::new() }
    }

    /// Arguments from a JSON list and the attachments that its placeholders refer to.
    ///
    /// ```
    /// use chinwag_socketio::Binary;
    /// use chinwag_socketio::socket_io::Arguments;
    ///
    /// let list = r#"[{"_placeholder":true,"num":0}]"#;
    /// let arguments = Arguments::from_json(list, vec![vec![1, 2].into()])?;
    /// assert_eq!(arguments.first::<Binary>()?, Binary::from(vec![1, 2]));
    /// # Ok::<_, chinwag_socketio::PayloadError>(())
    /// ```
    ///
    /// # Errors
    /// It is no list.
    pub fn from_json(list: impl Into<Bytes>, attachments: Vec<Bytes>) -> Result<Self, PayloadError> {
        let list = list.into();
        let error = || PayloadError { message: "a list of arguments is expected".into() };
        serde_json::from_slice::<Vec<&RawValue>>(&list).map_err(|_| error())?;
        let mut scanner = Scanner::new(&list);
        scanner.space();
        scanner.eat(b'[');
        scanner.space();
        let first = scanner.position();
        Ok(Self { list, first, named: false, attachments })
    }

    /// One argument.
    pub(crate) fn one<T: Serialize + ?Sized>(value: &T) -> Result<Self, EncodeError> {
        let mut list = vec![b'['];
        let (written, attachments) = binary::collect(|| serde_json::to_writer(&mut list, value));
        written?;
        list.push(b']');
        Ok(Self { list: list.into(), first: 1, named: false, attachments })
    }

    pub(super) fn none() -> Self {
        Self::new(Bytes::from_static(b"[]"), 1, false)
    }

    pub(super) fn attach(&mut self, attachments: Vec<Bytes>) {
        self.attachments = attachments;
    }

    /// Whether each placeholder in the JSON refers to an attachment.
    pub(super) fn refers_only_to_attachments(&self) -> bool {
        // It was checked before that this is JSON, and how deep it is.
        placeholders::fit(&self.list, self.attachments.len())
    }

    /// Whether there are none.
    ///
    /// ```
    /// # use chinwag_socketio::socket_io::Arguments;
    /// assert!(Arguments::from_json("[]", vec![])?.is_empty());
    /// # Ok::<_, chinwag_socketio::PayloadError>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        matches!(self.rest().first(), Some(b']') | None)
    }

    /// The attachments, by the numbers that the placeholders in the JSON give.
    ///
    /// ```
    /// # use chinwag_socketio::{Binary, Encoded};
    /// let (_, arguments) = Encoded::event("/", "n", &Binary::from(vec![7]))?.parts().ok_or("no event")?;
    /// assert_eq!(arguments.attachments(), [vec![7]]);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }

    /// About how many bytes this holds.
    ///
    /// ```
    /// # use chinwag_socketio::socket_io::Arguments;
    /// assert_eq!(Arguments::from_json("[1,2]", vec![])?.size(), 5);
    /// # Ok::<_, chinwag_socketio::PayloadError>(())
    /// ```
    pub fn size(&self) -> usize {
        self.list.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }

    /// The JSON list of the arguments, without the event's name.
    ///
    /// ```
    /// # use chinwag_socketio::Encoded;
    /// let (_, arguments) = Encoded::event_all("/", "n", &(1, "two"))?.parts().ok_or("no event")?;
    /// assert_eq!(arguments.to_json(), r#"[1,"two"]"#);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        let rest = String::from_utf8_lossy(self.rest());
        format!("[{rest}")
    }

    /// The first argument; others are ignored. Where there is none, what reads as `null` is what is returned.
    ///
    /// ```
    /// # use chinwag_socketio::socket_io::Arguments;
    /// let none = Arguments::from_json("[]", vec![])?;
    /// assert_eq!(none.first::<Option<u8>>()?, None);
    /// assert_eq!(none.first::<u8>().unwrap_err().message(), "a payload is expected");
    /// # Ok::<_, chinwag_socketio::PayloadError>(())
    /// ```
    ///
    /// # Errors
    /// It is not of this type, or missing.
    pub fn first<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        if self.is_empty() {
            return T::deserialize(serde_json::Value::Null)
                .map_err(|_| PayloadError { message: "a payload is expected".into() });
        }
        let mut json = serde_json::Deserializer::from_slice(self.rest());
        binary::provide(&self.attachments, || serde_path_to_error::deserialize(&mut json))
            .map_err(|error| PayloadError::from_json(&error))
    }

    /// All arguments, as a tuple or a list.
    ///
    /// ```
    /// # use chinwag_socketio::socket_io::Arguments;
    /// let arguments = Arguments::from_json("[1, 2]", vec![])?;
    /// assert_eq!(arguments.all::<Vec<u8>>()?, [1, 2]);
    /// assert!(arguments.all::<(u8, u8, u8)>().is_err());
    /// # Ok::<_, chinwag_socketio::PayloadError>(())
    /// ```
    ///
    /// # Errors
    /// They are not of this type, or too few.
    pub fn all<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        let mut json = serde_json::Deserializer::from_slice(&self.list);
        binary::provide(&self.attachments, || {
            if self.named {
                AfterName::deserialize(&mut json).map(|AfterName(all)| all).map_err(|error| {
                    let message = error.to_string();
                    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
                    PayloadError { message }
                })
            } else {
                serde_path_to_error::deserialize(&mut json).map_err(|error| PayloadError::from_json(&error))
            }
        })
    }

    fn rest(&self) -> &[u8] {
        self.list.get(self.first..).unwrap_or_default()
    }
}

/// A list whose first element, the event's name, is skipped.
struct AfterName<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AfterName<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Skip<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Skip<T> {
            type Value = AfterName<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of arguments")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                list.next_element::<IgnoredAny>()?;
                let all = T::deserialize(SeqAccessDeserializer::new(&mut list))?;
                // Arguments beyond those that are asked for are ignored, as in JavaScript.
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(AfterName(all))
            }
        }

        deserializer.deserialize_seq(Skip(PhantomData))
    }
}

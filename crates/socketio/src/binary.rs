//! Binary values inside payloads.
//!
//! On the wire a binary value is a placeholder in the JSON and an attachment after it (Socket.IO protocol 5,
//! "Packet encoding"). While a packet is being written or read, its attachments lie in a thread-local list, so that
//! [`Binary`] works at any depth of a type that derives serde's traits.

use std::cell::RefCell;
use std::fmt;

use bytes::Bytes;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

thread_local! {
    static WRITTEN: RefCell<Option<Vec<Bytes>>> = const { RefCell::new(None) };
    static READ: RefCell<Option<Vec<Bytes>>> = const { RefCell::new(None) };
}

/// Bytes in a payload, sent and received as a binary attachment.
///
/// Anything else than an attachment is an error to read. Written outside of a packet it is a list of numbers.
///
/// ```
/// # use chinwag_socketio::Binary;
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Picture {
///     name: String,
///     png: Binary,
/// }
/// ```
///
/// It is read back at any depth:
///
/// ```
/// # use chinwag_socketio::Binary;
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Picture { name: String, png: Binary }
/// let picture = Picture { name: "a dot".into(), png: Binary::from(vec![1, 2, 3]) };
/// let packet = chinwag_socketio::Encoded::event("/", "picture", &picture)?;
/// let (name, arguments) = packet.parts().ok_or("no event")?;
/// assert_eq!(name, "picture");
/// assert_eq!(arguments.attachments(), [&[1, 2, 3][..]]);
/// assert_eq!(arguments.first::<Picture>()?.png, picture.png);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Binary(pub Bytes);

/// Runs `write` and returns what it returned and the attachments that it made.
pub(crate) fn collect<R>(write: impl FnOnce() -> R) -> (R, Vec<Bytes>) {
    let scope = Scope::enter(&WRITTEN, Some(Vec::new()));
    let result = write();
    let made = WRITTEN.with_borrow_mut(Option::take).unwrap_or_default();
    drop(scope);
    (result, made)
}

/// Runs `read` with these attachments to refer to.
pub(crate) fn provide<R>(attachments: &[Bytes], read: impl FnOnce() -> R) -> R {
    if attachments.is_empty() {
        return read();
    }
    let _scope = Scope::enter(&READ, Some(attachments.to_vec()));
    read()
}

/// Adds the attachments of a packet that is passed on as it is. They must be the first ones, because its
/// placeholders already carry numbers. `false` if they are not, or if no packet is being written.
pub(crate) fn adopt(attachments: &[Bytes]) -> bool {
    attachments.is_empty()
        || WRITTEN.with_borrow_mut(|made| match made {
            Some(made) if made.is_empty() => {
                made.extend_from_slice(attachments);
                true
            }
            _ => false,
        })
}

type Slot = std::thread::LocalKey<RefCell<Option<Vec<Bytes>>>>;

/// Puts back what was there before, also when the code between panics.
struct Scope {
    slot: &'static Slot,
    before: Option<Vec<Bytes>>,
}

impl Scope {
    fn enter(slot: &'static Slot, value: Option<Vec<Bytes>>) -> Self {
        Self { slot, before: slot.replace(value) }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.slot.set(self.before.take());
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = WRITTEN.with_borrow_mut(|made| {
            made.as_mut().map(|made| {
                made.push(self.0.clone());
                made.len() - 1
            })
        });
        let Some(number) = number else { return serializer.serialize_bytes(&self.0) };
        let mut placeholder = serializer.serialize_struct("Binary", 2)?;
        placeholder.serialize_field("_placeholder", &true)?;
        placeholder.serialize_field("num", &number)?;
        placeholder.end()
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Placeholder)
    }
}

struct Placeholder;

impl<'de> Visitor<'de> for Placeholder {
    type Value = Binary;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("binary data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Binary, A::Error> {
        let mut placeholder = false;
        let mut number = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "_placeholder" => placeholder = map.next_value()?,
                "num" => number = Some(map.next_value::<usize>()?),
                _ => return Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
            }
        }
        let (true, Some(number)) = (placeholder, number) else {
            return Err(de::Error::invalid_type(de::Unexpected::Map, &self));
        };
        READ.with_borrow(|read| read.as_ref().and_then(|read| read.get(number).cloned()))
            .map(Binary)
            .ok_or_else(|| de::Error::custom("there is no such attachment"))
    }
}

impl From<Bytes> for Binary {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Binary {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl AsRef<[u8]> for Binary {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

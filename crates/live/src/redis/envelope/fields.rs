//! The fields of headers: numbers are big-endian, lists begin with their length in four bytes.

use bytes::{Buf, Bytes};
use chinwag_model::{Epoch, Rev, SessionKey, StreamId, UserId};
use uuid::Uuid;

use super::Unread;

/// Adds fields to bytes.
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn u8(&mut self, number: u8) {
        self.0.push(number);
    }

    pub(super) fn u64(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    pub(super) fn uuid(&mut self, uuid: &[u8; 16]) {
        self.0.extend_from_slice(uuid);
    }

    pub(super) fn list<T>(&mut self, items: &[T], each: impl Fn(&mut Self, &T)) {
        // A list that is longer is cut; it would be too large for Redis, too.
        let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        items.iter().take(length as usize).for_each(|item| each(self, item));
    }

    pub(super) fn session(&mut self, key: &SessionKey) {
        self.0.extend_from_slice(&key.0);
    }
}

/// Takes fields from bytes. There may be less than a field needs.
pub(super) struct Reader(pub(super) Bytes);

impl Reader {
    pub(super) fn u8(&mut self) -> Result<u8, Unread> {
        self.0.try_get_u8().map_err(|_| Unread::Malformed)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Unread> {
        self.0.try_get_u32().map_err(|_| Unread::Malformed)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Unread> {
        self.0.try_get_u64().map_err(|_| Unread::Malformed)
    }

    pub(super) fn u128(&mut self) -> Result<u128, Unread> {
        self.0.try_get_u128().map_err(|_| Unread::Malformed)
    }

    pub(super) fn rev(&mut self) -> Result<Rev, Unread> {
        self.u64().map(Rev)
    }

    /// Where a header may end.
    pub(super) fn epoch_if_any(&mut self) -> Result<Option<Epoch>, Unread> {
        if self.0.is_empty() { Ok(None) } else { Ok(Some(Epoch(self.u64()?))) }
    }

    pub(super) fn stream(&mut self) -> Result<StreamId, Unread> {
        self.u128().map(|id| StreamId(Uuid::from_u128(id)))
    }

    pub(super) fn user(&mut self) -> Result<UserId, Unread> {
        self.u128().map(|id| UserId(Uuid::from_u128(id)))
    }

    pub(super) fn session(&mut self) -> Result<SessionKey, Unread> {
        let mut key = [0; 32];
        self.0.try_copy_to_slice(&mut key).map_err(|_| Unread::Malformed)?;
        Ok(SessionKey(key))
    }

    /// The next `length` bytes.
    pub(super) fn bytes(&mut self, length: usize) -> Result<Bytes, Unread> {
        if self.0.len() < length { Err(Unread::Malformed) } else { Ok(self.0.split_to(length)) }
    }

    /// A list. What it says of its length is believed only as far as there are bytes.
    pub(super) fn list<T>(
        &mut self,
        each: impl Fn(&mut Self) -> Result<T, Unread>,
    ) -> Result<Vec<T>, Unread> {
        let length = self.u32()? as usize;
        if length > self.0.len() {
            return Err(Unread::Malformed);
        }
        (0..length).map(|_| each(self)).collect()
    }
}

//! A filter that says of most keys that they are not in a segment: a Bloom filter whose bits for one key lie in one
//! block of 64 bytes, so that a question costs one look into memory.

use super::Key;

/// Bits for each key: about one question in a thousand is answered "perhaps" without reason.
const BITS_PER_KEY: usize = 16;
/// Bytes in a block.
const BLOCK: usize = 64;
/// Bits that a key sets in its block, of 9 bits of the key each.
const PROBES: u32 = 6;

/// The keys of a segment, roughly.
pub(super) struct Filter(Vec<u8>);

impl Filter {
    /// Of these keys.
    pub(super) fn of<'a>(keys: impl ExactSizeIterator<Item = &'a Key>) -> Self {
        let blocks = (keys.len() * BITS_PER_KEY).div_ceil(BLOCK * 8).max(1);
        let mut filter = Self(vec![0; blocks * BLOCK]);
        for key in keys {
            let (start, bits) = filter.place(key);
            if let Some(block) = filter.0.get_mut(start..start + BLOCK) {
                for bit in bits {
                    if let Some(byte) = block.get_mut(bit / 8) {
                        *byte |= 1 << (bit % 8);
                    }
                }
            }
        }
        filter
    }

    /// As it was stored. Damaged bytes make a filter that says "perhaps" to everything.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        let whole = !bytes.is_empty() && bytes.len().is_multiple_of(BLOCK);
        Self(if whole { bytes } else { vec![u8::MAX; BLOCK] })
    }

    /// To be stored.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `false`: the key is not there. `true`: it may be.
    pub(super) fn may_have(&self, key: &Key) -> bool {
        let (start, mut bits) = self.place(key);
        let block = self.0.get(start..start + BLOCK).unwrap_or_default();
        bits.all(|bit| block.get(bit / 8).is_some_and(|byte| byte & (1 << (bit % 8)) != 0))
    }

    /// Where a key's block begins, and which of its bits are the key's. A key is a hash, so its own bits will do.
    fn place(&self, key: &Key) -> (usize, impl Iterator<Item = usize> + use<>) {
        let number = u128::from_le_bytes(*key);
        let (low, high) = (number as u64, (number >> 64) as u64);
        let blocks = (self.0.len() / BLOCK) as u64;
        let block = low % blocks.max(1);
        (block as usize * BLOCK, (0..PROBES).map(move |probe| (high >> (9 * probe)) as usize % (BLOCK * 8)))
    }
}

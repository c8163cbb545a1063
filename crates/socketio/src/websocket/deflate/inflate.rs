//! Inflating messages of clients (RFC 7692, section 7.2.2), which may be bombs.

use bytes::BytesMut;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::TAIL;
use crate::websocket::Error;

/// What is inflated stays in one piece, so that references to before its start are seen as errors.
const FLAGS: u32 = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;

/// The least room that is made for what is inflated, unless the limit is lower.
const FIRST_ALLOCATION: usize = 256;

/// Each block costs the making of its tables, whatever is in it, and a block of 10 bits makes as much work as
/// thousands of others. zlib with the least memory makes blocks of 127 symbols, which hardly take less than this.
const BLOCK_BYTES: usize = 32;

/// Blocks that any message may have.
const FEW_BLOCKS: usize = 32;

/// How long a compressed message can sensibly be that inflates to so many bytes: what does not compress is stored
/// with a header for each block.
pub(crate) fn longest(inflated: usize) -> usize {
    inflated.saturating_add(inflated >> 10).saturating_add(64)
}

/// Inflates the payload of a message to at most `limit` bytes. No more than these are allocated, and before they are
/// there no more than twice what is.
///
/// # Errors
/// [`Error::TooLarge`] over the limit, [`Error::Deflate`] if it is malformed, ends within a block, or consists of
/// tiny blocks.
pub(crate) fn inflate(mut payload: BytesMut, limit: usize) -> Result<Vec<u8>, Error> {
    if payload.is_empty() {
        // Not what a compressor makes of an empty message, but what it inflates to is beyond doubt.
        return Ok(Vec::new());
    }
    let mut blocks = FEW_BLOCKS + payload.len() / BLOCK_BYTES;
    payload.extend_from_slice(&TAIL);
    let mut input = &payload[..];
    let mut state = Box::<DecompressorOxide>::default();
    let mut out = Vec::new();
    let mut written = 0;
    loop {
        let (status, read, wrote) = decompress(&mut state, input, &mut out, written, FLAGS);
        input = input.get(read..).ok_or(Error::Deflate)?;
        written += wrote;
        match status {
            // The tail is the rest of a block that began in the message.
            TINFLStatus::BlockBoundary | TINFLStatus::Done if input.is_empty() => {
                out.truncate(written);
                return Ok(out);
            }
            TINFLStatus::BlockBoundary | TINFLStatus::Done => {
                blocks = blocks.checked_sub(1).ok_or(Error::Deflate)?;
                if status == TINFLStatus::Done {
                    // A block that is marked as final may be followed by others (section 7.2.3.4).
                    state.init();
                }
            }
            TINFLStatus::HasMoreOutput if out.len() < limit => {
                let size = (out.len() * 2).max(input.len() * 2).max(FIRST_ALLOCATION).min(limit);
                out.reserve_exact(size.saturating_sub(out.len()));
                out.resize(size, 0);
            }
            TINFLStatus::HasMoreOutput => return Err(Error::TooLarge),
            _ => return Err(Error::Deflate),
        }
    }
}

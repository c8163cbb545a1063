//! Compression of messages (RFC 7692, "permessage-deflate"), each by itself: without context takeover, so that no
//! memory is kept between messages and one compressed broadcast is good for every socket that negotiated it.
//!
//! Compressed frames are for WebSockets only. [`super::Frames`] does not walk over them, so whatever takes frames
//! apart for a poll must have been given the frames before they were compressed.
//!
//! ```
//! use chinwag_socketio::websocket::{Opcode, deflate, frame};
//!
//! let long = frame(Opcode::Text, "again and ".repeat(100).as_bytes());
//! assert!(deflate::compress(&long, 100).len() < 50);
//! assert_eq!(deflate::compress(&long, 10_000), long, "too short to be worth it");
//! ```

mod inflate;
mod negotiate;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use miniz_oxide::deflate::core::{CompressionStrategy, CompressorOxide};
use miniz_oxide::deflate::stream;
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use super::frame::{Frames, write_frame};

pub(super) use inflate::{inflate, longest};
pub use negotiate::negotiate;

/// RSV1: the message is compressed (section 6).
pub(super) const COMPRESSED: u8 = 0x40;

/// What ends each flush of a compressor, and is left out of messages (section 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// As hard as zlib tries by itself.
const LEVEL: u8 = 6;

/// Compresses the text and binary frames, as this crate writes them, whose payload has at least `threshold` bytes.
/// A frame that would not become shorter stays as it is. If none would, the frames are returned and not copied.
///
/// ```
/// use chinwag_socketio::websocket::{Opcode, deflate, frame};
///
/// let long = frame(Opcode::Text, "again and ".repeat(100).as_bytes());
/// assert!(deflate::compress(&long, 256).len() < 50);
/// let short = frame(Opcode::Text, b"once");
/// assert_eq!(deflate::compress(&short, 256), short);
/// ```
pub fn compress(frames: &Bytes, threshold: usize) -> Bytes {
    let mut compressor = None;
    let mut shorter = false;
    let mut out = Vec::new();
    for (opcode, payload) in Frames::new(frames.clone()) {
        let deflated = if opcode.is_control() || payload.len() < threshold {
            None
        } else {
            deflate(compressor.get_or_insert_with(new_compressor), &payload)
        };
        let Some(deflated) = deflated else {
            write_frame(&mut out, opcode, &payload);
            continue;
        };
        let start = out.len();
        write_frame(&mut out, opcode, &deflated);
        if let Some(first) = out.get_mut(start) {
            *first |= COMPRESSED;
        }
        shorter = true;
    }
    if shorter { out.into() } else { frames.clone() }
}

fn new_compressor() -> Box<CompressorOxide> {
    Box::new(CompressorOxide::with_params(DataFormat::Raw, LEVEL, CompressionStrategy::Default, 15))
}

/// The payload of a compressed message (section 7.2.1). `None` if it would not be shorter.
fn deflate(compressor: &mut CompressorOxide, payload: &[u8]) -> Option<Vec<u8>> {
    compressor.reset();
    // Output beyond this would not be used, and that it did not fit is seen by its being full.
    let mut out = vec![0; payload.len() + TAIL.len()];
    let result = stream::deflate(compressor, payload, &mut out, MZFlush::Sync);
    if result.status != Ok(MZStatus::Ok) || result.bytes_written == out.len() {
        return None;
    }
    out.truncate(result.bytes_written);
    out.truncate(out.strip_suffix(&TAIL)?.len());
    (out.len() < payload.len()).then_some(out)
}

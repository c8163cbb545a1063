//! Engine.IO protocol 3, which clients of Socket.IO 2 speak: how its packets and polling payloads are written.
//!
//! What the engine queues is written as in protocol 4. [`binary_frames`] and [`base64_frames`] turn that into the
//! frames of protocol 3: the former for clients that take bytes, the latter for those that asked for `b64=1`. A
//! WebSocket gets these frames as they are; for a poll, [`encode_payload`] takes them apart.
//!
//! ```
//! use chinwag_socketio::engine_io::protocol_3::{Payload, binary_frames, encode_payload};
//! use chinwag_socketio::websocket::{Opcode, frame};
//!
//! // The length before a packet counts letters.
//! let frames = binary_frames(&frame(Opcode::Text, "4ü".as_bytes()));
//! assert_eq!(encode_payload([frames]), Payload::Text("2:4ü".into()));
//! ```

mod binary;
mod packet;
mod payload;
mod text;

#[cfg(test)]
mod tests;

pub use binary::{BinaryPayload, decode_binary_payload};
pub use packet::{base64_frames, binary_frames, decode_binary, decode_text, pong};
pub use payload::{Payload, encode_payload};
pub use text::{TextPayload, decode_text_payload};

/// More digits than this no length has.
const MAX_DIGITS: usize = 10;

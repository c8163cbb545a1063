//! Every byte that the load generator and the servers must agree on.
//!
//! A member comes in as `user` and five digits. What it says is 100 bytes: a filler, the number of the message in
//! twelve digits, and when it was sent, in nanoseconds of the load generator's clock, in twenty. Everybody hears it
//! as `{"username":…,"message":…}`. All lengths are fixed, so that checking a delivery takes no parser: its number stands at
//! a fixed place, and each byte of it is known.

#[cfg(test)]
mod tests;

/// What a client sends to be let in. The key is the example of RFC 6455, for the ceiling knows the answer to that one.
pub(super) fn upgrade(address: &str) -> String {
    format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// The answer to [`upgrade`] of a server that computes nothing.
pub(super) const UPGRADED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
/// What ends the head of a request and of an answer.
pub(super) const HEAD_END: &[u8] = b"\r\n\r\n";
/// What a good answer to [`upgrade`] begins with.
pub(super) const SWITCHING: &[u8] = b"HTTP/1.1 101";

/// The OPEN packet of a server without heartbeats; it says what others say, so that it is as long.
pub(super) const OPEN: &[u8] =
    br#"0{"sid":"abcdefghijklmnop","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
/// The CONNECT packet of such a server.
pub(super) const CONNECTED: &[u8] = br#"40{"sid":"abcdefghijklmnop"}"#;
/// What a client's CONNECT packet begins with, up to its name.
pub(super) const CONNECT: &[u8] = br#"40{"username":""#;

/// What a client's message begins with, up to its text.
pub(super) const POST: &[u8] = br#"42["chat message",""#;
/// What a client's message ends with.
pub(super) const POST_END: &[u8] = br#""]"#;

/// What a delivery begins with, up to the name.
pub(super) const HEARD: &[u8] = br#"42["chat message",{"username":""#;
/// What stands between name and text.
pub(super) const HEARD_TEXT: &[u8] = br#"","message":""#;
/// What a delivery ends with.
pub(super) const HEARD_END: &[u8] = br#""}]"#;

/// What names begin with.
const USER: &[u8] = b"user";
/// Digits of a name.
const USER_DIGITS: usize = 5;
/// Digits of a message's number.
const SEQUENCE_DIGITS: usize = 12;
/// Digits of a time.
const TIME_DIGITS: usize = 20;
/// What stands before the digits in a text, about as long as people write.
const FILLER: &[u8] = b"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnop";

/// The first byte of a frame with a whole text.
pub(super) const TEXT_FRAME: u8 = 0x81;
/// The first byte of a ping of WebSocket.
pub(super) const PING_FRAME: u8 = 0x89;
/// A client's mask. Any will do, but zeros might be cheaper than others.
const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// Writes a client's frame.
pub(super) fn client_frame(out: &mut Vec<u8>, parts: &[&[u8]]) {
    head(out, parts, 0x80);
    out.extend_from_slice(&MASK);
    let bytes = parts.iter().copied().flatten();
    out.extend(bytes.zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// Writes a server's frame.
pub(super) fn server_frame(out: &mut Vec<u8>, parts: &[&[u8]]) {
    head(out, parts, 0);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Writes the head of a text frame of less than 64 KiB; nothing here is longer.
fn head(out: &mut Vec<u8>, parts: &[&[u8]], masked: u8) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.push(TEXT_FRAME);
    if length < 126 {
        out.push(masked | length as u8);
    } else {
        out.push(masked | 126);
        out.extend_from_slice(&(length as u16).to_be_bytes());
    }
}

/// Writes the frame by which member `number` comes in, into `room` if that is named.
pub(super) fn connect(out: &mut Vec<u8>, number: usize, room: Option<&str>) {
    let room = room.map(|room| format!(r#","room":"{room}""#)).unwrap_or_default();
    client_frame(out, &[CONNECT, format!("user{number:0USER_DIGITS$}\"{room}}}").as_bytes()]);
}

/// Writes the frame that says message `sequence` at this time.
pub(super) fn post(out: &mut Vec<u8>, sequence: u64, nanoseconds: u64) {
    let digits = format!("{sequence:0SEQUENCE_DIGITS$}{nanoseconds:0TIME_DIGITS$}");
    client_frame(out, &[POST, FILLER, digits.as_bytes(), POST_END]);
}

/// What everybody hears of message `sequence`, said by member `sender` at this time.
pub(super) fn heard(sender: usize, sequence: u64, nanoseconds: u64) -> Vec<u8> {
    let name = format!("user{sender:0USER_DIGITS$}");
    let digits = format!("{sequence:0SEQUENCE_DIGITS$}{nanoseconds:0TIME_DIGITS$}");
    [HEARD, name.as_bytes(), HEARD_TEXT, FILLER, digits.as_bytes(), HEARD_END].concat()
}

/// Where the number of a message stands in a delivery.
const SEQUENCE_AT: usize = HEARD.len() + USER.len() + USER_DIGITS + HEARD_TEXT.len() + FILLER.len();

/// Which message a delivery says that it is; whether the rest is right is to be seen from [`heard`].
pub(super) fn sequence(payload: &[u8]) -> Option<u64> {
    number(payload.get(SEQUENCE_AT..SEQUENCE_AT + SEQUENCE_DIGITS)?)
}

/// A number of digits alone.
fn number(digits: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    Some(number)
}

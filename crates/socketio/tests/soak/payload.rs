//! What is in the bodies of polling requests and answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::Answer;
use crate::storm::{End, fault};
use crate::way::Way;

/// A packet of Engine.IO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    /// Its type as a digit, and what it carries.
    Text(String),
    /// A message in bytes.
    Binary(Vec<u8>),
}

/// The body of a POST, and its type.
pub(crate) fn write(way: &Way, packets: &[Packet]) -> (&'static str, Vec<u8>) {
    let packets = packets.iter().map(|packet| match packet {
        Packet::Text(text) => text.clone(),
        Packet::Binary(bytes) if way.old => format!("b4{}", STANDARD.encode(bytes)),
        Packet::Binary(bytes) => format!("b{}", STANDARD.encode(bytes)),
    });
    let payload = if way.old {
        packets.map(|packet| format!("{}:{packet}", packet.encode_utf16().count())).collect()
    } else {
        packets.collect::<Vec<_>>().join("\u{1e}")
    };
    if way.jsonp {
        let form = form_urlencoded::Serializer::new(String::new()).append_pair("d", &payload).finish();
        return ("application/x-www-form-urlencoded", form.into_bytes());
    }
    ("text/plain;charset=UTF-8", payload.into_bytes())
}

/// The packets in the answer to a poll.
pub(crate) fn read(way: &Way, answer: Answer) -> Result<Vec<Packet>, End> {
    let packets = match (way.old && answer.is_bytes, way.jsonp) {
        (true, _) => old_binary(&answer.body),
        (false, true) => {
            script(&answer.body).and_then(|text| if way.old { old_text(&text) } else { text_of(&text) })
        }
        (false, false) => String::from_utf8(answer.body.clone())
            .ok()
            .and_then(|text| if way.old { old_text(&text) } else { text_of(&text) }),
    };
    match packets {
        Some(packets) => Ok(packets),
        None => fault(format!("{}: no payload: {}", way.name, String::from_utf8_lossy(&answer.body))),
    }
}

/// The text in a script that calls a function with it.
fn script(body: &[u8]) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    serde_json::from_str(body.strip_prefix("___eio[7](")?.strip_suffix(");")?).ok()
}

fn text_of(payload: &str) -> Option<Vec<Packet>> {
    payload
        .split('\u{1e}')
        .map(|packet| match packet.strip_prefix('b') {
            Some(bytes) => STANDARD.decode(bytes).ok().map(Packet::Binary),
            None => Some(Packet::Text(packet.to_owned())),
        })
        .collect()
}

/// Lengths are counted in units of UTF-16.
fn old_text(payload: &str) -> Option<Vec<Packet>> {
    let mut rest: &[u16] = &payload.encode_utf16().collect::<Vec<_>>();
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let end = rest.iter().position(|unit| *unit == u16::from(b':'))?;
        let length: usize = String::from_utf16(&rest[..end]).ok()?.parse().ok()?;
        let packet = String::from_utf16(rest.get(end + 1..end + 1 + length)?).ok()?;
        rest = &rest[end + 1 + length..];
        match packet.strip_prefix("b4") {
            Some(bytes) => packets.push(Packet::Binary(STANDARD.decode(bytes).ok()?)),
            None if packet.is_empty() => {}
            None => packets.push(Packet::Text(packet)),
        }
    }
    Some(packets)
}

fn old_binary(mut rest: &[u8]) -> Option<Vec<Packet>> {
    let mut packets = Vec::new();
    while let Some((kind, after)) = rest.split_first() {
        let digits = after.iter().position(|byte| *byte == 255)?;
        let length = after[..digits].iter().fold(0, |length, digit| length * 10 + usize::from(*digit));
        let packet = after.get(digits + 1..digits + 1 + length)?;
        rest = &after[digits + 1 + length..];
        packets.push(match (kind, packet.split_first()) {
            (1, Some((4, bytes))) => Packet::Binary(bytes.to_vec()),
            (0, Some(_)) => Packet::Text(String::from_utf8(packet.to_vec()).ok()?),
            _ => return None,
        });
    }
    Some(packets)
}

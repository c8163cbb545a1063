//! Polling by script elements (Engine.IO, "JSONP polling"), for pages that may not make requests to other origins.
//! Payloads are those of the protocol that the client speaks, but there can be no bytes in them: what protocol 3
//! writes for such a client must be in base64 ([`super::protocol_3::base64_frames`]).

#[cfg(test)]
mod tests;

use super::packet::InvalidPacket;

/// More digits than this no page has callbacks.
const MAX_DIGITS: usize = 10;

/// Reads the parameter `j` of the request's query, the number of the callback that the answer calls.
///
/// # Errors
/// It is not a number, or has more than ten digits. It becomes part of a script, so nothing else is let through.
pub fn decode_index(parameter: &str) -> Result<u64, InvalidPacket> {
    if parameter.len() > MAX_DIGITS || !parameter.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidPacket);
    }
    parameter.parse().map_err(|_| InvalidPacket)
}

/// Writes the body of the answer to a poll: a call with the payload as a string. Its type is
/// `text/javascript; charset=UTF-8`. It has at most six times the bytes of the payload, and forty.
///
/// What is not UTF-8 in the payload is replaced.
pub fn encode_body(index: u64, payload: &[u8]) -> Vec<u8> {
    let json = serde_json::to_string(&String::from_utf8_lossy(payload)).unwrap_or_default();
    let mut out = format!("___eio[{index}](").into_bytes();
    out.reserve(json.len() + 2);
    let mut rest = json.as_str();
    // Two characters end a line in older scripts, and "<" could end the script.
    while let Some((plain, found)) =
        rest.find(['<', '\u{2028}', '\u{2029}']).and_then(|at| rest.split_at_checked(at))
    {
        out.extend_from_slice(plain.as_bytes());
        let mut characters = found.chars();
        out.extend_from_slice(match characters.next() {
            Some('<') => b"\\u003c",
            Some('\u{2028}') => b"\\u2028",
            _ => b"\\u2029",
        });
        rest = characters.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.extend_from_slice(b");");
    out
}

/// Reads the body of a POST, a form (`application/x-www-form-urlencoded`) whose field `d` is the payload. Other
/// fields are ignored. What it returns is not longer than the body.
///
/// # Errors
/// There is no such field or more than one, or it is not UTF-8.
pub fn decode_body(body: &[u8]) -> Result<String, InvalidPacket> {
    let mut fields = body.split(|byte| *byte == b'&').filter_map(|field| {
        let mut sides = field.splitn(2, |byte| *byte == b'=');
        let name = unescape(sides.next()?);
        (name == b"d").then(|| sides.next().unwrap_or_default())
    });
    let (Some(value), None) = (fields.next(), fields.next()) else { return Err(InvalidPacket) };
    let value = String::from_utf8(unescape(value)).map_err(|_| InvalidPacket)?;
    Ok(unescape_newlines(&value))
}

/// Reads what a form has escaped. A percent sign that escapes nothing stands for itself.
fn unescape(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let escaped = after
            .split_first_chunk()
            .and_then(|(&[high, low], after)| Some((digit(high)? << 4 | digit(low)?, after)));
        out.push(match (first, escaped) {
            (b'%', Some((byte, after))) => {
                rest = after;
                byte
            }
            (b'+', _) => b' ',
            _ => first,
        });
    }
    out
}

/// Browsers may change the newlines of a form. So clients write a newline as `\n`, and before an `n` that has a
/// backslash already they put another one.
fn unescape_newlines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut backslashes = 0;
    for character in text.chars() {
        match (character, backslashes) {
            ('n', 1) => {
                out.pop();
                out.push('\n');
            }
            ('n', 2..) => {
                out.pop();
                out.push('n');
            }
            _ => out.push(character),
        }
        backslashes = if character == '\\' { backslashes + 1 } else { 0 };
    }
    out
}

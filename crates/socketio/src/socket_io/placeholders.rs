//! The places of attachments in the JSON of a packet: `{"_placeholder":true,"num":0}` (Socket.IO protocol 5, "Packet
//! encoding").

/// An array or an object that has begun.
#[derive(Default)]
struct Open {
    object: bool,
    key: Key,
    is_placeholder: bool,
    number: Option<u64>,
}

/// The key whose value comes next.
#[derive(Default, PartialEq, Eq)]
enum Key {
    #[default]
    Other,
    Placeholder,
    Number,
}

impl Key {
    /// The key that is written like this between its quotes.
    fn read(written: &[u8]) -> Self {
        match written {
            b"_placeholder" => Self::Placeholder,
            b"num" => Self::Number,
            // It may be one of them in escapes, of which each has at most six letters.
            escaped if escaped.len() <= 6 * 12 && escaped.contains(&b'\\') => {
                let quoted = [b"\"", escaped, b"\""].concat();
                match serde_json::from_slice::<String>(&quoted).as_deref() {
                    Ok("_placeholder") => Self::Placeholder,
                    Ok("num") => Self::Number,
                    _ => Self::Other,
                }
            }
            _ => Self::Other,
        }
    }
}

/// Whether each placeholder in JSON, which is known to be well-formed, has a number below this one. Nothing is built,
/// and texts are not decoded: JavaScript writes halves of surrogate pairs that are no text elsewhere.
pub(super) fn fit(mut json: &[u8], attachments: usize) -> bool {
    let mut open: Vec<Open> = Vec::new();
    while let Some((first, rest)) = json.split_first() {
        json = rest;
        match first {
            b'{' | b'[' => open.push(Open { object: *first == b'{', ..Open::default() }),
            b'}' | b']' => {
                if let Some(Open { is_placeholder: true, number, .. }) = open.pop()
                    && number.is_none_or(|number| number >= attachments as u64)
                {
                    return false;
                }
            }
            b'"' => {
                let (text, rest) = string(json);
                json = rest;
                if let Some(object) = open.last_mut().filter(|open| open.object)
                    && json.trim_ascii_start().starts_with(b":")
                {
                    object.key = Key::read(text);
                }
            }
            b',' => {
                if let Some(open) = open.last_mut() {
                    open.key = Key::Other;
                }
            }
            b't' => {
                if let Some(object) = open.last_mut() {
                    object.is_placeholder |= object.key == Key::Placeholder;
                }
            }
            b'0'..=b'9' => {
                let end = json.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (more, rest) = json.split_at_checked(end).unwrap_or((json, b""));
                if let Some(object) = open.last_mut().filter(|open| open.key == Key::Number) {
                    // A fraction, an exponent or a sign is no number of an attachment.
                    let whole = !matches!(rest.first(), Some(b'.' | b'e' | b'E'));
                    let digits = std::iter::once(first).chain(more);
                    let number = { digits }.try_fold(0_u64, |number, digit| {
                        number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
                    });
                    object.number = number.filter(|_| whole);
                    object.key = Key::Other;
                }
                json = rest;
            }
            b'-' => {
                if let Some(object) = open.last_mut() {
                    object.key = Key::Other;
                }
            }
            _ => {}
        }
    }
    true
}

/// A string after its opening quote, and what comes after its closing one.
fn string(json: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while let Some(found) = json.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if json.get(at) == Some(&b'"') {
            let (text, rest) = json.split_at_checked(at).unwrap_or((json, b""));
            return (text, rest.get(1..).unwrap_or_default());
        }
        // What follows a backslash is no end.
        at += 2;
    }
    (json, b"")
}

#[cfg(test)]
mod tests;

//! Polling with scripts, for browsers that could not ask other origins otherwise (JSONP): the answer to a poll is a
//! script that calls a function of the client's, and packets are posted as a form.
//!
//! ```
//! use chinwag_socketio::engine_io::jsonp;
//!
//! // A packet in a form, as a browser escapes it.
//! assert_eq!(jsonp::form(b"d=4hello%20world")?, "4hello world");
//! # Ok::<_, chinwag_socketio::engine_io::InvalidPacket>(())
//! ```

use std::io::Write as _;

use bytes::Bytes;

use super::InvalidPacket;

#[cfg(test)]
mod tests;

/// The function that a client wants to be called.
///
/// ```
/// use chinwag_socketio::engine_io::jsonp::Callback;
///
/// let callback = Callback::parse("3").ok_or("no number")?;
/// assert_eq!(callback.script(b"4hi"), br#"___eio[3]("4hi");"#);
/// assert_eq!(Callback::parse("alert(1)"), None);
/// # Ok::<_, &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callback(u32);

impl Callback {
    /// Reads the number of the function, `j=` in the query; `None` if it is none.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::jsonp::Callback;
    /// assert!(Callback::parse("12").is_some());
    /// assert!(Callback::parse("-1").is_none());
    /// ```
    pub fn parse(number: &str) -> Option<Self> {
        number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok().map(Self)).flatten()
    }

    /// The script that calls it with this payload, which is UTF-8.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::jsonp::Callback;
    /// # let callback = Callback::parse("0").ok_or("no number")?;
    /// assert_eq!(callback.script(b"4</script>"), br#"___eio[0]("4\u003c/script\u003e");"#);
    /// # Ok::<_, &str>(())
    /// ```
    pub fn script(self, payload: &[u8]) -> Vec<u8> {
        let mut script = Vec::with_capacity(payload.len() + payload.len() / 8 + 32);
        // Writing to a vector cannot fail.
        let _ = write!(script, "___eio[{}](\"", self.0);
        for part in String::from_utf8_lossy(payload).split_inclusive(|c: char| escape(c).is_some()) {
            let mut plain = part.chars();
            match plain.next_back() {
                Some(last) if escape(last).is_some() => {
                    script.extend_from_slice(plain.as_str().as_bytes());
                    let _ = write!(script, "\\u{:04x}", escape(last).unwrap_or_default());
                }
                _ => script.extend_from_slice(part.as_bytes()),
            }
        }
        script.extend_from_slice(b"\");");
        script
    }
}

/// What must not stand in a script as it is: it would end the string, the line, or the element that the script is in.
fn escape(c: char) -> Option<u32> {
    let unsafe_here = c.is_control() || matches!(c, '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    unsafe_here.then_some(u32::from(c))
}

/// The payload in the form that a client posts, as its field `d`.
///
/// Line ends in a form are changed on their way. So clients write `\n` for a line end, and `\\n` where a text has the
/// characters `\n`.
///
/// ```
/// use chinwag_socketio::engine_io::jsonp::form;
///
/// assert_eq!(form(b"d=4one%5Cntwo")?, "4one\ntwo");
/// assert!(form(b"x=1").is_err());
/// # Ok::<_, chinwag_socketio::engine_io::InvalidPacket>(())
/// ```
///
/// # Errors
/// There is no such field.
pub fn form(body: &[u8]) -> Result<Bytes, InvalidPacket> {
    let (_, payload) = form_urlencoded::parse(body).find(|(name, _)| name == "d").ok_or(InvalidPacket)?;
    let mut text = String::with_capacity(payload.len());
    let mut rest = &*payload;
    while let Some((before, after)) = rest.split_once("\\n") {
        match before.strip_suffix('\\') {
            Some(before) => {
                text.push_str(before);
                text.push_str("\\n");
            }
            None => {
                text.push_str(before);
                text.push('\n');
            }
        }
        rest = after;
    }
    text.push_str(rest);
    Ok(text.into())
}

//! Takes JSON apart that was checked when it came in, or that this crate wrote. So what is between values is not
//! looked at again, and nothing else than JSON need be understood.

use std::borrow::Cow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open {
        object: bool,
    },
    Close {
        object: bool,
    },
    /// What is between the quotes, with its escapes. A key or a value.
    Text(&'a [u8]),
    Number(&'a [u8]),
    Bool(bool),
    Null,
    /// The placeholder of the attachment with this number.
    Attachment(usize),
}

/// The tokens of a text; `None` where it is not JSON.
#[derive(Clone)]
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
    /// How many there are to refer to.
    attachments: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(json: &'a [u8], attachments: usize) -> Self {
        Self { rest: json, attachments }
    }

    fn token(&mut self, first: u8, rest: &'a [u8]) -> Option<Token<'a>> {
        let (token, rest) = match first {
            b'{' => match placeholder(rest) {
                Some((number, rest)) if number < self.attachments => (Token::Attachment(number), rest),
                _ => (Token::Open { object: true }, rest),
            },
            b'[' => (Token::Open { object: false }, rest),
            b'}' => (Token::Close { object: true }, rest),
            b']' => (Token::Close { object: false }, rest),
            b'"' => {
                let (text, rest) = string(rest)?;
                (Token::Text(text), rest)
            }
            b't' => (Token::Bool(true), rest.strip_prefix(b"rue")?),
            b'f' => (Token::Bool(false), rest.strip_prefix(b"alse")?),
            b'n' => (Token::Null, rest.strip_prefix(b"ull")?),
            _ => {
                let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let length = self.rest.iter().take_while(|byte| digit(byte)).count();
                let (number, rest) = self.rest.split_at_checked(length)?;
                if number.is_empty() {
                    return None;
                }
                (Token::Number(number), rest)
            }
        };
        self.rest = rest;
        Some(token)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Option<Token<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&first, rest) = self.rest.split_first()?;
            if !matches!(first, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':') {
                let token = self.token(first, rest);
                if token.is_none() {
                    self.rest = &[];
                }
                return Some(token);
            }
            self.rest = rest;
        }
    }
}

/// Splits after the quote that ends a string.
fn string(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut end = 0;
    loop {
        end += memchr::memchr2(b'"', b'\\', rest.get(end..)?)?;
        if rest.get(end) == Some(&b'"') {
            return Some((rest.get(..end)?, rest.get(end + 1..)?));
        }
        end += 2;
    }
}

/// Reads the rest of a placeholder, after its opening bracket: `_placeholder` that is true and `num`, and no others.
fn placeholder(mut rest: &[u8]) -> Option<(usize, &[u8])> {
    let mut flag = false;
    let mut number = None;
    for end in [b",", b"}"] {
        rest = rest.trim_ascii_start();
        if let Some(after) = rest.strip_prefix(b"\"_placeholder\"") {
            rest = colon(after)?.strip_prefix(b"true")?;
            flag = true;
        } else {
            rest = colon(rest.strip_prefix(b"\"num\"")?)?;
            let digits = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, after) = rest.split_at_checked(digits)?;
            number = Some(std::str::from_utf8(digits).ok()?.parse().ok()?);
            rest = after;
        }
        rest = rest.trim_ascii_start().strip_prefix(end)?;
    }
    flag.then_some((number?, rest))
}

fn colon(rest: &[u8]) -> Option<&[u8]> {
    Some(rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())
}

/// What a string is without its escapes. Half of a surrogate pair, which is no character, becomes U+FFFD.
pub(super) fn unescape(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    let Some(plain) = memchr::memchr(b'\\', text) else { return Some(Cow::Borrowed(text)) };
    let (plain, mut rest) = text.split_at_checked(plain)?;
    let mut out = plain.to_vec();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'\\' {
            out.push(first);
            continue;
        }
        let (&escaped, after) = rest.split_first()?;
        rest = after;
        let character = match escaped {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (unit, after) = code_unit(rest)?;
                rest = after;
                let pair = rest.strip_prefix(b"\\u").and_then(code_unit);
                match (char::from_u32(unit), pair) {
                    (Some(character), _) => character,
                    (None, Some((low @ 0xdc00..0xe000, after))) if unit < 0xdc00 => {
                        rest = after;
                        char::from_u32(0x1_0000 + (unit - 0xd800) * 0x400 + (low - 0xdc00))?
                    }
                    _ => char::REPLACEMENT_CHARACTER,
                }
            }
            other => other.into(),
        };
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Some(Cow::Owned(out))
}

/// Four hexadecimal digits.
fn code_unit(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    Some((u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, rest))
}

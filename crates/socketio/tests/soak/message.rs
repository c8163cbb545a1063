//! Packets of Socket.IO, with their attachments left beside them.

use serde_json::Value;

use crate::storm::{End, fault};

pub(crate) const CONNECT: u8 = b'0';
pub(crate) const DISCONNECT: u8 = b'1';
pub(crate) const EVENT: u8 = b'2';
pub(crate) const ACK: u8 = b'3';
pub(crate) const REFUSED: u8 = b'4';

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) kind: u8,
    pub(crate) namespace: String,
    pub(crate) id: Option<u64>,
    pub(crate) data: Value,
    /// How many attachments are still to come.
    pub(crate) missing: usize,
    pub(crate) attachments: Vec<Vec<u8>>,
}

impl Message {
    /// Reads what follows the type of Engine.IO's packet.
    pub(crate) fn read(text: &str) -> Result<Self, End> {
        match Self::parse(text) {
            Some(message) => Ok(message),
            None => fault(format!("no packet: {text}")),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (&kind, _) = text.as_bytes().split_first()?;
        let mut rest = text.get(1..)?;
        let mut missing = 0;
        let kind = match kind {
            b'5' | b'6' => {
                let (count, after) = rest.split_once('-')?;
                missing = count.parse().ok()?;
                rest = after;
                kind - 3
            }
            b'0'..=b'4' => kind,
            _ => return None,
        };
        let mut namespace = "/";
        if rest.starts_with('/') {
            (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (id, json) = rest.split_at(digits);
        let id = if id.is_empty() { None } else { Some(id.parse().ok()?) };
        let data = if json.is_empty() { Value::Null } else { serde_json::from_str(json).ok()? };
        Some(Self { kind, namespace: namespace.to_owned(), id, data, missing, attachments: Vec::new() })
    }

    /// Writes one without attachments, the type of Engine.IO's packet included.
    pub(crate) fn write(
        kind: u8,
        namespace: &str,
        id: Option<u64>,
        data: &Value,
        attachments: usize,
    ) -> String {
        let mut text = String::from("4");
        if attachments > 0 {
            text.push(char::from(kind + 3));
            text += &format!("{attachments}-");
        } else {
            text.push(char::from(kind));
        }
        if namespace != "/" {
            text += namespace;
            text.push(',');
        }
        if let Some(id) = id {
            text += &id.to_string();
        }
        if !data.is_null() {
            text += &data.to_string();
        }
        text
    }
}

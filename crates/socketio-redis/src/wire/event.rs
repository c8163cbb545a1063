//! Events: `["name", argument, …]` with the attachments of the message that it is a part of.

use bytes::Bytes;
use chinwag_socketio::socket_io::{Arguments, Assembler, Body, Incoming};
use chinwag_socketio::{Encoded, RawArguments};
use serde_json::value::RawValue;

use super::Malformed;
use super::value::LIMITS;

const NO_EVENT: Malformed = Malformed("no event");

/// Reads name and arguments, by the rules for events that clients send: the protocol's own names are none.
pub(super) fn read(list: &RawValue, attachments: &[Bytes]) -> Result<(String, Arguments), Malformed> {
    if !list.get().starts_with('[') {
        return Err(NO_EVENT);
    }
    let text = match attachments.len() {
        0 => format!("2{}", list.get()),
        count => format!("5{count}-{}", list.get()),
    };
    let mut assembler = Assembler::default();
    let mut incoming = assembler.text(&text.into(), &LIMITS).map_err(|_| NO_EVENT)?;
    for attachment in attachments {
        incoming = assembler.binary(attachment.clone(), &LIMITS).map_err(|_| NO_EVENT)?;
    }
    let Incoming::Packet(packet) = incoming else { return Err(NO_EVENT) };
    let Body::Event { name, arguments } = packet.body else { return Err(NO_EVENT) };
    let name = String::from_utf8(name.to_vec()).map_err(|_| NO_EVENT)?;
    Ok((name, arguments))
}

/// The event as it is sent to clients.
pub(super) fn encode(namespace: &str, name: &str, arguments: Arguments) -> Result<Encoded, Malformed> {
    Encoded::event_all(namespace, name, &RawArguments::from(arguments)).map_err(|_| NO_EVENT)
}

/// The list that [`read`] reads.
pub(super) fn write(name: &str, arguments: &Arguments) -> String {
    // A text can always be written as JSON.
    let mut list = format!("[{}", serde_json::Value::from(name));
    let rest = arguments.to_json();
    let rest = rest.strip_prefix('[').unwrap_or("]");
    if !arguments.is_empty() {
        list.push(',');
    }
    list.push_str(rest);
    list
}

/// The first argument, `null` if there is none: all that Node passes on of an acknowledgement.
pub(super) fn first(arguments: &Arguments) -> String {
    let list = arguments.to_json();
    let list: Vec<&RawValue> = serde_json::from_str(&list).unwrap_or_default();
    list.first().map_or("null", |first| first.get()).to_owned()
}

/// One value as the arguments of an acknowledgement.
pub(super) fn acknowledgement(
    value: Option<&RawValue>,
    attachments: &[Bytes],
) -> Result<Arguments, Malformed> {
    let list = value.map_or_else(|| "[]".to_owned(), |value| format!("[{}]", value.get()));
    Arguments::from_json(list, attachments.to_vec()).map_err(|_| Malformed("no acknowledgement"))
}

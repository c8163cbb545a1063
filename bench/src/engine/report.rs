//! The line that a run prints.

use serde_json::{Value, json};

use super::broadcast::Arguments;
use super::room::Room;

/// What the mode measured, with what it measured it of, and whether everything came as it should.
pub(super) fn line(arguments: &Arguments, room: &Room, measured: Value) -> Value {
    let mut line = json!({
        "label": arguments.label,
        "mode": format!("{:?}", arguments.mode).to_lowercase(),
        "members": room.members,
        "joined": room.joined.get(),
        "closed": room.closed.get(),
        "sent": room.sent.get(),
        "delivered": room.deliveries.get(),
        "disorder": room.disorder.get(),
        "faults": room.faults.get(),
        "first_fault": *room.first_fault.borrow(),
        "exact": room.exact(),
    });
    if let (Value::Object(line), Value::Object(measured)) = (&mut line, measured) {
        line.extend(measured);
    }
    line
}

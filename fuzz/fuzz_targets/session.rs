//! A session, driven by any operations in any order.
#![no_main]

use chinwag_socketio::engine_io::{Protocol, Timing, Transport};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/socketio/tests/shared/session_rules.rs"]
mod session_rules;

use session_rules::{KINDS, Story};

#[derive(Debug, Arbitrary)]
struct Input {
    old: bool,
    polling: bool,
    ping_interval: u16,
    ping_timeout: u16,
    connect_timeout: Option<u16>,
    grace: u16,
    /// Their kinds and values.
    steps: Vec<(u8, u16)>,
}

fuzz_target!(|input: Input| {
    // The server takes no times of zero.
    let time = |time: u16| u64::from(time) + 2;
    let timing = Timing {
        ping_interval: time(input.ping_interval),
        ping_timeout: time(input.ping_timeout),
        connect_timeout: input.connect_timeout.map(time),
        grace: time(input.grace),
    };
    let protocol = if input.old { Protocol::V3 } else { Protocol::V4 };
    let transport = if input.polling { Transport::Polling } else { Transport::WebSocket };
    let mut story = Story::new(protocol, transport, timing);
    for (kind, value) in input.steps {
        story.step(kind % KINDS, value);
    }
});

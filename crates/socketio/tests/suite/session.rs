//! The states of a session, driven by any operations in any order.

use chinwag_socketio::engine_io::{Protocol, Timing, Transport};
use proptest::prelude::*;

use crate::session_rules::{KINDS, Story};

const TIMING: Timing =
    Timing { ping_interval: 300, ping_timeout: 200, connect_timeout: Some(1_000), grace: 100 };

/// A kind of step and its value; time passes more often than anything else happens.
fn step() -> impl Strategy<Value = (u8, u16)> {
    prop_oneof![1 => (Just(0), 0_u16..400), 4 => (0..KINDS, 0_u16..400)]
}

proptest! {
    #[test]
    fn a_session_keeps_its_rules(old: bool, polling: bool, steps in proptest::collection::vec(step(), 0..60)) {
        let protocol = if old { Protocol::V3 } else { Protocol::V4 };
        let transport = if polling { Transport::Polling } else { Transport::WebSocket };
        let mut story = Story::new(protocol, transport, TIMING);
        for (kind, value) in steps {
            story.step(kind, value);
        }
    }
}

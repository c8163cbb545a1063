//! The ways in which a client may speak to the server.

use crate::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) name: &'static str,
    /// Engine.IO 3, which clients of Socket.IO 1 and 2 speak.
    pub(crate) old: bool,
    pub(crate) polling: bool,
    pub(crate) upgrade: bool,
    /// WebSocket messages may be compressed.
    pub(crate) deflate: bool,
    /// `b64=1`.
    pub(crate) base64: bool,
    pub(crate) jsonp: bool,
}

const PLAIN: Way =
    Way { name: "", old: false, polling: false, upgrade: false, deflate: false, base64: false, jsonp: false };

const POLLING: Way = Way { polling: true, ..PLAIN };

pub(crate) const WEBSOCKET: Way = Way { name: "WebSocket", ..PLAIN };

/// Each with how many of a hundred clients take it.
pub(crate) const WAYS: [(u64, Way); 12] = [
    (22, WEBSOCKET),
    (14, Way { name: "WebSocket, compressed", deflate: true, ..PLAIN }),
    (10, Way { name: "polling", ..POLLING }),
    (22, Way { name: "polling, upgraded", upgrade: true, ..POLLING }),
    (8, Way { name: "polling, upgraded, compressed", upgrade: true, deflate: true, ..POLLING }),
    (4, Way { name: "polling with scripts", jsonp: true, ..POLLING }),
    (5, Way { name: "old WebSocket", old: true, ..PLAIN }),
    (3, Way { name: "old WebSocket, base64", old: true, base64: true, ..PLAIN }),
    (4, Way { name: "old polling", old: true, ..POLLING }),
    (3, Way { name: "old polling, base64", old: true, base64: true, ..POLLING }),
    (2, Way { name: "old polling with scripts", old: true, base64: true, jsonp: true, ..POLLING }),
    (3, Way { name: "old polling, upgraded", old: true, upgrade: true, ..POLLING }),
];

impl Way {
    pub(crate) fn random(random: &mut Random) -> Self {
        let mut place = random.below(WAYS.iter().map(|(weight, _)| weight).sum());
        for (weight, way) in WAYS {
            if place < weight {
                return way;
            }
            place -= weight;
        }
        WEBSOCKET
    }

    /// What stands in the query of a request.
    pub(crate) fn query(&self, transport: &str, sid: Option<&str>) -> String {
        let mut query = format!("EIO={}&transport={transport}", if self.old { 3 } else { 4 });
        if self.base64 {
            query += "&b64=1";
        }
        if self.jsonp {
            query += "&j=7";
        }
        if let Some(sid) = sid {
            query += "&sid=";
            query += sid;
        }
        query
    }
}

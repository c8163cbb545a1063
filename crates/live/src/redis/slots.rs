//! Which server of a cluster has which key (Redis Cluster specification, "Key distribution model").

use std::sync::Arc;

use redis::Value;

use super::options::Server;

#[cfg(test)]
mod tests;

/// How many slots there are.
const SLOTS: u16 = 16_384;

/// The slot of a key or a channel.
pub(super) fn slot(key: &[u8]) -> u16 {
    crc16(hashed_part(key)) % SLOTS
}

/// What stands between the first `{` and the next `}`, if anything does; otherwise all of it.
fn hashed_part(key: &[u8]) -> &[u8] {
    let Some((_, rest)) = split_at_byte(key, b'{') else { return key };
    match split_at_byte(rest, b'}') {
        Some((tag, _)) if !tag.is_empty() => tag,
        _ => key,
    }
}

fn split_at_byte(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|other| *other == byte)?;
    text.split_at_checked(at).and_then(|(before, rest)| Some((before, rest.get(1..)?)))
}

/// CRC-16/XMODEM, as the specification's appendix A has it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

/// Who has which slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Map {
    /// First and last slot, and whose they are, in ascending order.
    ranges: Vec<(u16, u16, Arc<Server>)>,
}

impl Map {
    /// One server that has everything.
    pub(super) fn single(server: Server) -> Self {
        Self { ranges: vec![(0, SLOTS - 1, Arc::new(server))] }
    }

    /// Whose a key or a channel is; nobody's while that is not known.
    pub(super) fn owner(&self, key: &[u8]) -> Option<&Arc<Server>> {
        let slot = slot(key);
        let after = self.ranges.partition_point(|(first, ..)| *first <= slot);
        let (_, last, server) = self.ranges.get(after.checked_sub(1)?)?;
        (slot <= *last).then_some(server)
    }

    /// All servers that have slots, each once.
    pub(super) fn servers(&self) -> Vec<Arc<Server>> {
        let mut servers: Vec<_> = self.ranges.iter().map(|(.., server)| Arc::clone(server)).collect();
        servers.sort_unstable();
        servers.dedup();
        servers
    }

    /// What [`CLUSTER SLOTS`](https://redis.io/docs/latest/commands/cluster-slots/) answered, when it was `asked`. Nothing,
    /// if it is none of that.
    pub(super) fn from_answer(answer: &Value, asked: &Server) -> Option<Self> {
        let Value::Array(entries) = answer else { return None };
        let mut ranges = entries.iter().map(|entry| range(entry, asked)).collect::<Option<Vec<_>>>()?;
        ranges.sort_unstable();
        (!ranges.is_empty()).then_some(Self { ranges })
    }
}

/// First and last slot, and the master that has them; replicas follow.
fn range(entry: &Value, asked: &Server) -> Option<(u16, u16, Arc<Server>)> {
    let Value::Array(parts) = entry else { return None };
    let [Value::Int(first), Value::Int(last), Value::Array(master), ..] = parts.as_slice() else {
        return None;
    };
    let [host, Value::Int(port), ..] = master.as_slice() else { return None };
    let host = match host {
        Value::BulkString(host) => std::str::from_utf8(host).ok()?,
        Value::SimpleString(host) => host,
        // It does not know by which name it is known, so it is the one that was used.
        Value::Nil => "",
        _ => return None,
    };
    let host = if host.is_empty() || host == "?" { &asked.host } else { host };
    let server = Server { host: host.to_owned(), port: u16::try_from(*port).ok()? };
    Some((u16::try_from(*first).ok()?, u16::try_from(*last).ok()?, Arc::new(server)))
}

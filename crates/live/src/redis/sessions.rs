//! The cache of sessions: in this node's memory, and behind it in Redis for all.
//!
//! Losing it loses nothing, since the store knows every session. What it must never do is to serve one that has ended:
//! who ends a session leaves a mark in Redis that outlasts whatever is cached, and tells all nodes; a node that may not
//! have heard does not believe its memory for longer than the store's news take.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_model::SessionKey;
use futures_util::stream::{self, StreamExt};
use redis::Value;

use super::RedisLive;
use super::envelope::Message;
use super::keys::Channel;
use super::millis;
use super::scripts::Script;
use crate::memory::sessions::FRESH;
use crate::{CachedSession, Sessions};

/// How long Redis has to answer.
const LIMIT: Duration = Duration::from_millis(250);
/// For how long the memory is believed while Redis is suspect: the store's news of sessions are read each second.
const FRESH_WHILE_SUSPECT: Duration = Duration::from_secs(1);
/// What stands for a session that has ended …
pub(super) const ENDED: &str = "ended";
/// … for so long: longer than a session is cached, and far longer than a question to the store takes.
const ENDED_FOR: Duration = Duration::from_secs(120);
/// How long a session is cached in Redis. Who finds it there remembers it for the rest of the minute.
const FRESH_IN_REDIS: Duration = Duration::from_secs(30);
/// Most sessions that one envelope names.
const AT_ONCE: usize = 256;
/// How many sessions Redis is told of at the same time.
const SIDE_BY_SIDE: usize = 64;

/// What Redis knows of a session.
enum Known {
    Session(CachedSession),
    Ended,
    Nothing,
}

impl RedisLive {
    async fn known_to_redis(&self, key: SessionKey) -> Known {
        let name = self.keys.session(key);
        let Some(connected) = self.servers.of(&name) else { return Known::Nothing };
        let mut command = redis::cmd("GET");
        command.arg(&name);
        match connected.link.ask(&command, LIMIT).await {
            Ok(Value::BulkString(text)) if text == ENDED.as_bytes() => Known::Ended,
            // What another version wrote may be of another form.
            Ok(Value::BulkString(text)) => {
                serde_json::from_slice(&text).map_or(Known::Nothing, Known::Session)
            }
            Ok(_) => Known::Nothing,
            Err(reason) => {
                tracing::debug!(%reason, "Redis was not asked for a session");
                Known::Nothing
            }
        }
    }

    /// Marks a session in Redis as one that has ended. If that fails, the store's news of it reach every node.
    async fn mark_ended(&self, key: SessionKey) {
        let name = self.keys.session(key);
        let Some(connected) = self.servers.of(&name) else { return };
        let mut command = redis::cmd("SET");
        command.arg(name).arg(ENDED).arg("PX").arg(millis(ENDED_FOR));
        if let Err(reason) = connected.link.ask(&command, LIMIT).await {
            tracing::debug!(%reason, "Redis was not told that a session has ended");
        }
    }

    async fn forget_in_redis(&self, key: SessionKey) {
        let name = self.keys.session(key);
        if let Err(reason) = self.scripts.forget_session.run(&self.servers, &name, &[ENDED], LIMIT).await {
            tracing::debug!(%reason, "a session was not forgotten in Redis");
        }
    }
}

/// The scripts for sessions.
pub(super) struct Scripts {
    cache_session: Script,
    forget_session: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            cache_session: Script::new(include_str!("scripts/cache_session.lua")),
            forget_session: Script::new(include_str!("scripts/forget_session.lua")),
        }
    }
}

#[async_trait]
impl Sessions for RedisLive {
    async fn cached(&self, key: SessionKey) -> Option<CachedSession> {
        if self.sessions.has_ended(key) {
            return None;
        }
        let fresh = if self.health.is_suspect() { FRESH_WHILE_SUSPECT } else { FRESH };
        if let Some(session) = self.sessions.cached(key, fresh) {
            return Some(session);
        }
        match self.known_to_redis(key).await {
            Known::Session(session) => {
                self.sessions.cache_aged(key, session.clone(), FRESH_IN_REDIS);
                // It may have ended while Redis was asked.
                (!self.sessions.has_ended(key)).then_some(session)
            }
            Known::Ended => {
                self.sessions.end(&[key]);
                None
            }
            Known::Nothing => None,
        }
    }

    async fn cache(&self, key: SessionKey, session: CachedSession) {
        self.sessions.cache(key, session.clone());
        let Ok(text) = serde_json::to_string(&session) else { return };
        let fresh = millis(FRESH_IN_REDIS).to_string();
        let arguments = [text.as_str(), ENDED, fresh.as_str()];
        let name = self.keys.session(key);
        match self.scripts.cache_session.run(&self.servers, &name, &arguments, LIMIT).await {
            Ok(Value::Int(0)) => self.sessions.end(&[key]),
            Ok(_) => {}
            Err(reason) => tracing::debug!(%reason, "a session was not cached in Redis"),
        }
    }

    async fn forget(&self, keys: &[SessionKey]) {
        self.sessions.forget(keys);
        stream::iter(keys).for_each_concurrent(SIDE_BY_SIDE, |key| self.forget_in_redis(*key)).await;
        for keys in keys.chunks(AT_ONCE) {
            self.teller.tell(Channel::All, &Message::SessionsStale(keys.to_vec()));
        }
    }

    async fn end(&self, keys: &[SessionKey]) {
        self.sessions.end(keys);
        stream::iter(keys).for_each_concurrent(SIDE_BY_SIDE, |key| self.mark_ended(*key)).await;
    }

    async fn has_ended(&self, key: SessionKey) -> bool {
        self.sessions.has_ended(key) || matches!(self.known_to_redis(key).await, Known::Ended)
    }
}

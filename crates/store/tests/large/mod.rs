//! A large installation, and how its statements are held to what they are asked for.

pub mod acts;
pub mod fill;
pub mod jobs;
pub mod plans;
pub mod questions;

use std::collections::BTreeMap;
use std::sync::Arc;

use chinwag_model::{MessageText, Nonce, SessionKey};
use chinwag_store::postgres::PostgresStore;
use chinwag_store::{NewSession, Once, Post};
use fill::{Filled, Room};
use plans::{Carried, Log};
use serde_json::Value;
use uuid::Uuid;
use xtask::Postgres;

/// The hash of everybody's password.
pub const HASH: &str = "$argon2id$…";

/// Tables that may be looked through: `meta` has a few values of the whole installation, `purge` those whose messages are
/// being taken away at this moment.
const SMALL: [&str; 2] = ["meta", "purge"];

/// A store whose statements are held to their plans.
pub struct Held<'a> {
    pub postgres: &'a Postgres,
    pub store: Arc<PostgresStore>,
    pub filled: &'a Filled,
    log: Log,
    /// Whether every plan is to be one for all values.
    for_all: bool,
    /// What was found wrong with a statement, the first time.
    faults: BTreeMap<String, String>,
    /// Each statement, with the most pages that it went through.
    seen: BTreeMap<String, u64>,
}

impl<'a> Held<'a> {
    pub fn new(postgres: &'a Postgres, store: Arc<PostgresStore>, filled: &'a Filled, for_all: bool) -> Self {
        let log = Log::of(postgres);
        Self { postgres, store, filled, log, for_all, faults: BTreeMap::new(), seen: BTreeMap::new() }
    }

    /// Does something which is about so many rows, and looks at how PostgreSQL did it: no statement may go through many
    /// more, sort more, or look through a table of more.
    pub async fn asks<T>(&mut self, what: &str, rows: usize, act: impl Future<Output = T>) -> T {
        let done = act.await;
        let carried = self.log.read();
        assert!(!carried.is_empty(), "{what}: PostgreSQL has explained nothing");
        for carried in carried {
            self.judge(what, rows, &carried);
        }
        done
    }

    fn judge(&mut self, what: &str, rows: usize, carried: &Carried) {
        let rows = rows as u64;
        // Somebody's name beside each row, or what was not wanted of it; and what comes with everything.
        let allowed = 4 * rows + 20;
        // A few for each way down an index, of which a row may have several; and those of the catalogue when a table grows.
        let pages_allowed = 16 * rows + 100;
        let (mut faults, mut pages) = (Vec::new(), 0);
        for (_, part) in carried.parts() {
            // A part's count holds those of the parts within; but what a statement writes beside its answer is not in the
            // count of the whole.
            pages = pages.max(number(part, "Shared Hit Blocks") + number(part, "Shared Read Blocks"));
            let kind = part["Node Type"].as_str().unwrap_or_default();
            let table = part["Relation Name"].as_str().unwrap_or_default();
            let own = part["Schema"] == "chinwag";
            if own && kind != "ModifyTable" {
                let touched = touched(part);
                if touched > allowed {
                    faults
                        .push(format!("it touches {touched} rows of {table}, of which {allowed} are enough"));
                }
                if kind == "Seq Scan" && !SMALL.contains(&table) && touched > rows {
                    faults.push(format!("it looks through {table}"));
                }
            }
            if kind.contains("Sort") {
                let sorted =
                    |of: fn(&Value) -> u64| part["Plans"].as_array().into_iter().flatten().map(of).sum();
                let (found, estimated): (u64, u64) =
                    (sorted(touched), sorted(|part| number(part, "Plan Rows")));
                if found > rows {
                    faults.push(format!("it sorts {found} rows"));
                }
                if estimated > allowed {
                    faults.push(format!("it is made to sort {estimated} rows"));
                }
            }
        }
        // Such a plan names its parameters, where another has their values.
        let plan = carried.plan.to_string();
        let names_any = (1..=9).any(|number| plan.contains(&format!("${number}")));
        if self.for_all && carried.sql.contains("$1") && !names_any {
            faults.push("it was planned for its values, so that nobody knows of the plan for all".to_owned());
        }
        if pages > pages_allowed {
            faults.push(format!("it goes through {pages} pages, of which {pages_allowed} are enough"));
        }
        let most = self.seen.entry(carried.sql.clone()).or_default();
        *most = pages.max(*most);
        if !faults.is_empty() {
            let fault =
                || format!("{what}: {}\n    {}\n{}", faults.join("; "), carried.sql, carried.outline());
            self.faults.entry(carried.sql.clone()).or_insert_with(fault);
        }
    }

    /// The statements that were seen, with the most pages that each went through; and what was wrong with them.
    pub fn finish(self) -> (BTreeMap<String, u64>, Vec<String>) {
        (self.seen, self.faults.into_values().collect())
    }

    pub fn room(&self, number: usize) -> &'a Room {
        &self.filled.rooms[number]
    }
}

fn number(part: &Value, name: &str) -> u64 {
    part[name].as_f64().unwrap_or_default() as u64
}

/// How many rows a part went through, those included that it did not need, and each look into an index for nothing.
fn touched(part: &Value) -> u64 {
    let one = number(part, "Actual Rows")
        + number(part, "Rows Removed by Filter")
        + number(part, "Rows Removed by Index Recheck");
    one.max(1) * number(part, "Actual Loops")
}

pub fn once(nonce: &str) -> Once {
    Once::new(Nonce::parse(nonce.into()).unwrap(), &[b"large"])
}

pub fn fresh() -> Once {
    once(&Uuid::new_v4().to_string())
}

pub fn text(text: &str) -> MessageText {
    MessageText::parse(text.into()).unwrap()
}

/// A post to a room.
pub fn post(room: &Room, author: chinwag_model::UserId) -> Post {
    Post { room: room.id, author, text: text("something to say about that"), once: fresh() }
}

/// A key that nobody else has.
pub fn key() -> SessionKey {
    let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
    let mut key = [0; 32];
    key[..16].copy_from_slice(one.as_bytes());
    key[16..].copy_from_slice(other.as_bytes());
    SessionKey(key)
}

pub fn session(now: i64) -> NewSession {
    NewSession {
        key: key(),
        expires_at: chinwag_model::Millis(now + 86_400_000),
        ends_at: chinwag_model::Millis(now + 30 * 86_400_000),
        device: "Firefox on Linux".into(),
        address: "192.0.2.1".into(),
    }
}

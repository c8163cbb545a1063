//! What PostgreSQL did for each statement, as its `auto_explain` writes it to the server's log.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use serde_json::Value;
use xtask::Postgres;

/// What `auto_explain` is told; each belongs to the role, so that what fills the database is not explained.
const SETTINGS: [(&str, &str); 7] = [
    ("session_preload_libraries", "auto_explain"),
    ("auto_explain.log_min_duration", "0"),
    ("auto_explain.log_analyze", "on"),
    ("auto_explain.log_buffers", "on"),
    ("auto_explain.log_timing", "off"),
    ("auto_explain.log_verbose", "on"),
    ("auto_explain.log_format", "json"),
];

/// From now on whatever the role `chinwag` asks for in new connections is explained. `cache` says whether plans are made
/// for each execution or once for all: see `plan_cache_mode` in PostgreSQL.
pub fn explain(postgres: &Postgres, cache: &str) {
    for (name, value) in SETTINGS.into_iter().chain([("plan_cache_mode", cache)]) {
        postgres.query(&format!("ALTER ROLE chinwag SET {name} = '{value}'")).unwrap();
    }
}

/// A statement that was carried out, and how.
pub struct Carried {
    pub sql: String,
    pub plan: Value,
}

/// The server's log, read up to some place.
pub struct Log {
    file: File,
}

impl Log {
    /// From now on.
    pub fn of(postgres: &Postgres) -> Self {
        let mut file = File::open(postgres.folder().join("log")).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        Self { file }
    }

    /// What was carried out since the time before. A statement is in the log before its transaction is answered.
    pub fn read(&mut self) -> Vec<Carried> {
        let mut text = Vec::new();
        self.file.read_to_end(&mut text).unwrap();
        let text = String::from_utf8_lossy(&text);
        // Each line of an entry but its first begins with a tab.
        let mut carried: Vec<String> = Vec::new();
        let mut within = false;
        for line in text.lines() {
            match line.strip_prefix('\t') {
                Some(line) if within => {
                    carried.last_mut().unwrap().push_str(line);
                    carried.last_mut().unwrap().push('\n');
                }
                Some(_) => {}
                None => {
                    within = line.ends_with(" plan:");
                    if within {
                        carried.push(String::new());
                    }
                }
            }
        }
        let parsed = carried.iter().map(|entry| {
            let mut entry: Value = serde_json::from_str(entry).unwrap();
            let sql = entry["Query Text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            Carried { sql, plan: entry["Plan"].take() }
        });
        parsed.collect()
    }
}

impl Carried {
    /// Every part of the plan, with how deep it lies.
    pub fn parts(&self) -> Vec<(usize, &Value)> {
        let mut parts = Vec::new();
        gather(&self.plan, 0, &mut parts);
        parts
    }

    /// The plan in a few lines, to be read by whoever has to mend it.
    pub fn outline(&self) -> String {
        let lines = self.parts().into_iter().map(|(depth, part)| {
            let text = |name: &str| part[name].as_str().unwrap_or_default().to_owned();
            format!(
                "{:indent$}{} {} {} {}{} (estimated {}, found {} x {}, filtered out {})",
                "",
                text("Node Type"),
                text("Relation Name"),
                text("Index Name"),
                text("Index Cond"),
                text("Filter"),
                part["Plan Rows"],
                part["Actual Rows"],
                part["Actual Loops"],
                part["Rows Removed by Filter"].as_u64().unwrap_or_default(),
                indent = 6 + 2 * depth,
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn gather<'a>(part: &'a Value, depth: usize, parts: &mut Vec<(usize, &'a Value)>) {
    parts.push((depth, part));
    for within in part["Plans"].as_array().into_iter().flatten() {
        gather(within, depth + 1, parts);
    }
}

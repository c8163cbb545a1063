//! What SQL does to a data folder that nobody has open.

use std::path::Path;

use rusqlite::{Connection, params};
use uuid::Uuid;

pub fn open(folder: &Path) -> Connection {
    Connection::open(folder.join("chinwag.db")).unwrap()
}

/// Seals nonces as a busy server does: some of the log in two segments, of which a crash has left a part in the log as
/// well; beside a segment that is being dropped, one that is only half written, and rows of the log that should be gone.
/// Answers how many nonces count.
pub fn seal(folder: &Path) -> usize {
    let database = open(folder);
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let (first, last) = (count("SELECT min(id) FROM nonce_log"), count("SELECT max(id) FROM nonce_log"));
    let all = count("SELECT count(*) FROM nonce_log");
    let third = (last - first) / 3;
    assert!(third > 5, "there are {all} nonces");
    let foreign = || params_of(Uuid::new_v4());
    for _ in 0..5 {
        // Older than any other: its rows are gone from everywhere but from here.
        database
            .execute("INSERT INTO nonce_sealed VALUES (1, ?, zeroblob(8), 1, NULL)", [foreign()])
            .unwrap();
    }
    database.execute("INSERT INTO nonce_segment VALUES (1, 1, 0, zeroblob(1), 1)", []).unwrap();
    let seal = "INSERT INTO nonce_sealed SELECT ?, key, digest, rev, target FROM nonce_log
                WHERE id > ? AND id <= ?";
    let segment = "INSERT INTO nonce_segment VALUES (?, 2, ?, zeroblob(1), 0)";
    for (id, from, to) in
        [(2, first - 1, first + third), (3, first + third, first + 2 * third), (4, first + 2 * third, last)]
    {
        database.execute(seal, params![id, from, to]).unwrap();
        // The last one is being sealed.
        if id < 4 {
            database.execute(segment, params![id, to]).unwrap();
        }
    }
    database.execute("DELETE FROM nonce_log WHERE id <= ?", [first + third / 2]).unwrap();
    database.execute("DELETE FROM nonce_sealed WHERE segment = 4 AND key > x'80'", []).unwrap();
    // And the words of a room with a long history.
    let room = params_of(Uuid::new_v4());
    database.execute("INSERT INTO search_room VALUES (?, 2048, NULL)", [&room]).unwrap();
    database.execute("INSERT INTO search_room SELECT id, 0, 7 FROM room LIMIT 1", []).unwrap();
    for word in ["ça", "word", "日"] {
        let insert = "INSERT INTO search_word VALUES (?, ?, ?, x'000103ff')";
        for chunk in 0..2 {
            database.execute(insert, params![room, chunk, word]).unwrap();
        }
    }
    usize::try_from(all).unwrap()
}

fn params_of(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// Whether it is noted that everything is elsewhere.
pub fn has_moved(folder: &Path) -> bool {
    let noted = "SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'transferred_to')";
    open(folder).query_row(noted, [], |row| row.get(0)).unwrap()
}

/// Every row of every table, for comparing a folder with itself.
pub fn content(folder: &Path) -> Vec<String> {
    let database = open(folder);
    let mut tables =
        database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut content = Vec::new();
    for table in tables {
        let mut rows = database.prepare(&format!(r#"SELECT * FROM "{table}" ORDER BY 1, 2"#)).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> =
                (0..columns).map(|column| format!("{:?}", row.get_ref(column).unwrap())).collect();
            content.push(format!("{table}: {}", values.join(", ")));
        }
    }
    content
}

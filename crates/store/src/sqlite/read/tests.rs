//! How questions about people and the workspace are answered: by an index, whatever there is of them. None looks through a
//! table, and none sorts more than a page.

use std::sync::Mutex;

use chinwag_model::{Query, Rev, RoomId, SessionKey, UserId, UserName};
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use uuid::Uuid;

use crate::commands::now;
use crate::database::Database;
use crate::questions::*;
use crate::sqlite::{identity, migrate};
use crate::{After, Listed, Search};

/// Every statement that is run, as it was written.
static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn note(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, sql) = event {
        STATEMENTS.lock().unwrap().push(sql.to_owned());
    }
}

/// A database with an owner.
fn database() -> (Connection, UserId) {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate::run(&mut connection).unwrap();
    let owner = UserId(Uuid::now_v7());
    let insert =
        "INSERT INTO user (id, name, sort_key, role, password_hash, at) VALUES (?, 'Ann', 'ann', 3, '', 0)";
    connection.execute(insert, [owner.as_bytes()]).unwrap();
    // In a room whose history is indexed, with one message that has the words.
    let (member, found) = (
        "INSERT INTO member (room, user, role, since, at) SELECT id, ?, 0, 1, 0 FROM room",
        "INSERT INTO search_word (room, chunk, word, places) SELECT room.id, 7, word.value, x'0005' FROM room, json_each(?) AS word",
    );
    connection.execute(member, [owner.as_bytes()]).unwrap();
    connection.execute("INSERT INTO search_room (room, below) SELECT id, 90112 FROM room", []).unwrap();
    connection.execute(found, [r#"["all", "of", "it"]"#]).unwrap();
    (connection, owner)
}

fn ask_everything(connection: &Connection, owner: UserId) {
    let key = SessionKey([0; 32]);
    let after = || Some(After { key: "a".into(), id: Uuid::nil() });
    for listed in [Listed::All, Listed::Named("a".into()), Listed::Restricted] {
        accounts(connection, Some(owner), &listed, after(), 50).unwrap();
    }
    search_people(connection, owner, "a", 50).unwrap();
    account(connection, Some(owner), owner).unwrap();
    person(connection, owner).unwrap();
    avatar(connection, owner).unwrap();
    reset(connection, key, now()).unwrap();
    own_messages(connection, owner, Some((RoomId(Uuid::nil()), Rev(1))), 50).unwrap();
    credentials(connection, &UserName::parse("Ann").unwrap()).unwrap();
    credentials_of(connection, owner).unwrap();
    has_administrator(connection).unwrap();
    session(connection, key, now()).unwrap();
    sessions(connection, owner, now()).unwrap();
    any_session_over(connection, now()).unwrap();
    invitations(connection, owner, Some(Uuid::max()), 50).unwrap();
    invitation(connection, key).unwrap();
    settings(connection).unwrap();
    audit(connection, owner, None, Some(9), 50).unwrap();
    audit(connection, owner, Some(owner), Some(9), 50).unwrap();
    room_list(connection, owner, Some("a"), after(), 50).unwrap();
    let room = identity::installation(connection).unwrap().landing_room;
    let query = Query::parse("all of it").unwrap();
    search(connection, &Search { room, by: owner, query, before: Some(Rev(90_000)), limit: 50 }).unwrap();
    let database: &dyn Database = connection;
    database.messages(room, &[Rev(1)]).unwrap();
    database.word_places(room, 1, &["all"]).unwrap();
}

/// How SQLite carries a statement out, a line for each of its parts.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = explain.raw_query();
    let mut plan = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        plan.push(row.get::<_, String>(3).unwrap());
    }
    plan
}

#[test]
fn nothing_looks_through_a_table() {
    let (mut connection, owner) = database();
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note as fn(TraceEvent<'_>))).unwrap();
    ask_everything(&connection, owner);
    connection.trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>).unwrap();
    let asked = std::mem::take(&mut *STATEMENTS.lock().unwrap());
    assert!(asked.len() > 20, "only {} statements were seen", asked.len());
    for sql in asked {
        for part in plan(&connection, &sql) {
            // A page is a subquery of its own, which may be looked through; of somebody's sessions there are a hundred at
            // most.
            // The chunks that a search asks for are 64 at most.
            let page =
                ["(subquery", "SCAN entry", "SCAN done", "SCAN suffered", "SCAN asked", "SCAN CONSTANT ROW"]
                    .iter()
                    .any(|of| part.contains(of));
            let looks = part.starts_with("SCAN") && !page;
            let sorts = part.contains("TEMP B-TREE FOR ORDER BY")
                && !sql.contains("FROM session")
                && !sql.contains("UNION");
            assert!(!looks && !sorts, "{part}: {sql}");
            // A page deep in a list begins where it begins, and not with the first.
            let deep = !sql.contains("(found.key, found.")
                || !part.contains("SEARCH found")
                || part.contains("(key,");
            assert!(deep, "{part}: {sql}");
            // Words are looked up in the chunks that are asked for, and not in all of a room.
            let asked = sql.contains("RECURSIVE asked") && part.starts_with("SEARCH");
            assert!(!asked || part.contains("(room=? AND chunk=? AND word"), "{part}: {sql}");
        }
    }
}

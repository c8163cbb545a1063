//! How commands and questions about jobs are carried out: by an index, however many wait, are dead, or are of kinds that
//! nobody asks for.

use std::sync::Mutex;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use uuid::Uuid;

use super::*;
use crate::commands::{
    AskFor, Batch, Command, DropJob, Due, ExtendLease, FailJob, FinishJob, LeaseJobs, Memory, RetryJob, now,
};
use crate::sqlite::database::SqliteTransaction;
use crate::sqlite::nonces::Nonces;
use crate::sqlite::{identity, migrate};
use crate::{AfterJob, JobBody, LeasedJob, NewJob, questions};

/// Every statement that is run, as it was written.
static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn note(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, sql) = event {
        STATEMENTS.lock().unwrap().push(sql.to_owned());
    }
}

fn kind() -> JobKind {
    JobKind::parse("work").unwrap()
}

/// Does everything that there is to do.
fn do_everything(connection: &Connection) {
    let mut nonces = Nonces::load(connection).unwrap();
    let mut transaction = SqliteTransaction { connection, nonces: &mut nonces };
    let mut memory = Memory::new(identity::installation(connection).unwrap());
    let mut batch = Batch::new(&mut transaction, &mut memory, now());
    let ids: Vec<JobId> = (0..4).map(|_| JobId(Uuid::now_v7())).collect();
    for id in ids.iter().copied() {
        let body = JobBody::new(Vec::new()).unwrap();
        let job = NewJob { id, kind: kind(), version: 1, body, not_before: None, most_tries: 2 };
        AskFor(job).execute(&mut batch).unwrap();
    }
    let lease = |limit, lasting| LeaseJobs(Due { kinds: vec![kind()], limit, lasting });
    // Two that run out, of which one is then given up.
    for _ in 0..3 {
        lease(1, Duration::ZERO).execute(&mut batch).unwrap();
    }
    let leased = lease(9, Duration::from_secs(9)).execute(&mut batch).unwrap();
    let [one, other, ..] = &leased[..] else { panic!("{leased:?}") };
    let LeasedJob { job, lease, .. } = one;
    let lasting = Duration::from_secs(9);
    ExtendLease { id: job.id, lease: *lease, lasting }.execute(&mut batch).unwrap();
    FinishJob { id: job.id, lease: *lease }.execute(&mut batch).unwrap();
    FailJob { id: other.job.id, lease: other.lease, reason: "bad".into() }.execute(&mut batch).unwrap();
    for id in ids {
        // One has been finished.
        let _ = RetryJob(id).execute(&mut batch);
        let _ = DropJob(id).execute(&mut batch);
    }
}

fn ask_everything(connection: &Connection) {
    let after = || Some(AfterJob { kind: kind(), at: Millis(1), id: JobId(Uuid::nil()) });
    for state in [JobState::Waiting, JobState::Leased, JobState::Dead] {
        questions::jobs(connection, state, after(), 50).unwrap();
    }
    questions::job(connection, JobId(Uuid::nil())).unwrap();
    questions::count_jobs(connection).unwrap();
}

#[test]
fn nothing_looks_through_the_table() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate::run(&mut connection).unwrap();
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note as fn(TraceEvent<'_>))).unwrap();
    do_everything(&connection);
    ask_everything(&connection);
    connection.trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>).unwrap();
    let mut asked = std::mem::take(&mut *STATEMENTS.lock().unwrap());
    asked.retain(|sql| sql.contains(" job"));
    asked.sort_unstable();
    asked.dedup();
    assert!(asked.len() >= 15, "only {} statements were seen: {asked:#?}", asked.len());
    for sql in asked {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = explain.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let part: String = row.get(3).unwrap();
            // What is counted is a subquery of its own, which has found it by the index.
            let looks = part.starts_with("SCAN") && part != "SCAN counted";
            assert!(!looks && !part.contains("TEMP B-TREE"), "{part}: {sql}");
            // What is due is found by all of the index, and a page deep in a list begins where it begins.
            let by_time = !sql.contains("ORDER BY")
                || part.contains("(state=? AND kind=? AND due_at<?)")
                || part.contains("(state=? AND (kind,due_at,id)>(?,?,?))");
            assert!(by_time, "{part}: {sql}");
        }
    }
}

//! `chinwag jobs`, while a server runs and while none does. The jobs are of kinds that no worker knows.

use std::path::Path;
use std::time::Duration;

use chinwag_model::Millis;
use chinwag_store::postgres::{self, PostgresStore};
use chinwag_store::sqlite::{Options, SqliteStore};
use chinwag_store::{AfterFailure, JobBody, JobId, JobKind, NewJob, Store, Streams};
use chinwag_tests::command::{Done, chinwag};
use chinwag_tests::server::Server;
use tempfile::TempDir;
use uuid::Uuid;
use xtask::Postgres;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(3_600);
/// How long a server takes at most for what it does at its start.
const STARTING: Duration = Duration::from_secs(30);
/// When nothing is due yet: 3000-01-01.
const FAR: Millis = Millis(32_503_680_000_000);

fn job(kind: &str) -> NewJob {
    NewJob {
        id: JobId(Uuid::now_v7()),
        kind: JobKind::parse(kind).unwrap(),
        version: 7,
        body: JobBody::new(b"{\"of\":\"a test\"}".to_vec()).unwrap(),
        not_before: None,
        most_tries: 1,
    }
}

async fn ask(store: &dyn Store, job: NewJob) -> String {
    let id = job.id.0.to_string();
    store.ask_for(job).await.unwrap();
    id
}

/// A job in each state.
struct Three {
    dead: String,
    leased: String,
    waiting: String,
}

impl Three {
    async fn asked_for(store: &dyn Store) -> Self {
        let dead = ask(store, job("test.dead")).await;
        let tried = lease(store, "test.dead").await.expect("it is due");
        let failed = store.fail_job(tried.0, tried.1, "the moon is full").await.unwrap();
        assert_eq!(failed, AfterFailure::Dead);
        let body = JobBody::new(vec![0xff; 300]).unwrap();
        let leased = ask(store, NewJob { body, ..job("test.leased") }).await;
        lease(store, "test.leased").await.expect("it is due");
        let waiting = ask(store, NewJob { not_before: Some(FAR), ..job("test.waiting") }).await;
        Self { dead, leased, waiting }
    }
}

async fn lease(store: &dyn Store, kind: &str) -> Option<(JobId, chinwag_store::Lease)> {
    let kinds = [JobKind::parse(kind).unwrap()];
    let leased = store.lease_jobs(&kinds, 1, LONG).await.unwrap().pop();
    leased.map(|leased| (leased.job.id, leased.lease))
}

/// Lets a store do something in a data folder that nobody uses.
async fn within<T>(data: &Path, deed: impl AsyncFnOnce(&dyn Store) -> T) -> T {
    let store = SqliteStore::open(data, &Options::default()).unwrap();
    let done = deed(&*store).await;
    store.close().await;
    done
}

/// Runs `chinwag jobs` on a data folder.
fn jobs(data: &Path, arguments: &[&str]) -> Done {
    let mut all = vec!["jobs"];
    all.extend(arguments);
    all.extend(["--data", data.to_str().unwrap()]);
    chinwag(data.parent().unwrap(), &all).run()
}

/// What a command that succeeds prints.
#[track_caller]
fn printed(done: &Done) -> &str {
    done.expect_success();
    &done.output
}

/// Where in what was printed there is a line with all of these words.
#[track_caller]
fn line(printed: &str, words: &[&str]) -> usize {
    let found = printed.lines().position(|line| words.iter().all(|word| line.contains(word)));
    found.unwrap_or_else(|| panic!("no line has {words:?}: {printed}"))
}

/// What is listed once a server has done what it does at its start.
fn settled(run: &impl Fn(&[&str]) -> Done) -> Done {
    let begun = std::time::Instant::now();
    loop {
        let all = run(&["list"]);
        let busy = ["avatar.thumbnails", "messages.purge", "retention.sweep"];
        if !busy.iter().any(|kind| printed(&all).contains(kind)) {
            return all;
        }
        assert!(begun.elapsed() < STARTING, "it is still busy: {all:?}");
    }
}

fn has_all_three(run: impl Fn(&[&str]) -> Done, three: &Three) {
    let all = settled(&run);
    let all = printed(&all);
    let dead = line(all, &[&three.dead, " dead ", " 1 of 1 ", " UTC ", "test.dead"]);
    let leased = line(all, &[&three.leased, " leased ", " 1 of 1 ", "test.leased"]);
    let waiting =
        line(all, &[&three.waiting, " waiting ", " 0 of 1 ", " 3000-01-01 00:00 UTC ", "test.waiting"]);
    assert!(dead < leased && leased < waiting, "what an operator must see to comes first: {all}");
    assert_eq!(line(all, &["1 waiting, 1 leased, 1 dead"]), all.lines().count() - 1, "{all}");

    for (state, id) in [("dead", &three.dead), ("leased", &three.leased), ("waiting", &three.waiting)] {
        let some = run(&["list", "--state", state]);
        let some = printed(&some);
        line(some, &[id]);
        assert_eq!(some.lines().count(), 3, "a head, one job, and how many there are: {some}");
    }
}

fn shows_all(run: impl Fn(&[&str]) -> Done, three: &Three) {
    let dead = run(&["show", &three.dead]);
    let dead = printed(&dead);
    for words in [
        &["id:", three.dead.as_str()][..],
        &["kind:", "test.dead", "version 7"],
        &["state:", "dead, given up ", " UTC"],
        &["tries:", "1 of 1"],
        &["asked for:", " UTC"],
        &[" UTC  the moon is full"],
        &["body:", "15 bytes"],
        &["{\"of\":\"a test\"}"],
    ] {
        line(dead, words);
    }
    let leased = run(&["show", &three.leased]);
    line(printed(&leased), &["state:", "leased to a worker until "]);
    line(printed(&leased), &["body:", "300 bytes, not of text"]);
    assert!(!leased.output.contains('\u{fffd}'), "{leased:?}");
    let waiting = run(&["show", &three.waiting]);
    line(printed(&waiting), &["state:", "waiting, due 3000-01-01 00:00 UTC"]);
    line(printed(&waiting), &["failures:", "none"]);
}

fn retries_and_drops(run: impl Fn(&[&str]) -> Done, three: &Three) {
    let retried = run(&["retry", &three.dead]);
    line(printed(&retried), &[&three.dead, "due at once"]);
    for id in [&three.dead, &three.leased, &three.waiting] {
        let again = run(&["retry", id]);
        line(printed(&again), &[id, "was not given up"]);
    }
    let list = run(&["list"]);
    line(printed(&list), &[&three.dead, " waiting ", " 0 of 1 "]);
    line(printed(&list), &[&three.waiting, " 3000-01-01 00:00 UTC "]);
    line(printed(&list), &["2 waiting, 1 leased, 0 dead"]);
    let show = run(&["show", &three.dead]);
    line(printed(&show), &["the moon is full"]);

    for (id, words) in [
        (&three.leased, ["test.leased", "leased to a worker"]),
        (&three.waiting, ["test.waiting", "waiting, due 3000-01-01"]),
    ] {
        let dropped = run(&["drop", id]);
        line(printed(&dropped), &["Dropped", id, words[0], words[1]]);
        for deed in ["drop", "show", "retry"] {
            run(&[deed, id]).expect_refusal(&["no job", id, "chinwag jobs list"]);
        }
    }
    let left = run(&["list"]);
    line(printed(&left), &["1 waiting, 0 leased, 0 dead"]);
}

#[tokio::test]
async fn jobs_are_listed_shown_tried_again_and_dropped_while_the_server_runs_and_while_not() {
    for is_running in [false, true] {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        let three = within(&data, Three::asked_for).await;
        let mut server = None;
        if is_running {
            server = Some(Server::with().data(&data).start().await);
        }
        let run = |arguments: &[&str]| jobs(&data, arguments);
        has_all_three(run, &three);
        shows_all(run, &three);
        retries_and_drops(run, &three);

        if let Some(mut server) = server {
            assert!(server.stop().await.success());
        }
        let due = within(&data, async |store| lease(store, "test.dead").await).await;
        let (id, _) = due.expect("what was to be tried again is due");
        assert_eq!(id.0.to_string(), three.dead);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_in_postgresql_are_reached_beside_the_server() {
    let url = Postgres::shared().new_database().unwrap();
    let mut server = Server::with().database(&url).start().await;
    let store = PostgresStore::open(&postgres::Options::new(url.parse().unwrap())).await.unwrap();
    let three = Three::asked_for(&*store).await;
    let run = |arguments: &[&str]| {
        let mut all = vec!["jobs"];
        all.extend(arguments);
        server.command(&all).run()
    };
    has_all_three(run, &three);
    shows_all(run, &three);
    retries_and_drops(run, &three);
    let (id, _) = lease(&*store, "test.dead").await.expect("what was to be tried again is due");
    assert_eq!(id.0.to_string(), three.dead);
    store.close().await;
    assert!(server.stop().await.success());
    let left = server.command(&["jobs", "list"]).run();
    line(printed(&left), &["0 waiting, 1 leased, 0 dead"]);
}

#[tokio::test]
async fn more_jobs_than_a_page_are_listed_once_each() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let mut expected = within(&data, async |store| {
        let mut ids = Vec::new();
        for _ in 0..450 {
            ids.push(ask(store, NewJob { not_before: Some(FAR), ..job("test.many") }).await);
        }
        ids
    })
    .await;
    expected.sort();
    for is_running in [false, true] {
        let mut server = None;
        if is_running {
            server = Some(Server::with().data(&data).start().await);
        }
        let list = jobs(&data, &["list"]);
        let lines = printed(&list).lines().filter(|line| line.ends_with("test.many"));
        let mut ids: Vec<&str> = lines.map(|line| line.split(' ').next().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, expected, "a server runs: {is_running}");
        line(&list.output, &["450 waiting, 0 leased, 0 dead"]);
        drop(server);
    }
}

#[tokio::test]
async fn what_names_no_job_is_refused_with_a_sentence_that_helps() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let id = Uuid::now_v7().to_string();
    jobs(&data, &["list"]).expect_refusal(&["no data folder", "--data"]);
    assert!(!data.exists(), "looking makes nothing");
    within(&data, async |_| {}).await;
    for deed in ["show", "retry", "drop"] {
        let unknown = jobs(&data, &[deed, &id]);
        unknown.expect_refusal(&["no job", &id, "chinwag jobs list"]);
        assert_eq!(unknown.code, Some(1), "{unknown:?}");
        for nonsense in ["1", "test.kind", "\u{1b}[2J"] {
            let refused = jobs(&data, &[deed, nonsense]);
            assert_eq!(refused.code, Some(2), "called wrongly: {refused:?}");
            assert!(refused.complaint.contains("not the id of a job; `chinwag jobs list`"), "{refused:?}");
            assert!(!refused.complaint.contains('\u{1b}'), "{refused:?}");
        }
    }
    let refused = jobs(&data, &["list", "--state", "done"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    for state in ["waiting", "leased", "dead"] {
        assert!(refused.complaint.contains(state), "{refused:?}");
    }
    let none = jobs(&data, &["list"]);
    assert_eq!(printed(&none).lines().last(), Some("0 waiting, 0 leased, 0 dead"));
    let help = jobs(&data, &["--help"]);
    for word in ["list", "show", "retry", "drop"] {
        assert!(printed(&help).contains(word), "{word}: {help:?}");
    }
}

use std::sync::mpsc;
use std::thread;

use rustix::process::{Pid, kill_process_group};

use super::*;
use crate::traces::{self, Starter, Traces};

#[test]
fn a_plain_role_owns_the_database() {
    let postgres = Postgres::shared();
    let ask = |sql| postgres.query_at(&postgres.url(), sql).unwrap();
    assert_eq!(ask("SELECT current_user, current_database()"), "chinwag|chinwag");
    let rights = "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user";
    assert_eq!(ask(rights), "f|f|f");
    assert_eq!(ask("CREATE TABLE words (word text); INSERT INTO words VALUES ('a'), (NULL), ('ü|')"), "");
    assert_eq!(postgres.query("SELECT word, 1 FROM words").unwrap(), "a|1\n|1\nü||1");
    assert_eq!(postgres.query("SHOW server_encoding").unwrap(), "UTF8");
    let refused = postgres.query_at(&postgres.url(), "CREATE ROLE other").unwrap_err();
    assert!(refused.contains("permission denied"), "{refused}");
    assert!(postgres.log().contains("permission denied"), "{}", postgres.log());

    let [one, other] = [(), ()].map(|()| postgres.new_database().unwrap());
    postgres.query_at(&one, "CREATE TABLE words (word text)").unwrap();
    assert!(postgres.query_at(&other, "SELECT * FROM words").unwrap_err().contains("does not exist"));
}

#[test]
fn what_is_committed_is_there_after_a_kill_and_a_stop() {
    let quoted = r"it's 100\%";
    let mut postgres = Postgres::start_with(&[("max_connections", "9"), ("cluster_name", quoted)]).unwrap();
    let port = postgres.port();
    let settings = "SELECT current_setting('max_connections'), current_setting('cluster_name')";
    assert_eq!(postgres.query(settings).unwrap(), format!("9|{quoted}"));
    assert_eq!(
        postgres.query("SELECT current_setting('fsync'), current_setting('synchronous_commit')"),
        Ok("on|on".into())
    );
    assert!(postgres.start_again().unwrap_err().contains("running already"));

    postgres.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)").unwrap();
    // Who calculates does not notice by itself that the first process is gone.
    let mut command = postgres.installed.command("psql");
    let long = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    let mut asking = command.args([postgres.superuser_url().as_str(), "-X", "-c", long]).spawn().unwrap();
    let active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()";
    while postgres.query(active).unwrap() == "0" {
        assert_eq!(asking.try_wait().unwrap(), None);
    }
    postgres.kill().unwrap();
    assert!(!asking.wait().unwrap().success());
    assert_eq!(traces::at_work(&postgres.folder), Vec::<u32>::new());
    assert!(postgres.kill().is_err() && postgres.stop().is_err() && postgres.query("SELECT 1").is_err());

    postgres.start_again().unwrap();
    assert!(postgres.log().contains("not properly shut down"), "{}", postgres.log());
    postgres.query("INSERT INTO kept VALUES (2)").unwrap();
    postgres.stop().unwrap();
    assert_eq!(traces::at_work(&postgres.folder), Vec::<u32>::new());

    postgres.start_again().unwrap();
    assert_eq!(postgres.log().matches("not properly shut down").count(), 1, "{}", postgres.log());
    assert_eq!(postgres.query("SELECT n FROM kept ORDER BY n"), Ok("1\n2".to_owned()));
    assert_eq!(postgres.port(), port);
}

#[test]
fn two_at_once_do_not_meet() {
    let other = thread::spawn(|| Postgres::start().unwrap());
    let one = Postgres::start().unwrap();
    let other = other.join().unwrap();
    assert_ne!((one.port(), one.folder()), (other.port(), other.folder()));
    one.query("CREATE TABLE mine (n int)").unwrap();
    assert!(other.query("SELECT * FROM mine").unwrap_err().contains("does not exist"));
    drop(one);
    assert_eq!(other.query("SELECT 1"), Ok("1".to_owned()));
}

#[test]
fn a_paused_server_does_not_answer_and_nothing_of_it_stays() {
    let mut postgres = Postgres::start().unwrap();
    postgres.pause().unwrap();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let asked = &postgres;
        scope.spawn(move || tell.send(asked.query("SELECT 1")).unwrap());
        let silence = told.recv_timeout(Duration::from_millis(200));
        // Before anything fails, as who asks is waited for.
        asked.signal_all(Signal::CONT).unwrap();
        assert_eq!(silence, Err(mpsc::RecvTimeoutError::Timeout));
        assert_eq!(told.recv_timeout(LIMIT), Ok(Ok("1".to_owned())));
    });
    postgres.pause().unwrap();
    postgres.resume().unwrap();
    assert_eq!(postgres.query("SELECT 1"), Ok("1".to_owned()));

    postgres.pause().unwrap();
    let ends = Ends::of(&postgres.folder);
    drop(postgres);
    ends.came();
}

#[test]
fn a_killed_server_leaves_nothing_when_it_is_dropped() {
    let mut postgres = Postgres::start().unwrap();
    let ends = Ends::of(&postgres.folder);
    postgres.kill().unwrap();
    let folder = postgres.folder.clone();
    drop(postgres);
    // It was waited for.
    assert!(!folder.exists());
    ends.came();
}

#[test]
fn a_server_ends_with_the_process_that_started_it() {
    let name = "a_server_ends_with_the_process_that_started_it";
    // As Ctrl-C does, it reaches all who have the process's terminal.
    ends_with_its_starter(name, Postgres::start, |id| {
        kill_process_group(Pid::from_raw(i32::try_from(id).unwrap()).unwrap(), Signal::KILL).unwrap();
    });
}

#[test]
fn a_server_ends_with_everything_that_a_process_started() {
    let name = "a_server_ends_with_everything_that_a_process_started";
    ends_with_its_starter(name, Postgres::start, processes::kill_tree);
}

#[test]
fn what_is_still_being_prepared_ends_too() {
    let begin = || {
        let postgres = Postgres::prepare()?;
        folder::initdb(&postgres.installed, &postgres.folder).spawn().map_err(|error| error.to_string())?;
        Ok(postgres)
    };
    ends_with_its_starter("what_is_still_being_prepared_ends_too", begin, |id| {
        processes::signal(id, Signal::KILL);
    });
}

/// Has this test `begin` in a process of its own, which `end` ends, and then nothing is left.
fn ends_with_its_starter(test: &str, begin: fn() -> Result<Postgres, String>, end: fn(u32)) {
    let test = format!("postgres::tests::{test}");
    let Some(starter) = Starter::of(&test, begin, Postgres::folder) else { return };
    let ends = Ends::of(&starter.folder);
    starter.end(end);
    ends.came();
}

/// A server of which nothing is to stay.
struct Ends {
    traces: Traces,
    /// The number of its shared memory.
    segment: Option<String>,
}

impl Ends {
    fn of(folder: &Path) -> Self {
        let pid_file = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        let segment =
            pid_file.lines().nth(6).and_then(|line| line.split_whitespace().nth(1)).map(str::to_owned);
        assert!(segment.as_ref().is_none_or(|segment| segments().contains(segment)));
        Self { traces: Traces::of(folder), segment }
    }

    fn came(self) {
        self.traces.are_gone();
        assert!(self.segment.is_none_or(|segment| !segments().contains(&segment)));
    }
}

/// The numbers of all segments of System V shared memory.
fn segments() -> Vec<String> {
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
    table.lines().filter_map(|line| line.split_whitespace().nth(1)).map(str::to_owned).collect()
}

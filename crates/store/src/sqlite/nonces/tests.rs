use uuid::Uuid;

use super::*;

/// Small enough to be sealed often.
const SMALL: usize = 3_000;

fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(include_str!("../migrations/0001_first.sql")).unwrap();
    connection
}

/// The key of a number: spread like a hash.
fn key(number: u64) -> Key {
    use sha2::{Digest, Sha256};
    Sha256::digest(number.to_le_bytes())[..16].try_into().unwrap()
}

fn answer(number: u64) -> Entry {
    let target = number.is_multiple_of(10).then(|| Uuid::from_u128(number.into()));
    Entry { digest: number.to_le_bytes(), rev: Rev(number), target }
}

fn keep(nonces: &mut Nonces, connection: &Connection, numbers: std::ops::Range<u64>) {
    for number in numbers {
        nonces.keep(connection, key(number), answer(number)).unwrap();
        if number % 64 == 0 {
            nonces.step(connection, i64::try_from(number).unwrap()).unwrap();
        }
    }
}

fn count(connection: &Connection, table: &str) -> usize {
    let sql = format!("SELECT count(*) FROM {table}");
    connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
}

#[track_caller]
fn assert_known(nonces: &Nonces, connection: &Connection, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let found = nonces.find(connection, &key(number)).unwrap();
        assert_eq!(found, Some(answer(number)), "{number}");
    }
}

#[test]
fn every_nonce_is_found_wherever_it_lies_and_no_other() {
    let connection = database();
    let mut nonces = Nonces::load_with(&connection, SMALL).unwrap();
    for end in (2_500..=20_000).step_by(2_500) {
        keep(&mut nonces, &connection, end - 2_500..end);
        assert_known(&nonces, &connection, 0..end);
        assert!(nonces.find(&connection, &key(end + 1_000_000)).unwrap().is_none());
    }
    assert!(nonces.segments.len() >= 5, "most of them are sealed");
    assert!(count(&connection, "nonce_log") < SMALL * 3, "and gone from the log");
    assert!(nonces.log.len() < SMALL * 2);
}

#[test]
fn a_restart_at_any_moment_forgets_nothing() {
    let connection = database();
    let mut nonces = Nonces::load_with(&connection, SMALL).unwrap();
    for end in (1_250..=15_000).step_by(1_250) {
        keep(&mut nonces, &connection, end - 1_250..end);
        nonces = Nonces::load_with(&connection, SMALL).unwrap();
        assert_known(&nonces, &connection, 0..end);
    }
    // What was being sealed when it was forgotten is sealed again as the same segment.
    keep(&mut nonces, &connection, 15_000..40_000);
    assert_known(&nonces, &connection, 0..40_000);
    let sealed: usize = count(&connection, "nonce_sealed");
    assert!(sealed <= 40_000, "nothing is sealed twice: {sealed}");
}

#[test]
fn an_undone_command_is_new_again() {
    let connection = database();
    let mut nonces = Nonces::load_with(&connection, SMALL).unwrap();
    connection.execute_batch("SAVEPOINT command").unwrap();
    nonces.keep(&connection, key(1), answer(1)).unwrap();
    connection.execute_batch("ROLLBACK TO command; RELEASE command").unwrap();
    nonces.forget(&key(1));
    assert!(nonces.find(&connection, &key(1)).unwrap().is_none());
    nonces.keep(&connection, key(1), answer(2)).unwrap();
    assert_eq!(nonces.find(&connection, &key(1)).unwrap(), Some(answer(2)));
}

#[test]
fn old_segments_go_as_a_whole_and_little_by_little() {
    let connection = database();
    let mut nonces = Nonces::load_with(&connection, SMALL).unwrap();
    keep(&mut nonces, &connection, 0..20_000);
    let segments = nonces.segments.len();
    let before = 10_000;
    let mut steps = 0;
    while nonces.expire(&connection, before).unwrap() {
        steps += 1;
        assert!(steps < 100);
    }
    assert!(steps > segments / 2, "little by little");
    assert!(nonces.segments.len() < segments);
    assert!(nonces.find(&connection, &key(1)).unwrap().is_none());
    assert_known(&nonces, &connection, 10_000..20_000);
    let again = Nonces::load_with(&connection, SMALL).unwrap();
    assert_known(&again, &connection, 10_000..20_000);
    assert!(!nonces.expire(&connection, before).unwrap());
}

#[test]
fn sealing_goes_on_while_everything_older_is_dropped() {
    let connection = database();
    let mut nonces = Nonces::load_with(&connection, SMALL).unwrap();
    keep(&mut nonces, &connection, 0..8_000);
    assert!(!nonces.segments.is_empty());
    // All of them are dropped, and while that lasts the next one is sealed; also after a restart.
    while !nonces.segments.is_empty() {
        assert!(nonces.expire(&connection, i64::MAX).unwrap());
    }
    nonces = Nonces::load_with(&connection, SMALL).unwrap();
    keep(&mut nonces, &connection, 10_000..20_000);
    while nonces.expire(&connection, 8_000).unwrap() {}
    assert_known(&nonces, &connection, 10_000..20_000);
}

#[test]
fn gaps_in_the_log_do_not_keep_it_from_being_deleted() {
    let connection = database();
    let mut nonces = Nonces::load_with(&connection, SMALL).unwrap();
    for number in 0..4_000 {
        if number % 3 == 0 {
            nonces.next_id += 500;
        }
        keep(&mut nonces, &connection, number..number + 1);
    }
    for _ in 0..1_000 {
        nonces.step(&connection, 0).unwrap();
    }
    assert!(nonces.delete_to.is_none() && nonces.sealing.is_none());
    assert_eq!(count(&connection, "nonce_log"), nonces.log.len());
}

#[test]
fn the_filter_never_misses_and_seldom_errs() {
    let keys: Vec<Key> = (0..10_000).map(key).collect();
    let filter = Filter::of(keys.iter());
    assert!(keys.iter().all(|key| filter.may_have(key)));
    let stored = Filter::from_bytes(filter.as_bytes().to_vec());
    assert!(keys.iter().all(|key| stored.may_have(key)));
    let wrong = (10_000..110_000).filter(|number| filter.may_have(&key(*number))).count();
    assert!(wrong < 500, "{wrong} of 100,000");
    assert!(Filter::from_bytes(vec![1, 2, 3]).may_have(&key(7)), "damage is no reason to act twice");
}

use super::*;

/// Tables as in a data folder, with so many nonces in each of three segments and in the log.
fn database(each: i64) -> Connection {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(include_str!("../../sqlite/migrations/0001_first.sql")).unwrap();
    let numbers = format!(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {each})"
    );
    for segment in 1..=3 {
        let sealed = format!(
            "{numbers} INSERT INTO nonce_sealed SELECT {segment}, randomblob(16), zeroblob(8), {segment}, NULL FROM number"
        );
        database.execute(&sealed, []).unwrap();
        database.execute("INSERT INTO nonce_segment VALUES (?1, 1, ?1, x'', 0)", [segment]).unwrap();
    }
    let log = format!(
        "{numbers} INSERT INTO nonce_log SELECT n + 3, randomblob(16), x'0100000000000000', 4, randomblob(16) FROM number"
    );
    database.execute(&log, []).unwrap();
    database
}

/// Key and rev of each after a key.
fn read(database: &Connection, after: Option<&Value>) -> Vec<(Vec<u8>, i64)> {
    let mut found = Vec::new();
    let done = each(database, Millis(7), after, &mut |values| {
        let [scope, key, _, rev, at, _] = values else { panic!("{values:?}") };
        assert_eq!((scope.as_blob().unwrap(), at.as_i64().unwrap()), (&[0; 16][..], 7));
        found.push((key.as_blob().unwrap().to_vec(), rev.as_i64().unwrap()));
        Ok(())
    });
    assert!(done.is_ok());
    found
}

#[test]
fn they_come_in_the_order_of_their_keys_from_anywhere() {
    let each = i64::try_from(PART).unwrap();
    let database = database(each);
    let all = read(&database, None);
    assert_eq!(all.len() as u64, 4 * PART);
    assert_eq!(count(&database, None).unwrap(), 4 * PART);
    assert!(all.is_sorted_by(|one, next| one.0 < next.0));
    for place in [0, 1, all.len() / 2, all.len() - 2, all.len() - 1] {
        let after = Value::Blob(all[place].0.clone());
        assert!(read(&database, Some(&after)) == all[place + 1..], "{place}");
        assert_eq!(count(&database, Some(&after)).unwrap() as usize, all.len() - place - 1);
    }
}

#[test]
fn the_newest_counts_and_what_was_dropped_does_not() {
    let database = database(2);
    let all = read(&database, None);
    let of = |rev| all.iter().find(|(_, found)| *found == rev).unwrap().0.clone();
    let sealed = "INSERT INTO nonce_sealed VALUES (?, ?, zeroblob(8), ?, NULL)";
    database.execute(sealed, params![3, of(1), 31]).unwrap();
    database.execute(sealed, params![2, of(4), 24]).unwrap();
    // Not written to its end.
    database.execute(sealed, params![9, vec![1_u8; 16], 9]).unwrap();
    // In the log, and sealed.
    database.execute("INSERT INTO nonce_log VALUES (2, ?, zeroblob(8), 77, NULL)", [vec![2_u8; 16]]).unwrap();
    let revs = |found: Vec<(Vec<u8>, i64)>| {
        let mut revs: Vec<i64> = found.into_iter().map(|(_, rev)| rev).collect();
        revs.sort_unstable();
        revs
    };
    assert_eq!(revs(read(&database, None)), [1, 2, 2, 3, 3, 4, 4, 31]);
    database.execute("UPDATE nonce_segment SET dropped = 1 WHERE id <= 2", []).unwrap();
    assert_eq!(revs(read(&database, None)), [3, 3, 4, 4, 31]);
    database.execute("UPDATE nonce_segment SET dropped = 1", []).unwrap();
    assert_eq!(revs(read(&database, None)), [4, 4, 77], "as the server that starts next reads it");
}

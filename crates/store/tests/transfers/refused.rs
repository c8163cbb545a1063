//! What a transfer refuses, and leaves as it was.

use std::time::Duration;

use chinwag_store::Progress;
use chinwag_store::postgres::{OpenError, Options, PostgresStore};
use chinwag_store::sqlite::{self, SqliteStore};
use chinwag_store::transfer::TransferError;

use super::observed::observe;
use super::{
    assert_same, begun, database, full, half_done, open_postgres, open_sqlite, query, raw, run,
    run_to_the_end,
};

#[tokio::test]
async fn what_is_in_use_is_refused_and_left_alone() {
    let (folder, _, _) = full().await;
    let before = raw::content(folder.path());
    let (url, options) = database();
    let used = open_postgres(&options).await;
    let ann = used.user("Ann").await;
    let content = "SELECT (SELECT string_agg(m::text, ',' ORDER BY key) FROM meta m),
                          (SELECT string_agg(u::text, ',') FROM \"user\" u), (SELECT count(*) FROM change)";
    let there = query(&url, content);
    let refused = run(folder.path(), &options, &Progress::default()).await.unwrap_err();
    assert!(matches!(refused, TransferError::Used { .. }), "{refused}");
    assert_eq!(query(&url, content), there);
    assert_eq!(raw::content(folder.path()), before);
    used.store.me(ann.id).await.unwrap();

    // Another schema in the same database will do.
    let other = Options { schema: "other".parse().unwrap(), ..options.clone() };
    run_to_the_end(folder.path(), &other).await;
    assert_eq!(query(&url, content), there);

    let source = open_sqlite(folder.path());
    let (url, options) = database();
    let refused = run(folder.path(), &options, &Progress::default()).await.unwrap_err();
    assert!(matches!(refused, TransferError::Source(sqlite::OpenError::InUse(_))), "{refused}");
    assert_eq!(query(&url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'chinwag'"), "0");
    source.store.close().await;
}

#[tokio::test]
async fn what_is_none_of_ours_is_left_alone() {
    let (folder, _, _) = full().await;
    for theirs in ["theirs", "meta"] {
        let (url, options) = database();
        query(&url, &format!("CREATE SCHEMA chinwag; CREATE TABLE chinwag.{theirs} (key text, value text)"));
        let refused = run(folder.path(), &options, &Progress::default()).await.unwrap_err();
        assert!(matches!(refused, TransferError::Target(OpenError::Foreign { .. })), "{refused}");
        assert_eq!(query(&url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'chinwag'"), "1");
    }
    let (other, _, _) = full().await;
    let (url, options) = database();
    half_done(&other, &url, &options).await;
    let half = query(&url, "SELECT count(*) FROM message");
    let refused = run(folder.path(), &options, &Progress::default()).await.unwrap_err();
    assert!(matches!(refused, TransferError::OfAnother { .. }), "{refused}");
    assert_eq!(query(&url, "SELECT count(*) FROM message"), half);
    run_to_the_end(other.path(), &options).await;

    let nothing = folder.path().join("nothing");
    let refused = run(&nothing, &options, &Progress::default()).await.unwrap_err();
    assert!(matches!(refused, TransferError::NoDatabase(_)), "{refused}");
    assert!(!nothing.exists());
}

#[tokio::test]
async fn a_folder_is_locked_and_a_target_too() {
    let (folder, _, _) = full().await;
    let (url, options) = database();
    begun(&folder, &options).await;
    query(
        &url,
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN PERFORM pg_sleep(7); RETURN NEW; END $$;
         CREATE TRIGGER slow BEFORE INSERT ON purge FOR EACH ROW EXECUTE FUNCTION slow()",
    );
    let (its, its_options) = (folder.path().to_owned(), options.clone());
    let first = tokio::spawn(async move { run_to_the_end(&its, &its_options).await });
    while query(&url, "SELECT count(*) FROM audit") == "0" {
        assert!(!first.is_finished(), "it does not take long enough");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let opened = SqliteStore::open(folder.path(), &sqlite::Options::default());
    assert!(matches!(opened, Err(sqlite::OpenError::InUse(_))), "{:?}", opened.err());
    let (other, _, _) = full().await;
    let refused = run(other.path(), &options, &Progress::default()).await.unwrap_err();
    assert!(matches!(refused, TransferError::Busy { .. }), "{refused}");
    first.await.unwrap();
}

#[tokio::test]
async fn what_is_not_the_same_is_found() {
    let (folder, filled, before) = full().await;
    raw::seal(folder.path());
    let (url, options) = database();
    half_done(&folder, &url, &options).await;
    for (table, change) in [
        ("message", "UPDATE message SET rev = rev + 1 WHERE seq = (SELECT min(seq) FROM message)"),
        ("user", "UPDATE \"user\" SET status = 'x' WHERE name = 'Bob'"),
        ("room_look", "DELETE FROM room_look WHERE look = (SELECT min(look) FROM room_look)"),
        ("session", "INSERT INTO session SELECT '\\x00', \"user\", 1, 1, 1, 1, '', '' FROM session LIMIT 1"),
    ] {
        query(&url, change);
        let found = run(folder.path(), &options, &Progress::default()).await.unwrap_err();
        assert!(matches!(found, TransferError::Differs { table: found, .. } if found == table), "{found}");
        let opened = PostgresStore::open(&options).await;
        assert!(matches!(opened, Err(OpenError::Unfinished { .. })), "{:?}", opened.err());
        half_done(&folder, &url, &options).await;
    }
    run_to_the_end(folder.path(), &options).await;
    assert_same(&observe(&open_postgres(&options).await, &filled).await, &before);
}

#[tokio::test]
async fn damaged_values_are_told() {
    for (table, damage, told) in [
        (
            "message",
            "UPDATE message SET text = 'a' || char(0) || 'b' WHERE edited_at IS NOT NULL",
            "the column text",
        ),
        ("message", "UPDATE message SET text = CAST(x'ff' AS TEXT) WHERE edited_at IS NOT NULL", "not UTF-8"),
        ("message", "UPDATE message SET author = x'01' WHERE edited_at IS NOT NULL", "16 bytes"),
        ("change", "UPDATE change SET target = 'x' WHERE rev = 3", "the column seq"),
        ("user", "UPDATE user SET role = 70000 WHERE name = 'Bob'", "70000"),
        ("nonce", "UPDATE nonce_log SET digest = x'01' WHERE id = 5", "digest"),
        ("nonce", "UPDATE nonce_log SET key = x'' WHERE id = 5", "16 bytes"),
        ("meta", "UPDATE meta SET value = 1.5 WHERE key = 'settings'", "settings"),
    ] {
        let (folder, _, _) = full().await;
        assert_ne!(raw::open(folder.path()).execute(damage, []).unwrap(), 0, "{damage}");
        let (_, options) = database();
        let found = run(folder.path(), &options, &Progress::default()).await.expect_err(damage);
        assert!(matches!(found, TransferError::Damaged { table: found, .. } if found == table), "{found}");
        assert!(found.to_string().contains(told), "{found}");
    }
}

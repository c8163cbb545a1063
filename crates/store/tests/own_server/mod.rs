//! What happens to the PostgreSQL server, and how it is reached: each test has one of its own.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinwag_store::postgres::{OpenError, Options, PostgresStore, advice};
use chinwag_store::{Caught, Posted, StoreError, Streams};
use xtask::Postgres;

use crate::suite::{self, Subject};

/// How long something may take that heals by itself.
const DEADLINE: Duration = Duration::from_secs(30);

fn options(url: &str) -> Options {
    Options::new(url.parse().unwrap())
}

async fn node(server: &Postgres) -> Subject {
    Subject::new(PostgresStore::open(&options(&server.url())).await.unwrap())
}

/// Posts with this nonce until it is stored.
async fn insist(
    subject: &Subject,
    room: chinwag_model::RoomId,
    author: &chinwag_model::User,
    nonce: &str,
) -> Posted {
    let begun = Instant::now();
    loop {
        match subject.try_post(room, author, nonce, nonce).await {
            Ok(posted) => return posted,
            Err(error) => assert!(begun.elapsed() < DEADLINE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn while_it_is_away_nothing_is_stored_and_then_everything_heals() {
    let mut server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let before = subject.post(room, &ann, "before").await;

    for kill in [true, false] {
        if kill { server.kill() } else { server.stop() }.unwrap();
        let begun = Instant::now();
        for number in 0..50 {
            let nonce = format!("{kill}-{number}");
            let error = subject.try_post(room, &ann, "lost", &nonce).await.unwrap_err();
            assert!(matches!(error, StoreError::NotStored(_) | StoreError::OutcomeUnknown(_)), "{error:?}");
            let error = subject.store.me(ann.id).await.unwrap_err();
            assert!(matches!(error, StoreError::NotRead(_)), "{error:?}");
        }
        assert!(subject.store.ping().await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(5), "refusals come at once: {:?}", begun.elapsed());
        server.start_again().unwrap();
        let begun = Instant::now();
        insist(&subject, room, &ann, &format!("after-{kill}")).await;
        println!("healed after {:?}", begun.elapsed());
        subject.store.ping().await.unwrap();
    }
    assert_eq!(subject.head(room).await.0, before.0 + 2);
    let told = subject.store.room_page(room, ann.id, None, 50).await.unwrap();
    assert_eq!(told.messages.last().unwrap().seq.0, before.0 + 2);
}

#[tokio::test]
async fn what_died_at_the_commit_is_there_once_after_a_retry() {
    let mut server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let first = subject.head(room).await.0 + 1;
    for round in 0..5 {
        let nonces: Vec<String> = (0..40).map(|number| format!("{round}-{number}")).collect();
        let posts = nonces.iter().map(|nonce| subject.try_post(room, &ann, nonce, nonce));
        let store = futures_util::future::join_all(posts);
        let (answers, ()) = tokio::join!(store, async {
            // In the middle of them, as near as it gets.
            tokio::time::sleep(Duration::from_micros(300 * (round + 1))).await;
            server.kill().unwrap();
        });
        server.start_again().unwrap();
        for (nonce, answer) in nonces.iter().zip(answers) {
            let again = insist(&subject, room, &ann, nonce).await;
            if let Ok(posted) = answer {
                assert_eq!(
                    (posted.seq, true),
                    (again.seq, again.repeated),
                    "acknowledged and lost, or doubled"
                );
            }
        }
    }
    assert_eq!(subject.head(room).await.0, first + 5 * 40 - 1, "each once");
}

#[tokio::test]
async fn another_epoch_begins_when_another_server_takes_over() {
    let mut server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seen = subject.post(room, &ann, "hello").await;
    let (epoch, cursor) = (subject.store.epoch(), subject.cursor(seen.0));

    // What merely starts again is the same.
    server.stop().unwrap();
    server.start_again().unwrap();
    insist(&subject, room, &ann, "again").await;
    assert_eq!(subject.store.epoch(), epoch);

    // A standby that is promoted begins another timeline: it may not have had everything.
    server.stop().unwrap();
    let data = server.folder().join("data");
    give(&data, &data.join("standby.signal"), "", 0o600);
    server.start_again().unwrap();
    assert!(
        matches!(subject.try_post(room, &ann, "x", "x").await, Err(StoreError::NotStored(_))),
        "it only reads"
    );
    server.query("SELECT pg_promote()").unwrap();
    insist(&subject, room, &ann, "later").await;
    assert_ne!(subject.store.epoch(), epoch, "without a restart");
    let caught = subject.store.sync(ann.id, vec![(room.into(), cursor)]).await.unwrap();
    assert!(matches!(caught.streams[..], [(_, Caught::Reset)]), "{caught:?}");

    // Once, and for all nodes.
    let another = node(&server).await;
    assert_eq!(another.store.epoch(), subject.store.epoch());
}

#[tokio::test]
async fn a_database_that_was_dumped_and_restored_begins_another_epoch() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seen = subject.post(room, &ann, "hello").await;
    subject.store.close().await;
    // As a template it is copied as a whole, like a dump that is restored.
    let copy = "CREATE DATABASE copy TEMPLATE chinwag OWNER chinwag";
    let begun = Instant::now();
    // Connections that were closed are there for a moment.
    while let Err(error) = server.query_at(&at(&server, "postgres"), copy) {
        assert!(begun.elapsed() < DEADLINE, "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let copy = Subject::new(PostgresStore::open(&options(&at(&server, "copy"))).await.unwrap());
    assert_ne!(copy.store.epoch(), subject.store.epoch());
    assert_eq!(copy.head(room).await, seen);
}

#[tokio::test]
async fn a_schema_that_was_dumped_and_restored_in_its_place_begins_another_epoch() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let kept = subject.post(room, &ann, "kept").await;
    let dump = tempfile::NamedTempFile::new().unwrap();
    let to_dump = ["--schema=chinwag", "-d", &server.url(), "-f"];
    assert!(Command::new("pg_dump").args(to_dump).arg(dump.path()).status().unwrap().success());
    subject.post(room, &ann, "lost").await;
    subject.store.close().await;
    server.query_at(&server.url(), "DROP SCHEMA chinwag CASCADE").unwrap();
    let restore = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &server.url(), "-o", "/dev/null", "-f"];
    assert!(Command::new("psql").args(restore).arg(dump.path()).status().unwrap().success());
    let restored = node(&server).await;
    assert_eq!(restored.head(room).await, kept);
    assert_ne!(restored.store.epoch(), subject.store.epoch());
    let epoch = restored.store.epoch();
    restored.store.close().await;
    assert_eq!(node(&server).await.store.epoch(), epoch, "once");
}

/// The superuser's URL of a database.
fn at(server: &Postgres, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{}/{database}", server.port())
}

/// Writes a file for whoever owns the data of a server.
fn give(data: &Path, file: &Path, content: &str, mode: u32) {
    fs::write(file, content).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    let owner = fs::metadata(data).unwrap();
    chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
}

#[tokio::test]
async fn whom_to_believe_is_asked_for_as_the_url_says() {
    let server = Postgres::start().unwrap();
    let data = server.folder().join("data");
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    give(&data, &data.join("server.crt"), &made.cert.pem(), 0o600);
    give(&data, &data.join("server.key"), &made.signing_key.serialize_pem(), 0o600);
    give(
        &data,
        &data.join("pg_hba.conf"),
        "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n",
        0o600,
    );
    let socket = server.folder().display().to_string().replace('/', "%2F");
    let socket = format!("postgres://postgres@{socket}/postgres?port={}", server.port());
    server.query_at(&socket, "ALTER ROLE chinwag PASSWORD 'open sesame'").unwrap();
    server.query_at(&socket, "ALTER SYSTEM SET ssl = on").unwrap();
    server.query_at(&socket, "SELECT pg_reload_conf()").unwrap();
    let roots = tempfile::NamedTempFile::new().unwrap();
    fs::write(roots.path(), made.cert.pem()).unwrap();
    let others = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        others.path(),
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem(),
    )
    .unwrap();

    let url = |password: &str, query: &str| {
        format!("postgres://chinwag:{password}@127.0.0.1:{}/chinwag?{query}", server.port())
    };
    let verified = format!("sslmode=verify-full&sslrootcert={}", roots.path().display());
    let begun = Instant::now();
    // The server takes its new settings over a moment later.
    let store = loop {
        match PostgresStore::open(&options(&url("open%20sesame", &verified))).await {
            Ok(store) => break store,
            Err(error) => assert!(begun.elapsed() < DEADLINE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let encrypted = server.query_at(
        &socket,
        "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'chinwag'",
    );
    store.ping().await.unwrap();
    assert_eq!(encrypted.unwrap(), "t");
    store.close().await;
    PostgresStore::open(&options(&url("open%20sesame", "sslmode=require"))).await.unwrap().close().await;

    let refused = async |password: &str, query: &str| {
        let opened = PostgresStore::open(&options(&url(password, query))).await;
        let Err(error @ OpenError::Unreachable { .. }) = opened else { panic!("{:?}", opened.err()) };
        let said = error.to_string();
        assert!(!said.contains("sesame"), "{said}");
        said
    };
    let stranger = format!("sslmode=verify-full&sslrootcert={}", others.path().display());
    let said = refused("open%20sesame", &stranger).await;
    assert!(said.contains("certificate"), "{said}");
    let said = refused("open%20sesame", "sslmode=verify-full").await;
    assert!(said.contains("certificate"), "the machine does not know the authority: {said}");
    let said = refused("open%20sesame", "sslmode=disable").await;
    assert!(said.contains("pg_hba.conf"), "{said}");
    let said = refused("closed%20sesame", &verified).await;
    assert!(said.contains("password"), "{said}");
}

#[tokio::test]
async fn what_could_lose_messages_is_said() {
    let server =
        Postgres::start_with(&[("synchronous_commit", "off"), ("fsync", "off"), ("full_page_writes", "off")])
            .unwrap();
    let advice = advice(&Options { connections: 200, ..options(&server.url()) }).await.unwrap().join("\n");
    for word in ["fsync off", "full_page_writes off", "synchronous_commit off", "max_connections = 200"] {
        assert!(advice.contains(word), "{word} in:\n{advice}");
    }
    // And it is made good where that can be done.
    let subject = node(&server).await;
    subject.user("Ann").await;
    let log = server
        .query("SELECT count(*) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'");
    assert_eq!(log.unwrap(), "1", "it is still off for others");
}

#[tokio::test]
async fn a_standby_that_nobody_waits_for_is_named() {
    let server = Postgres::start().unwrap();
    assert_eq!(chinwag_store::postgres::advice(&options(&server.url())).await.unwrap(), Vec::<String>::new());
    let mut receiver = std::process::Command::new("pg_receivewal")
        .args(["--no-sync", "-D"])
        .arg(tempfile::tempdir().unwrap().keep())
        .args(["-d", &at(&server, "postgres")])
        .spawn()
        .unwrap();
    let begun = Instant::now();
    loop {
        let found = advice(&options(&server.url())).await.unwrap().join("\n");
        if found.contains("a standby and waits for none") {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "{found}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    receiver.kill().unwrap();
    receiver.wait().unwrap();
}

#[tokio::test]
async fn what_is_no_database_of_ours_is_left_alone() {
    let server = Postgres::start().unwrap();
    server
        .query_at(&server.url(), "CREATE SCHEMA theirs; CREATE TABLE theirs.meta (key text, value text)")
        .unwrap();
    let theirs = Options { schema: "theirs".parse().unwrap(), ..options(&server.url()) };
    let opened = PostgresStore::open(&theirs).await;
    assert!(matches!(opened, Err(OpenError::Foreign { .. })), "{:?}", opened.err());
    assert_eq!(server.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'theirs'").unwrap(), "1");

    let ours = options(&server.url());
    PostgresStore::open(&ours).await.unwrap().close().await;
    server.query("UPDATE chinwag.meta SET value = '999' WHERE key IN ('format', 'oldest')").unwrap();
    let opened = PostgresStore::open(&ours).await;
    assert!(matches!(opened, Err(OpenError::Newer { found: 999, .. })), "{:?}", opened.err());
    // A newer version says how old one may be that works beside it while it is rolled out.
    server.query("UPDATE chinwag.meta SET value = '1' WHERE key = 'oldest'").unwrap();
    PostgresStore::open(&ours).await.unwrap().close().await;

    let latin = "CREATE DATABASE latin OWNER chinwag ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0";
    server.query_at(&at(&server, "postgres"), latin).unwrap();
    let opened = PostgresStore::open(&options(&at(&server, "latin"))).await;
    assert!(matches!(opened, Err(OpenError::Encoding { .. })), "{:?}", opened.err());
}

#[tokio::test]
async fn nodes_that_start_together_make_one_database() {
    let server = Postgres::start().unwrap();
    let options = options(&server.url());
    let opened = futures_util::future::join_all((0..6).map(|_| PostgresStore::open(&options))).await;
    let stores: Vec<Arc<PostgresStore>> = opened.into_iter().map(|opened| opened.unwrap()).collect();
    for store in &stores {
        assert_eq!((store.epoch(), store.workspace()), (stores[0].epoch(), stores[0].workspace()));
    }
    assert_eq!(server.query("SELECT count(*) FROM chinwag.room").unwrap(), "1");
}

#[tokio::test]
async fn installations_share_a_database_without_seeing_each_other() {
    let server = Postgres::start().unwrap();
    let one = node(&server).await;
    let another = Options { schema: "another".parse().unwrap(), ..options(&server.url()) };
    let another = Subject::new(PostgresStore::open(&another).await.unwrap());
    let (ann, their_ann) = (one.user("Ann").await, another.user("Ann").await);
    assert!(one.store.person(their_ann.id).await.unwrap().is_none());
    assert!(another.store.person(ann.id).await.unwrap().is_none());
    assert_ne!(one.store.epoch(), another.store.epoch());
}

/// What another node has done is seen through the store, and what became of sessions is news.
#[tokio::test]
async fn nodes_see_what_others_do() {
    let server = Postgres::start().unwrap();
    let mut one = node(&server).await;
    let mut another = node(&server).await;
    assert!(one.store.is_shared());
    let ann = one.user("Ann").await;
    let room = one.room("Garden", &ann).await;
    for _ in 0..10 {
        one.post(room, &ann, "here").await;
        another.post(room, &ann, "there").await;
    }
    let head = one.head(room).await;
    assert_eq!(head, another.head(room).await);
    let page = another.changes(room, chinwag_model::Rev(0)).await.unwrap();
    assert_eq!(page.through, head);
    // The feed of each tells its own, in order, with holes where the other's are.
    for (subject, text) in [(&mut one, "here"), (&mut another, "there")] {
        let mut last = 0;
        let mut count = 0;
        while let Ok(changes) = subject.feed[0].try_recv() {
            if changes.stream == room.into() {
                assert!(changes.from.0 >= last);
                last = changes.through().0;
                count += changes
                    .changes
                    .iter()
                    .filter(|change| format!("{:?}", change.state).contains(text))
                    .count();
            }
        }
        assert_eq!(count, 10);
    }

    another.store.session_news().await.unwrap();
    let session = chinwag_model::SessionKey([7; 32]);
    let new = chinwag_store::NewSession {
        key: session,
        expires_at: chinwag_model::Millis(i64::MAX),
        ends_at: chinwag_model::Millis(i64::MAX),
        device: String::new(),
        address: String::new(),
    };
    one.store.create_session(ann.id, suite::HASH.into(), None, new).await.unwrap().unwrap();
    let status = chinwag_store::Profile {
        status: chinwag_model::Line::status("gone fishing").ok(),
        ..chinwag_store::Profile::default()
    };
    one.store.change_profile(ann.id, status).await.unwrap();
    let news = another.store.session_news().await.unwrap();
    assert_eq!((news.stale, news.ended), (vec![session], vec![]));
    one.store.end_session(session).await.unwrap();
    let news = another.store.session_news().await.unwrap();
    assert_eq!(news.ended, [session]);
}

/// Many rooms are posted to in one transaction while much is posted; one of them may be locked by another node.
#[tokio::test]
async fn a_room_that_is_locked_elsewhere_holds_up_no_other() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let mut rooms = Vec::new();
    for number in 0..20 {
        rooms.push(subject.room(&format!("Room {number}"), &ann).await);
    }
    let (other, connection) =
        tokio_postgres::connect(&server.superuser_url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let locked = rooms[7];
    other.batch_execute("BEGIN").await.unwrap();
    other.execute("SELECT 1 FROM chinwag.stream WHERE id = $1 FOR UPDATE", &[&locked.0]).await.unwrap();

    let (locked_posts, others): (Vec<_>, Vec<_>) =
        (0..200).map(|number| rooms[number % rooms.len()]).partition(|room| *room == locked);
    let others = others.iter().map(|room| subject.post(*room, &ann, "hello"));
    let mut waiting = std::pin::pin!(futures_util::future::join_all(
        locked_posts.iter().map(|room| subject.post(*room, &ann, "hello"))
    ));
    let mut others = std::pin::pin!(futures_util::future::join_all(others));
    let begun = Instant::now();
    tokio::select! {
        posted = &mut others => println!("{} posts beside it took {:?}", posted.len(), begun.elapsed()),
        _ = &mut waiting => panic!("a locked room was posted to"),
    }
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(waiting.await.len(), 10);
    for room in rooms {
        let head = subject.head(room).await;
        let page = subject.store.room_page(room, ann.id, None, 50).await.unwrap();
        assert_eq!(
            (page.messages.len(), page.messages.last().unwrap().seq),
            (11, head),
            "each once, without holes"
        );
    }
}

/// What is refused is answered in its place, whatever stands beside it.
#[tokio::test]
async fn each_message_of_a_batch_gets_its_own_answer() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let (ann, ben) = (subject.user("Ann").await, subject.user("Ben").await);
    let mut rooms = Vec::new();
    for number in 0..8 {
        rooms.push(subject.room(&format!("Room {number}"), &ann).await);
    }
    let nowhere = chinwag_model::RoomId(ann.id.0);
    let asked: Vec<_> = (0..400)
        .map(|number| match number % 5 {
            0 => (nowhere, &ann, number),
            1 => (rooms[number % 8], &ben, number),
            // The same nonce as the one before it in the same room.
            2 => (rooms[number / 5 % 8], &ann, number + 1),
            3 => (rooms[number / 5 % 8], &ann, number),
            _ => (rooms[number % 8], &ann, number),
        })
        .collect();
    let asked: Vec<_> =
        asked.into_iter().map(|(room, author, number)| (room, author, format!("nonce-{number}"))).collect();
    let posts = asked.iter().map(|(room, author, nonce)| subject.try_post(*room, author, nonce, nonce));
    let answers = futures_util::future::join_all(posts).await;
    let mut seen: std::collections::HashMap<_, Posted> = std::collections::HashMap::new();
    for ((room, author, nonce), answer) in asked.iter().zip(answers) {
        if *room == nowhere {
            assert!(matches!(suite::refused(answer), chinwag_model::Refusal::RoomUnknown));
        } else if author.id == ben.id {
            assert!(matches!(suite::refused(answer), chinwag_model::Refusal::NotAMember));
        } else {
            let posted = answer.unwrap();
            match seen.insert((*room, nonce.clone()), posted) {
                None => assert!(!posted.repeated, "{nonce}"),
                Some(first) => assert_eq!((first.seq, true), (posted.seq, posted.repeated), "{nonce}"),
            }
        }
    }
    let stored = server.query("SELECT count(*) FROM chinwag.message WHERE kind = 0").unwrap();
    assert_eq!(stored, seen.len().to_string());
}

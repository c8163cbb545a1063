//! What an operator is told of the server's settings.

use std::time::{Duration, Instant};

use chinwag_store::postgres::{Options, advice};
use xtask::Postgres;

use super::{DEADLINE, at, node, options, superuser};

#[tokio::test]
async fn what_could_lose_messages_is_said() {
    let server =
        Postgres::start_with(&[("synchronous_commit", "off"), ("fsync", "off"), ("full_page_writes", "off")])
            .unwrap();
    let advice = advice(&Options { connections: 200, ..options(&server.url()) }).await.unwrap().join("\n");
    for word in ["fsync off", "full_page_writes off", "synchronous_commit off", "max_connections = 200"] {
        assert!(advice.contains(word), "{word} in:\n{advice}");
    }
    // And it is made good where that can be done: by what a row sees that is written.
    let subject = node(&server).await;
    let seen = "CREATE TABLE chinwag.seen (setting text);
                GRANT ALL ON chinwag.seen TO chinwag;
                CREATE FUNCTION chinwag.see() RETURNS trigger LANGUAGE plpgsql AS $$
                  BEGIN INSERT INTO chinwag.seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
                CREATE TRIGGER see BEFORE INSERT ON chinwag.change FOR EACH ROW EXECUTE FUNCTION chinwag.see()";
    superuser(&server).await.batch_execute(seen).await.unwrap();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    subject.post(room, &ann, "hello").await;
    let settings = server.query("SELECT string_agg(DISTINCT setting, ' ') FROM chinwag.seen").unwrap();
    assert_eq!(settings, "on");
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

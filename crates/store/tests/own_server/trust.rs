//! Who is believed to be the server.

use std::fs;
use std::time::{Duration, Instant};

use chinwag_store::Streams;
use chinwag_store::postgres::{OpenError, PostgresStore};
use xtask::Postgres;

use super::{DEADLINE, give, options};

/// Writes a file for whoever owns the data of a server.
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

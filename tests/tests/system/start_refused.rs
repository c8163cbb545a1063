//! Starts that cannot succeed: one clear sentence and a non-zero exit.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use chinwag_tests::command::{Done, Somebody, chinwag};
use chinwag_tests::server::Server;

fn serve(folder: &std::path::Path, listen: &str, data: &str) -> Done {
    chinwag(folder, &["serve", "--listen", listen, "--data", data]).run()
}

#[test]
fn a_port_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    serve(folder.path(), &address.to_string(), "data")
        .expect_refusal(&[&address.port().to_string(), "in use"]);
}

#[test]
fn a_data_folder_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be stops root as well.
    fs::write(folder.path().join("file"), "not a folder").unwrap();
    serve(folder.path(), "127.0.0.1:0", "file").expect_refusal(&["file"]);
    serve(folder.path(), "127.0.0.1:0", "file/data").expect_refusal(&["file/data"]);
    // No right stops root, but a file system that has no room for anybody does.
    serve(folder.path(), "127.0.0.1:0", "/proc/chinwag").expect_refusal(&["/proc/chinwag"]);
}

#[test]
fn a_data_folder_that_one_has_no_right_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let Some(somebody) = Somebody::bound_by_rights(folder.path()) else { return };
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    somebody.give(&closed);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", "closed"];
    chinwag(folder.path(), &serve).by(somebody).run().expect_refusal(&["closed"]);
}

#[tokio::test]
async fn a_data_folder_that_another_server_uses() {
    let server = Server::start().await;
    let data = server.data().display().to_string();
    serve(server.folder(), "127.0.0.1:0", &data).expect_refusal(&[&data, "in use"]);
    server.http().get("/healthz").await.expect(200);
}

#[tokio::test]
async fn a_database_of_a_newer_version() {
    let mut server = Server::start().await;
    assert!(server.stop().await.success());
    let data = server.data();
    let database = rusqlite::Connection::open(data.join("chinwag.db")).unwrap();
    let version = |database: &rusqlite::Connection| -> i64 {
        database.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    };
    assert_ne!(version(&database), 0, "the version of the format is kept where SQLite has a place for it");
    database.pragma_update(None, "user_version", 1_000_000).unwrap();
    database.close().unwrap();
    serve(server.folder(), "127.0.0.1:0", &data.display().to_string()).expect_refusal(&["newer"]);
}

#[tokio::test]
async fn a_file_that_is_no_database() {
    let mut server = Server::start().await;
    assert!(server.stop().await.success());
    let data = server.data();
    for name in ["chinwag.db-wal", "chinwag.db-shm"] {
        // They are there only if the last one to close the database could not tidy up.
        let _ = fs::remove_file(data.join(name));
    }
    fs::write(data.join("chinwag.db"), vec![b'x'; 8192]).unwrap();
    serve(server.folder(), "127.0.0.1:0", &data.display().to_string()).expect_refusal(&["database"]);
}

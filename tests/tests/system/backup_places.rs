//! Where backups come from and go to: nothing is overwritten, nobody is disturbed, nothing is left behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::command::{Done, Somebody, chinwag};
use chinwag_tests::server::Server;

fn add(folder: &Path, name: &str) -> Done {
    chinwag(folder, &["user", "add", name]).input(&format!("{PASSWORD}\n")).run()
}

/// What is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_overwrites_nothing_and_needs_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let backup = |arguments: &[&str]| chinwag(folder.path(), &[&["backup"], arguments].concat()).run();
    backup(&["one"]).expect_refusal(&["data", "no database"]);
    fs::create_dir(folder.path().join("data")).unwrap();
    backup(&["one"]).expect_refusal(&["data", "no database"]);
    assert_eq!(names(folder.path()), ["data"], "nothing is made to look for it");
    assert_eq!(names(&folder.path().join("data")), [""; 0]);
    add(folder.path(), "Ada").expect_success();
    fs::write(folder.path().join("there"), "mine").unwrap();
    backup(&["there"]).expect_refusal(&["there", "overwrites nothing"]);
    assert_eq!(fs::read_to_string(folder.path().join("there")).unwrap(), "mine");
    backup(&["data"]).expect_refusal(&["data", "overwrites nothing"]);
    backup(&["data/one"]).expect_refusal(&["data/one", "elsewhere"]);
    backup(&["nowhere/one"]).expect_refusal(&["nowhere/one", "cannot be written"]);
    backup(&["one"]).expect_success();
    backup(&["one"]).expect_refusal(&["one", "overwrites nothing"]);
    assert_eq!(backup(&[]).code, Some(2), "called wrongly");
    assert_eq!(names(folder.path()), ["data", "one", "there"]);
    let mode = fs::metadata(folder.path().join("one")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "it is for nobody else");
}

#[tokio::test]
async fn without_a_server_too_which_then_starts_as_ever() {
    let mut server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let lobby = ada.lobby().await;
    ada.post(&lobby, "hello").await;
    let (folder, data) = (server.folder().to_owned(), server.data().display().to_string());
    let backup = |name: &str| chinwag(&folder, &["backup", name, "--data", &data]).run();
    // After a kill the log is still to be moved into the database.
    server.kill();
    backup("killed").expect_success();
    server.restart().await;
    assert!(server.stop().await.success());
    backup("stopped").expect_success();
    assert!(!names(&server.data()).contains(&"chinwag.db-wal".to_owned()), "it tidies up");
    server.restart().await;
    assert_eq!(ada.history(&lobby).await.last().unwrap()["text"], "hello");
    assert!(!server.log().contains("epoch"), "no other epoch: {}", server.log());
    ada.post(&lobby, "on we go").await;
    for name in ["killed", "stopped"] {
        chinwag(server.folder(), &["restore", name, "--data", &format!("of-{name}")]).run().expect_success();
        let again = Server::with().data(&server.folder().join(format!("of-{name}"))).start().await;
        let mut ada = Person { http: again.http().with_token(&ada.token), ..ada.clone() };
        assert_eq!(ada.history(&lobby).await.last().unwrap()["text"], "hello");
    }
}

#[tokio::test]
async fn a_restore_needs_an_empty_folder_that_nobody_uses() {
    let mut server = Server::start().await;
    let data = server.data();
    let (folder, shown) = (server.folder().to_owned(), data.display().to_string());
    chinwag(server.folder(), &["backup", "one", "--data", &shown]).run().expect_success();
    let restore = |data: &str| chinwag(&folder, &["restore", "one", "--data", data]).run();
    let before = names(&data);
    restore(&shown).expect_refusal(&[&shown, "in use"]);
    assert_eq!(names(&data), before);
    server.http().get("/healthz").await.expect(200);
    // A folder that a server uses although its database is gone.
    let hidden = server.folder().join("hidden");
    fs::create_dir(&hidden).unwrap();
    for name in ["chinwag.db", "chinwag.db-wal", "chinwag.db-shm"] {
        fs::rename(data.join(name), hidden.join(name)).unwrap();
    }
    restore(&shown).expect_refusal(&[&shown, "in use"]);
    for name in ["chinwag.db", "chinwag.db-wal", "chinwag.db-shm"] {
        fs::rename(hidden.join(name), data.join(name)).unwrap();
    }
    assert!(server.stop().await.success());
    let before = fs::read(data.join("chinwag.db")).unwrap();
    restore(&shown).expect_refusal(&[&shown, "not empty", "chinwag.db"]);
    assert_eq!(fs::read(data.join("chinwag.db")).unwrap(), before);
    restore("one").expect_refusal(&["one"]);
}

#[test]
fn what_root_does_in_somebodys_folder_is_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let Some(somebody) = Somebody::whom_root_can_be(folder.path()) else { return };
    add(folder.path(), "Ada").expect_success();
    let all_theirs = |data: &Path| {
        for name in names(data) {
            assert!(somebody.has(&data.join(&name)), "{name}");
        }
    };
    let data = folder.path().join("data");
    for name in names(&data) {
        somebody.give(&data.join(name));
    }
    somebody.give(&data);
    chinwag(folder.path(), &["backup", "one"]).run().expect_success();
    all_theirs(&data);

    let restored = folder.path().join("restored");
    fs::create_dir(&restored).unwrap();
    somebody.give(&restored);
    chinwag(folder.path(), &["restore", "one", "--data", "restored"]).run().expect_success();
    all_theirs(&restored);
    for data in ["data", "restored"] {
        let theirs = chinwag(folder.path(), &["user", "list", "--data", data]).by(somebody).run();
        theirs.expect_success();
        assert!(theirs.output.contains("Ada"), "{theirs:?}");
    }
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chinwag_live::memory::MemoryLive;
use chinwag_model::Role;
use chinwag_server::{Application, BackEnds, Settings};
use chinwag_store::sqlite::{Options, SqliteStore};
use prometheus_client::registry::Registry;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::{PATIENCE, Server};
use crate::control::{Answer, Client, Command};

fn application(folder: &Path) -> Application {
    let store = SqliteStore::open(folder, &Options::default()).unwrap();
    Application::new(Settings::default(), BackEnds::new(store, MemoryLive::new()), &mut Registry::default())
        .unwrap()
}

async fn ask(client: &mut Client, name: &str) -> Answer {
    let command =
        Command::AddUser { name: name.into(), password: "correct horse".into(), role: Role::Member };
    client.ask(&command).await.unwrap()
}

#[tokio::test]
async fn commands_are_answered_one_after_another_until_it_stops() {
    let folder = TempDir::new().unwrap();
    let application = application(folder.path());
    assert!(Client::connect(folder.path()).await.unwrap().is_none());
    let server = Server::start(folder.path(), application.administration()).unwrap();
    let path = folder.path().join("control.sock");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let mut client = Client::connect(folder.path()).await.unwrap().unwrap();
    assert_eq!(ask(&mut client, "Ada").await, Answer::User { name: "Ada".into() });
    assert!(matches!(ask(&mut client, "ada").await, Answer::Refused { .. }));
    let Answer::Users { users, next } = client.ask(&Command::ListUsers { after: None }).await.unwrap() else {
        panic!("another answer")
    };
    assert_eq!((users.len(), users[0].name.as_str(), next), (1, "Ada", None));

    server.stop().await;
    assert!(!path.exists());
    assert!(client.ask(&Command::ListUsers { after: None }).await.is_err());
    application.serve(Vec::new(), async {}).await.unwrap();
}

#[tokio::test]
async fn a_client_may_be_silent_for_as_long_as_it_likes() {
    let folder = TempDir::new().unwrap();
    let application = application(folder.path());
    let server = Server::start(folder.path(), application.administration()).unwrap();
    let mut client = Client::connect(folder.path()).await.unwrap().unwrap();
    assert_eq!(ask(&mut client, "Ada").await, Answer::User { name: "Ada".into() });
    tokio::time::pause();
    tokio::time::advance(PATIENCE * 2).await;
    tokio::time::resume();
    // By the time that another one is answered, the first one has been hung up on.
    let mut other = Client::connect(folder.path()).await.unwrap().unwrap();
    assert_eq!(ask(&mut other, "Bob").await, Answer::User { name: "Bob".into() });
    assert_eq!(ask(&mut client, "Cy").await, Answer::User { name: "Cy".into() });
    server.stop().await;
}

#[tokio::test]
async fn a_socket_of_a_dead_process_is_replaced_and_one_that_is_dropped_goes() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("control.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(Client::connect(folder.path()).await.unwrap().is_none(), "nobody listens there");
    let application = application(folder.path());
    let server = Server::start(folder.path(), application.administration()).unwrap();
    assert!(Client::connect(folder.path()).await.unwrap().is_some());
    drop(server);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_path_may_be_longer_than_an_address() {
    let folder = TempDir::new().unwrap();
    let long = folder.path().join("a".repeat(100)).join("b".repeat(100));
    let application = application(&long);
    let server = Server::start(&long, application.administration()).unwrap();
    let mut client = Client::connect(&long).await.unwrap().unwrap();
    assert_eq!(ask(&mut client, "Ada").await, Answer::User { name: "Ada".into() });
    server.stop().await;
    assert!(!long.join("control.sock").exists());
}

#[tokio::test]
async fn strangers_to_the_protocol_get_an_answer_and_disturb_nobody() {
    let folder = TempDir::new().unwrap();
    let application = application(folder.path());
    let server = Server::start(folder.path(), application.administration()).unwrap();
    for nonsense in ["{\"version\":9}\n".to_owned(), "x".repeat(400_000)] {
        let mut stream = UnixStream::connect(folder.path().join("control.sock")).await.unwrap();
        // It may hang up before it has read all of it.
        let _ = stream.write_all(nonsense.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains("\"refused\""), "{answer}");
    }
    let mut client = Client::connect(folder.path()).await.unwrap().unwrap();
    assert_eq!(ask(&mut client, "Ada").await, Answer::User { name: "Ada".into() });
    server.stop().await;
}

//! The commands, while a server runs and while none does.

use std::os::unix::fs::PermissionsExt;

use chinwag_tests::api::PASSWORD;
use chinwag_tests::command::chinwag;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;

const NEW_PASSWORD: &str = "battery horse correct";

#[tokio::test]
async fn accounts_are_made_and_listed_while_the_server_runs_and_while_not() {
    let mut server = Server::start().await;
    let folder = server.folder().to_owned();
    let data = server.data().display().to_string();
    let input = format!("{PASSWORD}\n");
    let user = |arguments: &[&str]| {
        let mut all = vec!["--data", data.as_str(), "user"];
        all.extend(arguments);
        chinwag(&folder, &all).input(&input).run()
    };
    user(&["add", "Ada", "--role", "administrator"]).expect_success();
    let ada = json!({"name": "Ada", "password": PASSWORD});
    let signed_in = server.http().post("/api/v1/session", &ada).await.expect(200);
    assert_eq!(signed_in["user"]["role"], "administrator");
    user(&["add", "ada"]).expect_refusal(&["name"]);
    user(&["add", "a/b"]).expect_refusal(&["name"]);

    assert!(server.stop().await.success());
    user(&["add", "Bob"]).expect_success();
    let listed = user(&["list"]);
    listed.expect_success();
    for name in ["Ada", "Bob"] {
        assert!(listed.output.contains(name), "{listed:?}");
    }
    assert!(!listed.output.contains("argon2"), "{listed:?}");
    server.restart().await;
    let bob = json!({"name": "Bob", "password": PASSWORD});
    assert_eq!(server.http().post("/api/v1/session", &bob).await.expect(200)["user"]["role"], "member");
}

#[tokio::test]
async fn nobody_else_on_the_machine_reads_the_data() {
    let server = Server::start().await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    let mut kinds = 0;
    for entry in std::fs::read_dir(server.data()).unwrap().map(Result::unwrap) {
        assert_eq!(mode(&entry.path()), 0, "{}", entry.path().display());
        kinds += 1;
    }
    assert!(kinds >= 3, "the database, the lock and the control socket");
}

#[tokio::test]
async fn a_new_password_ends_that_persons_sessions() {
    let server = Server::start().await;
    let data = server.data().display().to_string();
    let account = json!({"name": "Ada", "password": PASSWORD});
    let made = server.http().post("/api/v1/account", &account).await.expect(201);
    let token = made["token"].as_str().unwrap();
    let mut socket = Socket::connect(&server.address(), token).await;
    socket.event_named("session:ready").await;

    let set = |name: &str, password: &str| {
        chinwag(server.folder(), &["--data", &data, "user", "set-password", name]).input(password).run()
    };
    set("Nobody", &format!("{NEW_PASSWORD}\n")).expect_refusal(&["Nobody"]);
    set("Ada", "short\n").expect_refusal(&["10"]);
    set("Ada", &format!("{NEW_PASSWORD}\n")).expect_success();
    let events = socket.closed().await;
    assert!(events.iter().any(|(name, _)| name == "session:ended"), "{events:?}");
    server.http().with_token(token).get("/api/v1/session").await.expect_error(401, "unauthenticated");
    server.http().post("/api/v1/session", &account).await.expect_error(401, "bad_credentials");
    let account = json!({"name": "Ada", "password": NEW_PASSWORD});
    server.http().post("/api/v1/session", &account).await.expect(200);
}

#[tokio::test]
async fn roles_suspensions_and_links_are_given_while_the_server_runs_and_while_not() {
    let mut server = Server::with().env("CHINWAG_LIMITS_CONNECTIONS", "10").start().await;
    let (folder, data) = (server.folder().to_owned(), server.data().display().to_string());
    let user = |arguments: &[&str]| {
        let mut all = vec!["--data", data.as_str(), "user"];
        all.extend(arguments);
        chinwag(&folder, &all).run()
    };
    let account = json!({"name": "Ada", "password": PASSWORD});
    let made = server.http().post("/api/v1/account", &account).await.expect(201);
    let mut ada = server.http().with_token(made["token"].as_str().unwrap());
    let mut socket = Socket::connect(&server.address(), made["token"].as_str().unwrap()).await;
    socket.event_named("session:ready").await;

    user(&["set-role", "ada", "owner"]).expect_success();
    assert_eq!(
        ada.get("/api/v1/session").await.expect(200)["user"]["role"],
        "owner",
        "what is cached is forgotten"
    );
    user(&["set-role", "Ada", "member"]).expect_refusal(&["last owner"]);
    user(&["suspend", "Ada"]).expect_refusal(&["last owner"]);
    user(&["set-role", "Nobody", "member"]).expect_refusal(&["Nobody"]);
    server.http().post("/api/v1/account", &json!({"name": "Bob", "password": PASSWORD})).await.expect(201);
    user(&["set-role", "Bob", "owner"]).expect_success();
    user(&["suspend", "Ada"]).expect_success();
    socket.closed().await;
    ada.get("/api/v1/session").await.expect_error(401, "unauthenticated");
    assert!(user(&["list"]).output.lines().any(|line| line.contains("suspended") && line.ends_with("Ada")));

    assert!(server.stop().await.success());
    user(&["restore", "Ada"]).expect_success();
    let link = user(&["reset-link", "Ada"]);
    link.expect_success();
    let path = link.output.lines().next().unwrap().to_owned();
    assert!(path.starts_with("/reset/"), "{link:?}");
    server.restart().await;
    assert_eq!(server.http().submit(&path, &[("password", NEW_PASSWORD)]).await.status, 303);
}

#[tokio::test]
async fn the_printed_configuration_is_complete_and_is_accepted_again() {
    let folder = tempfile::tempdir().unwrap();
    let printed = chinwag(folder.path(), &["config", "print"]).run();
    printed.expect_success();
    for key in ["listen", "public-url", "trusted-proxies", "data"] {
        assert!(printed.output.contains(key), "{key}: {}", printed.output);
    }
    assert!(printed.output.lines().any(|line| line.starts_with('#')), "each option is explained");
    let file = folder.path().join("chinwag.toml");
    std::fs::write(&file, &printed.output).unwrap();
    chinwag(folder.path(), &["--config", file.to_str().unwrap(), "config", "check"]).run().expect_success();
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_with_the_nearest_right_word() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chinwag.toml");
    let check = |text: &str| {
        std::fs::write(&file, text).unwrap();
        chinwag(folder.path(), &["--config", file.to_str().unwrap(), "config", "check"]).run()
    };
    check("lisen = [\"127.0.0.1:3000\"]\n").expect_refusal(&["lisen", "listen"]);
    check("listen = [\"nonsense\"]\n").expect_refusal(&["nonsense"]);
    assert_ne!(check("listen = [\n").code, Some(0));
    let missing = folder.path().join("missing.toml");
    chinwag(folder.path(), &["--config", missing.to_str().unwrap(), "config", "check"])
        .run()
        .expect_refusal(&["missing.toml"]);
}

#[tokio::test]
async fn version_and_help_are_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let version = chinwag(folder.path(), &["version"]).run();
    version.expect_success();
    assert!(version.output.contains(env!("CARGO_PKG_VERSION")), "{version:?}");
    let help = chinwag(folder.path(), &["--help"]).run();
    help.expect_success();
    for word in ["serve", "user", "config", "version", "--data", "--listen"] {
        assert!(help.output.contains(word), "{word}: {}", help.output);
    }
    assert_ne!(chinwag(folder.path(), &["no-such-command"]).run().code, Some(0));
    let entries = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(entries, 0, "telling the version leaves nothing behind");
}

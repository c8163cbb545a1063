//! What each action takes: everything that can be asked for, by sockets and HTTP, with tokens of each scope alone and of none.

use chinwag_tests::api::Person;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use hyper::Method;
use serde_json::{Value, json};

use Needs::{Lasting, Session, Token};

const SCOPES: [&str; 5] = ["read", "post", "rooms", "profile", "administration"];
/// Names nobody and nothing: what may be asked for is refused for that, and changes nothing.
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// By what one must be known.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Needs {
    /// By a session.
    Session,
    /// By a session or an access token.
    Lasting,
    /// By any token with this scope.
    Token(&'static str),
}

/// By what somebody is known.
#[derive(Clone, Debug)]
struct Means {
    token: String,
    scopes: Vec<&'static str>,
    is_short: bool,
}

impl Means {
    /// The code with which it must be refused, if it must.
    fn refusal(&self, needs: Needs) -> Option<&'static str> {
        match needs {
            Token(scope) => (!self.scopes.contains(&scope)).then_some("scope_missing"),
            Lasting if !self.is_short => None,
            Session | Lasting => Some("session_required"),
        }
    }

    /// What an answer must say by that.
    fn check(&self, what: &str, needs: Needs, answer: &Value) {
        let code = answer["error"]["code"].as_str();
        let is_ours = code.filter(|code| ["scope_missing", "session_required"].contains(code));
        assert_eq!(
            is_ours,
            self.refusal(needs),
            "{what} by {:?}, short: {}: {answer}",
            self.scopes,
            self.is_short
        );
        assert_ne!(code, Some("payload_invalid"), "{what}: {answer}");
        assert_ne!(code, Some("event_unknown"), "{what}: {answer}");
        assert_ne!(code, Some("unauthenticated"), "{what}: {answer}");
        if let (Some("scope_missing"), Token(scope)) = (code, needs) {
            assert_eq!(answer["error"]["scope"], scope, "{what}: {answer}");
            assert!(answer["error"]["message"].as_str().unwrap().contains(scope), "{what}: {answer}");
        }
    }
}

/// A command: what it takes, its event, the payload, and how it is asked for over HTTP if it can be.
type Command = (Needs, &'static str, Value, Option<(Method, String, Value)>);

/// Every command.
fn commands() -> Vec<Command> {
    let http = |method: Method, path: &str, body: Value| Some((method, format!("/api/v1{path}"), body));
    let get = |path: &str| http(Method::GET, path, Value::Null);
    let delete = |path: &str| http(Method::DELETE, path, Value::Null);
    let put = |path: &str, body: Value| http(Method::PUT, path, body);
    let post = |path: &str, body: Value| http(Method::POST, path, body);
    let room = format!("/rooms/{NOBODY}");
    let member = format!("{room}/members/{NOBODY}");
    let person = format!("/administration/people/{NOBODY}");
    let in_room = |more: Value| super::forge::with(&more, &[("room", json!(NOBODY))]);
    let on_user = |more: Value| super::forge::with(&more, &[("user", json!(NOBODY))]);
    let guess = "what is nobody's password";
    let token = json!({"name": "x", "scopes": ["read"], "days": 1, "password": guess});
    vec![
        (Token("read"), "me:load", json!({}), get("/me")),
        (Token("read"), "workspace:load", json!({}), get("/rooms")),
        (Token("read"), "sync", json!({"cursors": {}}), post("/sync", json!({"cursors": {}}))),
        (Token("read"), "presence:list", in_room(json!({})), get(&format!("{room}/presence"))),
        (Token("read"), "room:load", in_room(json!({})), get(&room)),
        (Token("read"), "room:load", in_room(json!({})), get(&format!("{room}/messages"))),
        (Token("read"), "room:search", in_room(json!({"text": "a"})), get(&format!("{room}/search?text=a"))),
        (Token("read"), "room:members", in_room(json!({})), get(&format!("{room}/members"))),
        (Token("read"), "command:list", json!({}), get("/commands")),
        (Token("read"), "person:search", json!({"text": "a"}), get("/people?text=a")),
        (
            Token("post"),
            "message:send",
            in_room(json!({"text": "a", "nonce": "1"})),
            post(&format!("{room}/messages"), json!({"text": "a", "nonce": "1"})),
        ),
        (
            Token("post"),
            "message:edit",
            in_room(json!({"seq": 1, "version": 1, "text": "a"})),
            http(Method::PATCH, &format!("{room}/messages/1"), json!({"version": 1, "text": "a"})),
        ),
        (Token("post"), "message:delete", in_room(json!({"seq": 1})), delete(&format!("{room}/messages/1"))),
        (Token("post"), "typing:set", in_room(json!({"typing": true})), None),
        // Names that cannot be: nothing is made.
        (
            Token("rooms"),
            "room:create",
            json!({"name": "\u{202E}"}),
            post("/rooms", json!({"name": "\u{202E}"})),
        ),
        (
            Token("rooms"),
            "direct:open",
            json!({"people": [NOBODY]}),
            post("/direct", json!({"people": [NOBODY]})),
        ),
        (Token("rooms"), "room:join", in_room(json!({})), put(&format!("{room}/members/me"), Value::Null)),
        (Token("rooms"), "room:leave", in_room(json!({})), delete(&format!("{room}/members/me"))),
        (Token("rooms"), "room:add", in_room(on_user(json!({}))), put(&member, Value::Null)),
        (Token("rooms"), "room:remove", in_room(on_user(json!({}))), delete(&member)),
        (
            Token("rooms"),
            "room:set_role",
            in_room(on_user(json!({"role": "owner"}))),
            put(&format!("{member}/role"), json!({"role": "owner"})),
        ),
        (
            Token("rooms"),
            "room:rename",
            in_room(json!({"name": "a"})),
            http(Method::PATCH, &room, json!({"name": "a"})),
        ),
        (
            Token("rooms"),
            "room:set_retention",
            in_room(json!({"days": 1})),
            put(&format!("{room}/retention"), json!({"days": 1})),
        ),
        (
            Token("profile"),
            "account:profile",
            json!({"status": "here"}),
            http(Method::PATCH, "/account", json!({"status": "here"})),
        ),
        (Token("administration"), "person:list", json!({}), get("/administration/people")),
        (Token("administration"), "person:load", on_user(json!({})), get(&person)),
        (
            Token("administration"),
            "person:mute",
            on_user(json!({"until": 1})),
            put(&format!("{person}/mute"), json!({"until": 1})),
        ),
        (
            Token("administration"),
            "person:suspend",
            on_user(json!({})),
            put(&format!("{person}/suspension"), json!({})),
        ),
        (
            Token("administration"),
            "person:restore",
            on_user(json!({})),
            delete(&format!("{person}/suspension")),
        ),
        (Token("administration"), "person:ban", on_user(json!({})), put(&format!("{person}/ban"), json!({}))),
        (
            Session,
            "person:set_role",
            on_user(json!({"role": "member"})),
            put(&format!("{person}/role"), json!({"role": "member"})),
        ),
        (Token("administration"), "room:list", json!({}), get("/administration/rooms")),
        (Token("administration"), "invitation:list", json!({}), get("/administration/invitations")),
        (
            Token("administration"),
            "invitation:make",
            json!({"uses": 1, "hours": 1}),
            post("/administration/invitations", json!({"uses": 1, "hours": 1})),
        ),
        (
            Token("administration"),
            "invitation:revoke",
            json!({"invitation": NOBODY}),
            delete(&format!("/administration/invitations/{NOBODY}")),
        ),
        (Token("administration"), "settings:load", json!({}), get("/administration/settings")),
        (Session, "settings:change", json!({"settings": {}}), put("/administration/settings", json!({}))),
        (Token("administration"), "audit:list", json!({}), get("/administration/audit")),
        (Session, "person:reset", on_user(json!({})), post(&format!("{person}/reset"), json!({}))),
        (
            Session,
            "account:password",
            json!({"present": guess, "new": guess}),
            put("/account/password", json!({"present": guess, "new": guess})),
        ),
        (
            Session,
            "account:delete",
            json!({"password": guess}),
            http(Method::DELETE, "/account", json!({"password": guess})),
        ),
        (
            Session,
            "person:take_second_factor",
            on_user(json!({})),
            delete(&format!("{person}/second-factor")),
        ),
        (Session, "second_factor:load", json!({}), get("/account/second-factor")),
        (Session, "second_factor:begin", json!({}), post("/account/second-factor/begin", Value::Null)),
        (
            Session,
            "second_factor:set",
            json!({"pending": guess, "code": "000000"}),
            put("/account/second-factor", json!({"pending": guess, "code": "000000"})),
        ),
        (
            Session,
            "second_factor:renew",
            json!({"code": "000000", "password": guess}),
            post("/account/second-factor/recovery-codes", json!({"code": "000000", "password": guess})),
        ),
        (
            Session,
            "second_factor:remove",
            json!({"code": "000000", "password": guess}),
            http(Method::DELETE, "/account/second-factor", json!({"code": "000000", "password": guess})),
        ),
        (Session, "identity:list", json!({}), get("/account/services")),
        (
            Session,
            "identity:unlink",
            json!({"issuer": "a", "subject": "b", "password": guess}),
            http(
                Method::DELETE,
                "/account/services",
                json!({"issuer": "a", "subject": "b", "password": guess}),
            ),
        ),
        (Session, "session:list", json!({}), get("/sessions")),
        (Session, "session:end", json!({"session": NOBODY}), delete(&format!("/sessions/{NOBODY}"))),
        (Session, "session:end", json!({}), delete("/sessions")),
        (Session, "token:list", json!({}), get("/tokens")),
        (Session, "token:make", token.clone(), post("/tokens", token)),
        (Session, "token:revoke", json!({"id": NOBODY}), delete(&format!("/tokens/{NOBODY}"))),
        (Lasting, "token:short", json!({}), None),
    ]
}

/// What can be asked for over HTTP alone.
fn requests() -> Vec<(Needs, Method, String, Option<&'static str>)> {
    vec![
        (Session, Method::DELETE, "/api/v1/session".into(), None),
        (Session, Method::GET, "/api/v1/account/export".into(), None),
        (Token("profile"), Method::PUT, "/api/v1/account/avatar".into(), Some("image/png")),
        (Token("profile"), Method::DELETE, "/api/v1/account/avatar".into(), None),
        (Token("read"), Method::GET, format!("/avatars/{NOBODY}/1"), None),
        (Token("read"), Method::GET, format!("/avatars/{NOBODY}/1/small"), None),
    ]
}

/// An owner's tokens: one of each scope and one of none, each of both kinds. Those that are to open sockets can read as well.
async fn tokens(server: &mut Server, owner: &mut Person, reading: bool) -> Vec<Means> {
    let mut all = Vec::new();
    for scope in SCOPES {
        let mut scopes = vec![scope];
        if reading && scope != "read" {
            scopes.insert(0, "read");
        }
        let token = owner.make_token(scope, &scopes).await;
        all.push(Means { token, scopes: scopes.clone(), is_short: false });
        let token = owner.short_token(&json!({"minutes": 60, "scopes": scopes})).await;
        all.push(Means { token, scopes, is_short: true });
    }
    if reading {
        return all;
    }
    // One without any is not made; a newer version may have scopes that are not known here.
    let token = owner.make_token("none", &["read"]).await;
    server.stop().await;
    let database = rusqlite::Connection::open(server.data().join("chinwag.db")).unwrap();
    let changed = database.execute("UPDATE session SET scopes = 1 << 20 WHERE name = 'none'", []).unwrap();
    assert_eq!(changed, 1);
    drop(database);
    server.restart().await;
    all.push(Means { token, scopes: Vec::new(), is_short: false });
    all
}

#[tokio::test]
async fn over_http() {
    let mut server = Server::start().await;
    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    let mut walked = 0;
    for means in tokens(&mut server, &mut owner, false).await {
        let mut http = server.http().with_token(&means.token);
        for (needs, event, _, request) in commands() {
            let Some((method, path, body)) = request else { continue };
            let kind = (!body.is_null()).then_some("application/json");
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let reply = http.send(method.clone(), &path, kind, body.into()).await;
            means.check(&format!("{event}: {method} {path}"), needs, &reply.json());
            walked += 1;
        }
        for (needs, method, path, kind) in requests() {
            let reply = http.send(method.clone(), &path, kind, "no picture".into()).await;
            if path.starts_with("/avatars") {
                let status = if means.refusal(needs).is_some() { 403 } else { 404 };
                assert_eq!(reply.status, status, "{path} by {:?}", means.scopes);
            } else {
                means.check(&format!("{method} {path}"), needs, &reply.json());
            }
            walked += 1;
        }
        // Whatever it is good for, it says whose it is.
        assert_eq!(http.get("/api/v1/session").await.expect(200)["user"]["name"], "Olga");
        let short = http.post("/api/v1/tokens/short", &json!({})).await.json();
        let code = short["error"]["code"].as_str();
        match &means {
            Means { is_short: true, .. } => assert_eq!(code, Some("session_required")),
            Means { scopes, .. } if scopes.is_empty() => assert_eq!(code, Some("payload_invalid")),
            Means { .. } => assert_eq!(short["ok"], true, "{short}"),
        }
        if !means.scopes.contains(&"read") {
            let refused = Socket::try_connect(&server.address(), &json!({"token": means.token})).await;
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains("scope_missing") && refused.contains("read"), "{refused}");
        }
    }
    println!("{walked} requests");
    // By a session all of it may be done.
    for (_, event, _, request) in commands() {
        let Some((method, path, body)) = request.filter(|_| event != "session:end") else { continue };
        let kind = (!body.is_null()).then_some("application/json");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = owner.http.send(method, &path, kind, body.into()).await.json();
        let code = answer["error"]["code"].as_str().unwrap_or_default();
        assert!(!["scope_missing", "session_required"].contains(&code), "{event}: {answer}");
    }
}

#[tokio::test]
async fn over_sockets() {
    let mut server = Server::start().await;
    let mut owner = Person::with_role(&server, "Olga", "owner").await;
    let mut walked = 0;
    for means in tokens(&mut server, &mut owner, true).await {
        let socket = Socket::connect(&server.address(), &means.token).await;
        for (needs, event, payload, _) in commands() {
            let answer = socket.ask(event, &payload).await.expect("the connection stays");
            means.check(event, needs, &answer);
            walked += 1;
        }
    }
    println!("{walked} events");
}

#[test]
fn every_command_of_the_documentation_is_walked() {
    let page = include_str!("../../../../docs/api.md");
    let (_, after) = page.split_once("\n## Commands\n").unwrap();
    let (section, _) = after.split_once("\n## What the server sends\n").unwrap();
    let known: Vec<&str> = commands().iter().map(|(_, event, ..)| *event).collect();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    // A row may be about two.
    let cells = rows.filter_map(|row| row.split_once(" | ").map(|(cell, _)| cell));
    let events = cells.flat_map(|cell| cell.split('`').step_by(2)).filter(|word| !word.is_empty());
    let mut count = 0;
    for event in events.filter(|word| word.contains(':') || *word == "sync") {
        // That takes a socket that was opened with a short-lived token.
        assert!(known.contains(&event) || event == "token:refresh", "{event} is not walked");
        count += 1;
    }
    assert!(count > 40, "only {count} commands were found");
}

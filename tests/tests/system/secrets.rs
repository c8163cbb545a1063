//! What must not get out: tokens, links and passwords in logs, on disk and on pages.

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;

/// Uses every secret that there is, in good and bad ways; the secrets.
async fn use_all(server: &Server) -> Vec<String> {
    let mut owner = Person::with_role(server, "Olga", "owner").await;
    let mut ada = Person::sign_up(server, "Ada").await;
    let mut secrets = vec![owner.token.clone(), ada.token.clone(), PASSWORD.to_owned()];
    let first = server.printed_after("first administrator: ").await;
    secrets.push(first.rsplit('/').next().unwrap().to_owned());
    server.http().get(&format!("/first-administrator/{}", secrets[3])).await;

    let wanted = json!({"uses": 5, "hours": 1});
    let made = owner.http.post("/api/v1/administration/invitations", &wanted).await.expect(201);
    let reset = owner
        .http
        .post(&format!("/api/v1/administration/people/{}/reset", ada.id), &json!({}))
        .await
        .expect(201);
    for path in [made["path"].as_str().unwrap(), reset["path"].as_str().unwrap()] {
        server.http().get(path).await.expect(200);
        server.http().submit(path, &[("name", "Bob"), ("password", "short")]).await;
        secrets.push(path.rsplit('/').next().unwrap().to_owned());
    }
    let wrong = json!({"name": "Ada", "password": "my secret guess"});
    server.http().post("/api/v1/session", &wrong).await.expect(401);
    secrets.push("my secret guess".to_owned());
    let change = json!({"present": "my other guess", "new": "battery horse correct"});
    ada.http.put("/api/v1/account/password", &change).await.expect(403);
    secrets.extend(["my other guess".to_owned(), "battery horse correct".to_owned()]);
    let mut socket = Socket::connect(&server.address(), &ada.token).await;
    socket.event_named("session:ready").await;
    let _ = socket.ask("account:password", &change).await;
    secrets.extend(use_tokens(server, &mut ada).await);
    secrets
}

/// Uses tokens of programs, in good and bad ways; the tokens.
async fn use_tokens(server: &Server, ada: &mut Person) -> [String; 3] {
    let access = ada.make_token("bot", &["read"]).await;
    let (short, next) = (ada.short_token(&json!({})).await, ada.short_token(&json!({})).await);
    for token in [&access, &short] {
        let mut bot = server.http().with_token(token);
        bot.get("/api/v1/me").await.expect(200);
        bot.get("/account").await.expect(303);
        bot.post("/api/v1/tokens/short", &json!({"minutes": "x"})).await;
        server.http().get(&format!("/invitation/{token}")).await;
        server.http().get(&format!("/api/v1/tokens/{token}")).await;
        // One that is almost good.
        server.http().with_token(&token[..token.len() - 1]).get("/api/v1/me").await.expect(401);
    }
    let socket = Socket::connect(&server.address(), &short).await;
    socket.expect("token:refresh", &json!({"token": next})).await;
    socket.expect_error("token:refresh", &json!({"token": access}), "token_refused").await;
    let _ = socket.ask("token:refresh", &json!({"token": [&short]})).await;
    [access, short, next]
}

#[tokio::test]
async fn no_secret_is_logged() {
    let server = Server::with().env("CHINWAG_LOG", "trace,tower_http=trace").start().await;
    let secrets = use_all(&server).await;
    let log = server.log();
    assert!(log.contains("/invitation/") && log.contains("/reset/"), "the pages themselves are in the log");
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn no_secret_is_kept_as_it_is() {
    let mut server = Server::start().await;
    let secrets = use_all(&server).await;
    server.stop().await;
    for file in std::fs::read_dir(server.data()).unwrap() {
        let path = file.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {}", path.display());
        }
    }
}

#[tokio::test]
async fn links_lead_to_the_configured_address_whatever_host_a_request_names() {
    let server = Server::with().env("CHINWAG_PUBLIC_URL", "https://chat.example.org").start().await;
    let owner = Person::with_role(&server, "Olga", "owner").await;
    let fields = [("do", "make"), ("note", ""), ("uses", "1"), ("hours", "1")];
    let mut browser = server.http().with_token(&owner.token).with_header("x-forwarded-host", "evil.example");
    let page = browser.submit("/administration/invitations", &fields).await.text();
    assert!(page.contains("https://chat.example.org/invitation/"), "{page}");
    assert!(!page.contains("evil.example"), "{page}");
    assert!(page.contains("<svg class=\"qr\""), "{page}");
    // Without one, they lead to where the request came to, and a host that is none is not repeated.
    let plain = Server::start().await;
    let owner = Person::with_role(&plain, "Olga", "owner").await;
    let page =
        plain.http().with_token(&owner.token).submit("/administration/invitations", &fields).await.text();
    assert!(page.contains(&format!("http://{}/invitation/", plain.address())), "{page}");
}

#[tokio::test]
async fn pages_behind_links_tell_nobody_where_one_came_from() {
    let server = Server::start().await;
    let reply = server.http().get("/invitation/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.header("referrer-policy"), "same-origin");
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_picture_is_written_anew_and_bombs_are_refused() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let mut bob = Person::sign_up(&server, "Bob").await;
    let put = async |person: &mut Person, bytes: Vec<u8>| {
        person.http.send(hyper::Method::PUT, "/api/v1/account/avatar", Some("image/png"), bytes.into()).await
    };
    let drawn = bob.http.get(&format!("/avatars/{}/0", ada.id)).await;
    assert_eq!(drawn.header("content-type"), "image/svg+xml");
    assert!(drawn.header("content-security-policy").contains("sandbox"));
    // A PNG with a comment in it.
    let mut png = PNG.to_vec();
    let comment = b"\0\0\0\x0ctEXtComment\0meet";
    let at = png.len() - 12;
    png.splice(at..at, comment.iter().copied().chain(crc(&comment[4..]).to_be_bytes()));
    let set = put(&mut ada, png.clone()).await.expect(200);
    assert_eq!(set["user"]["avatar"], 1);
    let shown = bob.http.get(&format!("/avatars/{}/1", ada.id)).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, "image/png"));
    assert!(!shown.body.windows(4).any(|part| part == b"meet"), "nothing of the file itself is handed on");
    assert_eq!(server.http().get(&format!("/avatars/{}/1", ada.id)).await.status, 401, "only to who is here");
    let small = format!("/avatars/{}/1/small", ada.id);
    assert_eq!(server.http().get(&small).await.status, 401);
    // At once the picture itself, and soon the small one, which a job makes.
    let begun = std::time::Instant::now();
    let width = |body: &[u8]| u32::from_be_bytes(body[16..20].try_into().unwrap());
    assert_eq!(width(&shown.body), 256);
    loop {
        let shown = bob.http.get(&small).await;
        assert_eq!((shown.status, shown.header("content-type")), (200, "image/png"));
        if width(&shown.body) == 80 {
            assert!(shown.header("cache-control").contains("immutable"));
            break;
        }
        assert!(!shown.header("cache-control").contains("immutable"), "it will be another one");
        assert!(begun.elapsed() < chinwag_tests::DEADLINE, "nobody makes it");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    println!("the small picture was there after {:?}", begun.elapsed());
    assert_eq!(bob.http.get(&format!("/avatars/{}/2/small", ada.id)).await.status, 404);
    let drawn = bob.http.get(&format!("/avatars/{}/0/small", ada.id)).await;
    assert_eq!(drawn.header("content-type"), "image/svg+xml");
    for bad in
        [b"<svg onload=alert(1)>".to_vec(), png[..40].to_vec(), bomb(30_000, 30_000), bomb(8_192, 8_192)]
    {
        put(&mut ada, bad).await.expect_error(400, "picture_invalid");
    }
}

/// One red pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82";

/// The same file, which says that it has this many pixels.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = PNG.to_vec();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// The checksum of a part of a PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 },
        )
    })
}

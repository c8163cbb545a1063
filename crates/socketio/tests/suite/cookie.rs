//! The session cookie.

use std::net::SocketAddr;
use std::time::Duration;

use chinwag_socketio::{BuildError, Builder, Namespace, Refusal, SameSite, SessionCookie, SocketIo};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Polls, Ws, http, serve, within};

fn builder() -> Builder {
    SocketIo::builder().namespace(Namespace::new("/"))
}

/// The cookies that an answer sets, the session's id written as `SID`.
fn cookies(head: &str, sid: &str) -> Vec<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let cookies = lines.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    cookies.map(|(_, value)| value.replace(sid, "SID")).collect()
}

fn sid(open: &str) -> String {
    let open: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
    open["sid"].as_str().unwrap().to_owned()
}

/// What opening a session sets, by polling and by WebSocket.
async fn set(address: SocketAddr) -> [Vec<String>; 2] {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within(stream.read_to_string(&mut answer)).await.unwrap();
    let (head, open) = answer.split_once("\r\n\r\n").unwrap();
    let polling = cookies(head, &sid(open));
    let mut ws = Ws::open(address).await;
    let head = ws.head.clone();
    [polling, cookies(&head, &sid(&ws.text().await))]
}

#[tokio::test]
async fn both_transports_set_the_cookie_that_is_asked_for() {
    let whole = SessionCookie::new("where")
        .path("/chat")
        .domain("example.org")
        .http_only(false)
        .same_site(SameSite::None)
        .max_age(Duration::from_secs(60));
    for (cookie, expected) in [
        (SessionCookie::new("io"), "io=SID; HttpOnly; SameSite=Lax; Path=/"),
        (SessionCookie::new("io").secure(true), "io=SID; HttpOnly; SameSite=Lax; Secure; Path=/"),
        (SessionCookie::new("io").same_site(SameSite::Strict), "io=SID; HttpOnly; SameSite=Strict; Path=/"),
        (whole, "where=SID; SameSite=None; Secure; Path=/chat; Domain=example.org; Max-Age=60"),
    ] {
        let address = serve(&builder().cookie(cookie).build().unwrap()).await;
        assert_eq!(set(address).await, [[expected], [expected]]);
    }
}

#[tokio::test]
async fn there_is_no_cookie_unless_asked_for_and_only_where_a_session_is_opened() {
    let address = serve(&builder().build().unwrap()).await;
    assert_eq!(set(address).await, [[""; 0], [""; 0]]);
    let io = builder()
        .cookie(SessionCookie::new("io"))
        .allow_request(|parts| {
            let refused = parts.uri.query().is_some_and(|query| query.contains("refused"));
            async move { if refused { Err(Refusal::forbidden("no")) } else { Ok(()) } }
        })
        .build()
        .unwrap();
    let address = serve(&io).await;
    let polls = Polls::open(address).await;
    let answers = [
        polls.post("40").await,
        polls.get().await,
        http(address, "GET", "EIO=4&transport=polling&refused", "").await,
        http(address, "GET", "EIO=4&transport=polling&sid=unknown", "").await,
    ];
    for answer in answers {
        assert!(!answer.head.contains("set-cookie"), "{}", answer.head);
    }
    let upgrade = format!("EIO=4&transport=websocket&sid={}", polls.sid);
    assert!(!Ws::open_with(address, &upgrade, "").await.unwrap().head.contains("set-cookie"));
}

#[tokio::test]
async fn cookies_that_cannot_be_written_are_refused_when_the_server_is_built() {
    let wrong = [
        SessionCookie::new(""),
        SessionCookie::new("a b"),
        SessionCookie::new("a=b"),
        SessionCookie::new("ä"),
        SessionCookie::new("io").path("/; Secure"),
        SessionCookie::new("io").domain("a\r\nb"),
    ];
    for cookie in wrong {
        assert_eq!(builder().cookie(cookie.clone()).build().unwrap_err(), BuildError::Cookie, "{cookie:?}");
    }
}

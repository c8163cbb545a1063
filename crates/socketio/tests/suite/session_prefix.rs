//! Session ids that tell whose the session is.

use chinwag_socketio::{Namespace, SessionCookie, SessionPrefix, SocketId, SocketIo};
use serde_json::json;

use crate::support::{Polls, Ws, http, serve};

#[tokio::test]
async fn session_ids_begin_as_asked_for_and_socket_ids_do_not() {
    let prefix = SessionPrefix::new([0xA5; 16]);
    let builder = || SocketIo::builder().namespace(Namespace::new("/")).cookie(SessionCookie::new("io"));
    let here = serve(&builder().session_prefix(prefix).build().unwrap()).await;
    let other = serve(&builder().session_prefix(SessionPrefix::new([0x5A; 16])).build().unwrap()).await;
    let without = serve(&builder().build().unwrap()).await;

    let (polls, id) = Polls::joined(here).await;
    assert_eq!(SessionPrefix::of_request(&polls.query()), Some(prefix));
    assert!(!polls.sid.contains(&id) && id.parse::<SocketId>().is_ok(), "{id} of {}", polls.sid);
    let (second, _) = Polls::joined(here).await;
    assert_eq!(second.sid[..22], polls.sid[..22]);
    assert_ne!(second.sid[22..], polls.sid[22..]);
    let mut ws = Ws::open(here).await;
    assert!(ws.text().await.contains(&polls.sid[..22]));

    // It is known to the server that has it, by its whole id.
    let own = polls.sid.as_str();
    for (address, sid) in [(other, own), (without, own), (here, &own[22..]), (here, &own[..22])] {
        let answer = http(address, "GET", &format!("EIO=4&transport=polling&sid={sid}"), "").await;
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(1)), "{sid}");
    }
    let mut ws = Ws::upgrading(&polls).await;
    ws.probe().await;
}

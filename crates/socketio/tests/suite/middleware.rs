//! Who is asked before a client joins, and before an event is handled.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chinwag_socketio::{
    ConnectError, Event, EventName, Handshake, Namespace, Payload, Rejection, Reply, Socket, SocketIo,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::{Got, Ws, eventually, serve, within};

async fn with(namespace: Namespace) -> SocketAddr {
    serve(&SocketIo::builder().namespace(namespace).build().unwrap()).await
}

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A guard that writes down that it was asked, and refuses who gives its name as `refuse`.
fn guard(log: &Log, name: &'static str) -> impl Fn(Handshake) -> Guarded + Send + Sync + 'static {
    let log = log.clone();
    move |handshake| {
        let log = log.clone();
        Box::pin(async move {
            tokio::task::yield_now().await;
            log.add(name);
            let auth: Value = handshake.auth().unwrap();
            if auth["refuse"] == name {
                return Err(ConnectError::new(format!("not past {name}")).with_data(json!({ "at": name })));
            }
            Ok(())
        })
    }
}

type Guarded = std::pin::Pin<Box<dyn Future<Output = Result<(), ConnectError>> + Send>>;

#[tokio::test]
async fn guards_are_asked_in_order_and_the_first_error_refuses() {
    let log = Log::default();
    let connect = log.clone();
    let namespace = Namespace::new("/").guard(guard(&log, "first")).guard(guard(&log, "second")).connect(
        move |_: Handshake| {
            connect.add("connect");
            async { Ok(Arc::new(())) }
        },
    );
    let namespace = namespace.guard(guard(&log, "third"));
    let (mut ws, _) = Ws::joined(with(namespace).await).await;
    assert_eq!(log.take(), ["first", "second", "third", "connect"]);
    for (refuse, asked) in [
        ("first", &["first"][..]),
        ("second", &["first", "second"]),
        ("third", &["first", "second", "third"]),
    ] {
        ws = Ws::session(ws.stream.peer_addr().unwrap()).await;
        ws.send(&format!("40{{\"refuse\":\"{refuse}\"}}")).await;
        let told = format!(r#"44{{"message":"not past {refuse}","data":{{"at":"{refuse}"}}}}"#);
        assert_eq!(ws.text().await, told);
        assert_eq!(log.take(), asked);
    }
    // One may try again.
    ws.join("40").await;
}

#[tokio::test]
async fn guards_alone_let_in_who_passes_and_see_the_headers_in_every_namespace() {
    let sees = |_: ()| {
        async |handshake: Handshake| {
            let seen = handshake.headers().get("x-test").is_some_and(|value| value == "yes");
            if seen { Ok(()) } else { Err(ConnectError::new("nothing is seen")) }
        }
    };
    let io = SocketIo::builder()
        .namespace(Namespace::new("/").guard(sees(())))
        .namespace(Namespace::new("/b").guard(sees(())))
        .build()
        .unwrap();
    let address = serve(&io).await;
    let mut ws = Ws::open_with(address, "EIO=4&transport=websocket", "X-Test: yes\r\n").await.unwrap();
    ws.text().await;
    ws.join("40").await;
    ws.send("40/b,").await;
    assert!(ws.text().await.starts_with("40/b,{"));
}

#[tokio::test]
async fn a_guard_that_panics_ends_the_connection() {
    let later = Namespace::new("/later").guard(async |_: Handshake| {
        tokio::task::yield_now().await;
        panic!("on purpose")
    });
    let now = Namespace::new("/now").guard(|handshake: Handshake| {
        assert!(handshake.namespace() != "/now", "on purpose");
        async { Ok(()) }
    });
    let io = SocketIo::builder().namespace(later).namespace(now).build().unwrap();
    let address = serve(&io).await;
    for packet in ["40/later,", "40/now,"] {
        let mut ws = Ws::session(address).await;
        ws.send(packet).await;
        assert!(matches!(ws.next().await, Got::Close(_)), "{packet}");
    }
    eventually("nobody is left", || io.figures().connections == 0).await;
}

#[tokio::test]
async fn a_guard_that_never_answers_holds_nothing_when_its_client_is_gone() {
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let (asked, dropped) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicBool::new(false)));
    let log = Log::default();
    let namespace = Namespace::new("/")
        .guard({
            let (asked, dropped) = (asked.clone(), dropped.clone());
            move |_: Handshake| {
                let held = Dropped(dropped.clone());
                asked.add_permits(1);
                async move {
                    std::future::pending::<()>().await;
                    drop(held);
                    Ok(())
                }
            }
        })
        .guard(guard(&log, "next"));
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let mut ws = Ws::session(serve(&io).await).await;
    ws.send("40").await;
    ws.send("42[\"an event that waits\"]").await;
    within(asked.acquire()).await.unwrap().forget();
    drop(ws);
    eventually("the guard is dropped", || dropped.load(Ordering::SeqCst)).await;
    eventually("nothing is left", || io.figures() == Default::default()).await;
    assert!(log.take().is_empty());
}

#[tokio::test]
async fn middleware_of_events_is_asked_in_order_and_may_reject() {
    let log = Log::default();
    let check = |name: &'static str| {
        let log = log.clone();
        move |event: &Event| {
            let (log, event) = (log.clone(), event.name().to_owned());
            async move {
                tokio::task::yield_now().await;
                log.add(format!("{name} {event}"));
                if event == name { Err(Rejection::new("forbidden", format!("No {name}."))) } else { Ok(()) }
            }
        }
    };
    let handled = log.clone();
    let namespace = Namespace::new("/")
        .before_event(check("first"))
        .before_event(check("second"))
        .on("fine", |Payload(n): Payload<u32>| async move { Reply(n + 1) })
        .on("second", move || {
            handled.add("handled");
            async { Reply(()) }
        });
    let (mut ws, _) = Ws::joined(with(namespace).await).await;
    let error =
        |code: &str, message: &str| json!([{ "ok": false, "error": { "code": code, "message": message } }]);
    assert_eq!(ws.ask(1, r#"["fine",1]"#).await, json!([2]));
    assert_eq!(log.take(), ["first fine", "second fine"]);
    assert_eq!(ws.ask(2, r#"["first"]"#).await, error("forbidden", "No first."));
    assert_eq!(log.take(), ["first first"]);
    assert_eq!(ws.ask(3, r#"["second"]"#).await, error("forbidden", "No second."));
    assert_eq!(log.take(), ["first second", "second second"], "the handler is not called");
    // Without an acknowledgement there is nobody to tell.
    ws.send("42[\"first\"]").await;
    assert_eq!(ws.ask(4, r#"["what"]"#).await, error("event_unknown", "There is no event \"what\"."));
    assert_eq!(log.take(), ["first first", "first what", "second what"]);
}

#[tokio::test]
async fn slow_middleware_and_middleware_that_panics_keep_the_order() {
    let namespace = Namespace::new("/")
        .before_event(|event: &Event| {
            assert!(event.name() != "panics now", "on purpose");
            let panics = event.name() == "panics later";
            let n: u64 = event.arguments().first().unwrap_or(0);
            async move {
                // The later it comes, the shorter it takes.
                tokio::time::sleep(Duration::from_micros(2000 / (n + 1))).await;
                assert!(!panics, "on purpose");
                Ok(())
            }
        })
        .on("n", |socket: Socket, Payload(n): Payload<u64>| async move { socket.emit("n", &n).unwrap() });
    let (mut ws, _) = Ws::joined(with(namespace).await).await;
    for n in 0..60 {
        ws.send(&format!("42[\"n\",{n}]")).await;
        ws.send("42[\"panics now\"]").await;
        ws.send("42[\"panics later\",1000]").await;
    }
    for n in 0..60 {
        assert_eq!(ws.event().await, json!(["n", n]));
    }
    for panics in ["panics now", "panics later"] {
        let answer = ws.ask(1, &format!("[\"{panics}\"]")).await;
        assert_eq!(answer[0]["error"]["code"], "internal", "{panics}");
    }
}

#[tokio::test]
async fn who_is_thrown_out_while_middleware_is_asked_acts_no_more() {
    let log = Log::default();
    let handled = log.clone();
    let namespace = Namespace::new("/chat")
        .before_event(|event: &Event| {
            let socket = event.socket().clone();
            async move {
                socket.kick();
                Ok(())
            }
        })
        .on_unknown(move |EventName(name): EventName| {
            handled.add(name);
            async {}
        });
    let io = SocketIo::builder().namespace(namespace).namespace(Namespace::new("/")).build().unwrap();
    let mut ws = Ws::session(serve(&io).await).await;
    ws.send("40/chat,").await;
    ws.text().await;
    ws.send("42/chat,[\"x\"]").await;
    assert_eq!(ws.text().await, "41/chat,");
    // What comes after it has had its turn when this is answered.
    ws.join("40").await;
    assert!(log.take().is_empty());
}

#[tokio::test]
async fn every_event_is_shown_to_all_listeners_before_anything_else() {
    let log = Log::default();
    let [one, two, checked, handled] = [(); 4].map(|()| log.clone());
    let namespace = Namespace::new("/")
        .on_any(move |event: &Event| {
            one.add(format!("one {} of {}", event.name(), event.socket().namespace()));
            assert!(event.name() != "panics", "on purpose");
        })
        .on_any(move |event: &Event| {
            two.add(format!("two {:?}", event.arguments().all::<Vec<Value>>().unwrap()));
        })
        .before_event(move |event: &Event| {
            checked.add("checked");
            let fine = event.name() != "rejected";
            async move { if fine { Ok(()) } else { Err(Rejection::new("no", "No.")) } }
        })
        .on("known", move || {
            handled.add("handled");
            async { Reply(1) }
        });
    let (mut ws, _) = Ws::joined(with(namespace).await).await;
    assert_eq!(ws.ask(1, r#"["known",1,"a"]"#).await, json!([1]));
    assert_eq!(log.take(), ["one known of /", "two [Number(1), String(\"a\")]", "checked", "handled"]);
    for (event, code) in [("unknown", "event_unknown"), ("rejected", "no"), ("panics", "event_unknown")] {
        assert_eq!(ws.ask(2, &format!("[\"{event}\"]")).await[0]["error"]["code"], code);
        assert_eq!(log.take(), [&format!("one {event} of /"), "two []", "checked"]);
    }
}

#[tokio::test]
async fn who_has_left_may_come_in_again_unless_the_request_was_to_be_forgotten() {
    for forget in [false, true] {
        let guarded = Namespace::new("/chat").guard(async |handshake: Handshake| {
            assert_eq!(handshake.headers()["host"], "test");
            Ok(())
        });
        let builder = SocketIo::builder().namespace(guarded).namespace(Namespace::new("/"));
        let io = builder.forget_handshakes(forget).build().unwrap();
        let (mut ws, _) = Ws::joined(serve(&io).await).await;
        ws.join("40/chat,").await;
        ws.send("41/chat,").await;
        if forget {
            ws.send("40/chat,").await;
            assert!(matches!(ws.rest().await[..], [Got::Close(_)]), "it has to come with a new request");
        } else {
            ws.join("40/chat,").await;
        }
    }
}

#[tokio::test]
async fn what_is_logged_of_a_handshake_is_nothing_to_authenticate_by() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let namespace = Namespace::new("/").guard(move |handshake: Handshake| {
        tell.send(format!("{handshake:?}")).unwrap();
        async { Ok(()) }
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let headers = "Cookie: session=secret\r\nAuthorization: Bearer secret\r\n";
    let query = "EIO=4&transport=websocket&token=secret";
    let mut ws = Ws::open_with(serve(&io).await, query, headers).await.unwrap();
    assert!(ws.text().await.starts_with("0{"));
    ws.join(r#"40{"token":"secret"}"#).await;
    let logged = told.recv().await.unwrap();
    assert!(!logged.contains("secret") && logged.contains("/socket.io/"), "{logged}");
}

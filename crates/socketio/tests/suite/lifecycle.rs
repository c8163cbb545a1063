//! How connections end: by clients, by the server, by force.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{Gate, Got, Polls, Ws, eventually, http, serve, within};
use chinwag_socketio::{Ack, Closing, DisconnectReason, Namespace, Payload, Socket, SocketIo};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A server that tells of each socket that ends.
fn server(
    set: impl FnOnce(Namespace) -> Namespace,
) -> (chinwag_socketio::Builder, UnboundedReceiver<(Socket, DisconnectReason)>) {
    let (tell, told) = unbounded_channel();
    let namespace = Namespace::new("/").on_disconnect(move |socket, reason| {
        let tell = tell.clone();
        async move {
            assert!(!socket.is_connected());
            assert!(socket.rooms().is_empty());
            tell.send((socket, reason)).unwrap();
        }
    });
    (SocketIo::builder().namespace(set(namespace)), told)
}

#[tokio::test]
async fn each_end_is_told_once_with_its_reason() {
    let (builder, mut told) = server(|namespace| namespace);
    let io = builder.build().unwrap();
    let address = serve(&io).await;

    let (ws, _) = Ws::joined(address).await;
    drop(ws);
    assert_eq!(within(told.recv()).await.unwrap().1, DisconnectReason::TransportClose);

    let (mut ws, _) = Ws::joined(address).await;
    ws.send("41").await;
    assert_eq!(within(told.recv()).await.unwrap().1, DisconnectReason::ClientNamespace);
    drop(ws);

    let (mut ws, _) = Ws::joined(address).await;
    ws.send("1").await;
    assert_eq!(within(told.recv()).await.unwrap().1, DisconnectReason::TransportClose);

    let (mut ws, _) = Ws::joined(address).await;
    ws.send("4abc").await;
    assert_eq!(within(told.recv()).await.unwrap().1, DisconnectReason::ParseError);

    let (mut ws, id) = Ws::joined(address).await;
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    socket.kick();
    socket.kick();
    assert_eq!(ws.text().await, "41");
    assert_eq!(within(told.recv()).await.unwrap().1, DisconnectReason::ServerNamespace);
    // The connection stays, and may join again.
    ws.join("40").await;

    let (mut ws, id) = Ws::joined(address).await;
    io.of("/").to(id).disconnect(&Closing::new("gone", 9));
    assert_eq!(ws.event().await, json!(["server:closing", { "code": "gone", "retry_ms": 9 }]));
    assert_eq!(ws.next().await, Got::Close(Some(1000)));
    assert_eq!(ws.next().await, Got::End);
    assert_eq!(within(told.recv()).await.unwrap().1, DisconnectReason::ServerClose);

    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn who_posts_while_it_is_sent_away_still_hears_why() {
    let (builder, mut told) = server(|namespace| {
        namespace.on("away", |socket: Socket| async move { socket.disconnect(Closing::new("moved", 9)) })
    });
    let address = serve(&builder.build().unwrap()).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    polls.post("42[\"away\"]").await;
    assert_eq!(within(told.recv()).await.unwrap().1, DisconnectReason::ServerClose);
    // It does not know yet. For a client a POST that fails is the end, before it has heard what waits for it.
    assert_eq!(polls.post("42[\"away\"]").await.body, "ok");
    assert_eq!(polls.get().await.body, "42[\"server:closing\",{\"code\":\"moved\",\"retry_ms\":9}]");
    assert_eq!(polls.post("3").await.body, "ok");
    assert_eq!(polls.get().await.body, "1");
    assert_eq!(polls.post("3").await.status, 400);
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn a_handler_is_finished_when_its_client_vanishes() {
    let done = Arc::new(AtomicUsize::new(0));
    let (builder, mut told) = server(|namespace| {
        let done = done.clone();
        namespace.on("slow", move |socket: Socket, ack: Ack| {
            let done = done.clone();
            async move {
                socket.join("late");
                tokio::time::sleep(Duration::from_millis(100)).await;
                socket.join("too late");
                done.fetch_add(1, Ordering::SeqCst);
                ack.send(&1);
            }
        })
    });
    let io = builder.build().unwrap();
    let address = serve(&io).await;
    let (mut ws, _) = Ws::joined(address).await;
    ws.send("421[\"slow\"]").await;
    // This one has come before the client went, and is done as well.
    ws.send("42[\"slow\"]").await;
    tokio::time::sleep(Duration::from_millis(30)).await;
    drop(ws);
    eventually("its rooms' end", || io.figures().rooms == 0).await;
    assert_eq!(within(told.recv()).await.unwrap().1, DisconnectReason::TransportClose);
    assert_eq!(done.load(Ordering::SeqCst), 2);
    eventually("the end of everything", || io.figures() == Default::default()).await;
}

#[tokio::test]
async fn who_is_thrown_out_acts_no_more() {
    let done = Arc::new(AtomicUsize::new(0));
    let (builder, mut told) = server(|namespace| {
        let done = done.clone();
        namespace.on("act", move |socket: Socket| {
            let done = done.clone();
            async move {
                done.fetch_add(1, Ordering::SeqCst);
                socket.close();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    });
    let address = serve(&builder.build().unwrap()).await;
    let (mut ws, _) = Ws::joined(address).await;
    for _ in 0..5 {
        ws.send("42[\"act\"]").await;
    }
    assert_eq!(within(told.recv()).await.unwrap().1, DisconnectReason::ServerClose);
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_reads_too_slowly_is_told_and_closed_and_nobody_else_suffers() {
    let (builder, mut told) = server(|namespace| namespace);
    let io = builder.outbox_limit(100_000).slow_retry_ms(77).build().unwrap();
    let address = serve(&io).await;
    let (mut slow, slow_id) = Ws::joined(address).await;
    let (mut quick, _) = Ws::joined(address).await;
    let text = "x".repeat(10_000);
    let mut sent = 0;
    // The kernel's buffers fill first.
    while io.figures().sockets == 2 {
        io.of("/").emit("x", &text).unwrap();
        sent += 1;
        assert_eq!(quick.event().await[0], "x");
        assert!(sent < 10_000, "never too slow");
    }
    let (socket, reason) = within(told.recv()).await.unwrap();
    assert_eq!((socket.id().to_string(), reason), (slow_id, DisconnectReason::Slow));
    // What it reads now is whole, in order, and ends with the word why.
    let mut last = Got::End;
    let mut count = 0;
    for got in slow.rest().await {
        if let Got::Text(text) = &got
            && text.starts_with("42[\"x\"")
        {
            count += 1;
            continue;
        }
        if let Got::Close(code) = got {
            assert_eq!(code, Some(1013));
            continue;
        }
        last = got;
    }
    assert_eq!(last, Got::Text(r#"42["server:closing",{"code":"slow","retry_ms":77}]"#.into()));
    assert!(count > 0 && count < sent);
    io.of("/").emit("still", &"here").unwrap();
    assert_eq!(quick.event().await, json!(["still", "here"]));
}

#[tokio::test]
async fn a_packet_over_the_outbox_limit_is_sent_to_who_is_up_to_date() {
    let (builder, _told) = server(|namespace| namespace);
    let io = builder.outbox_limit(1000).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    io.of("/").emit("x", &"x".repeat(3_000_000)).unwrap();
    assert_eq!(ws.event().await[1].as_str().unwrap().len(), 3_000_000);
}

#[tokio::test]
async fn shutting_down_tells_everybody_and_waits_for_handlers() {
    let done = Arc::new(AtomicUsize::new(0));
    let (builder, mut told) = server(|namespace| {
        let done = done.clone();
        namespace.on("work", move |Payload(ms): Payload<u64>, ack: Ack| {
            let done = done.clone();
            async move {
                ack.send(&"begun");
                tokio::time::sleep(Duration::from_millis(ms)).await;
                done.fetch_add(1, Ordering::SeqCst);
            }
        })
    });
    let io = builder.build().unwrap();
    let address = serve(&io).await;
    let (mut ws, _) = Ws::joined(address).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    let idle = Polls::open(address).await;
    ws.ask(1, "[\"work\",200]").await;

    let closing = json!(["server:closing", { "code": "draining", "retry_ms": 1000 }]);
    let (drained, (told_why, ended), idle, _) = tokio::join!(
        io.shutdown(Closing::draining(1000), Duration::from_secs(5)),
        async { (polls.get().await, polls.get().await) },
        idle.get(),
        async {
            assert_eq!(ws.event().await, closing);
            assert_eq!(ws.next().await, Got::Close(Some(1001)));
            assert_eq!(ws.next().await, Got::End);
        }
    );
    assert!(drained);
    // Apart, because clients could take the end first.
    assert_eq!((told_why.body, ended.body), (format!("42{closing}"), "1".to_owned()));
    assert_eq!(idle.body, "1");
    assert_eq!(done.load(Ordering::SeqCst), 1);
    assert_eq!(told.recv().await.unwrap().1, DisconnectReason::Draining);
    assert_eq!(told.recv().await.unwrap().1, DisconnectReason::Draining);
    assert_eq!(io.figures(), Default::default());
    assert_eq!(http(address, "GET", "EIO=4&transport=polling", "").await.status, 503);
}

#[tokio::test]
async fn what_is_in_hand_when_the_server_goes_down_is_answered() {
    let begun = Arc::new(AtomicUsize::new(0));
    let (builder, mut told) = server(|namespace| {
        let begun = begun.clone();
        namespace.on("work", move |Payload(ms): Payload<u64>, ack: Ack| {
            let begun = begun.clone();
            async move {
                begun.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(ms)).await;
                ack.send(&"done");
            }
        })
    });
    let io = builder.build().unwrap();
    let address = serve(&io).await;
    let (mut quick, _) = Ws::joined(address).await;
    let (mut slow, _) = Ws::joined(address).await;
    quick.send("421[\"work\",100]").await;
    quick.send("422[\"work\",0]").await;
    slow.send("421[\"work\",2000]").await;
    eventually("both work", || begun.load(Ordering::SeqCst) == 2).await;
    let start = tokio::time::Instant::now();
    let (drained, ..) = tokio::join!(
        io.shutdown(Closing::draining(1), Duration::from_secs(1)),
        async {
            assert_eq!(quick.ack(1).await, json!(["done"]));
            assert_eq!(quick.event().await[0], "server:closing");
            assert_eq!(quick.next().await, Got::Close(Some(1001)), "the second was not begun");
        },
        async {
            assert_eq!(slow.event().await[0], "server:closing");
            assert!(start.elapsed() >= Duration::from_millis(400), "the handler had half of the deadline");
            assert_eq!(slow.next().await, Got::Close(Some(1001)));
        }
    );
    assert!(!drained, "the handler goes on");
    assert!(told.recv().await.is_some());
    assert_eq!(begun.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn shutting_down_keeps_its_deadline() {
    let (builder, _told) = server(|namespace| {
        namespace.on("work", |ack: Ack| async move {
            ack.send(&"begun");
            tokio::time::sleep(Duration::from_millis(400)).await;
        })
    });
    let io = builder.build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    ws.ask(1, "[\"work\"]").await;
    let start = tokio::time::Instant::now();
    assert!(!io.shutdown(Closing::draining(1), Duration::from_millis(100)).await);
    assert!(start.elapsed() < Duration::from_millis(300));
    assert!(io.shutdown(Closing::draining(1), Duration::from_secs(5)).await);
}

#[tokio::test]
async fn coming_and_going_leaves_nothing_behind() {
    let (builder, mut told) =
        server(|namespace| namespace.on_connect(|socket| async move { socket.join("room") }));
    let io = builder.upgrade_timeout(Duration::from_millis(200)).build().unwrap();
    let address = serve(&io).await;
    let clients = (0..100).map(|n| {
        tokio::spawn(async move {
            match n % 4 {
                0 => drop(Ws::joined(address).await),
                1 => drop(Ws::open(address).await),
                2 => {
                    let polls = Polls::open(address).await;
                    polls.post("40").await;
                    let query = format!("EIO=4&transport=websocket&sid={}", polls.sid);
                    let mut ws = Ws::open_with(address, &query, "").await.unwrap();
                    ws.send("2probe").await;
                    ws.text().await;
                    ws.send("5").await;
                    ws.text().await;
                }
                _ => {
                    let polls = Polls::open(address).await;
                    polls.post("40\u{1e}1").await;
                }
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    eventually("the end of everything", || io.figures() == Default::default()).await;
    let mut ended = 0;
    while told.try_recv().is_ok() {
        ended += 1;
    }
    // Those whose CONNECT and end crossed may never have joined.
    assert!((50..=75).contains(&ended), "{ended}");
}

/// A namespace that tells of who comes and who leaves.
fn telling() -> (Namespace, UnboundedReceiver<&'static str>) {
    let (came, told) = unbounded_channel();
    let left = came.clone();
    let namespace = Namespace::new("/")
        .on_connect(move |_: Socket| {
            came.send("comes").unwrap();
            async {}
        })
        .on_disconnect(move |_, _| {
            left.send("leaves").unwrap();
            async {}
        });
    (namespace, told)
}

#[tokio::test]
async fn that_a_client_left_is_told_before_it_comes_back() {
    let (namespace, mut told) = telling();
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let (polls, _) = Polls::joined(serve(&io).await).await;
    // In one request, as from a client that disconnects and connects again.
    polls.post("41\u{1e}40").await;
    for expected in ["comes", "leaves", "comes"] {
        assert_eq!(within(told.recv()).await, Some(expected));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_just_being_let_in_when_the_server_goes_down_is_sent_away_too() {
    let gate = Gate::new();
    let asked = gate.clone();
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder
        .over_tls(move |_| {
            // Where the application is asked without a future.
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(asked.clone().pass()));
            None
        })
        .build()
        .unwrap();
    let address = serve(&io).await;
    let opening = tokio::spawn(async move { Ws::session(address).await });
    gate.reached().await;
    let ending = io.clone();
    let ending =
        tokio::spawn(async move { ending.shutdown(Closing::draining(1), Duration::from_secs(5)).await });
    eventually("it goes down", || {
        tokio::task::block_in_place(|| {
            let refused = tokio::runtime::Handle::current().block_on(http(
                address,
                "GET",
                "EIO=4&transport=polling",
                "",
            ));
            refused.status == 503
        })
    })
    .await;
    let over = ending.is_finished();
    gate.open();
    assert!(!over, "there is somebody to wait for");
    let mut ws = within(opening).await.unwrap();
    assert_eq!(ws.next().await, Got::Close(Some(1001)));
    assert!(within(ending).await.unwrap());
}

#[tokio::test]
async fn a_server_that_goes_down_does_not_wait_for_who_is_asked_about_a_request() {
    let gate = Gate::new();
    let asked = gate.clone();
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder
        .allow_request(move |_| {
            let gate = asked.clone();
            async move {
                gate.pass().await;
                Ok(())
            }
        })
        .build()
        .unwrap();
    let address = serve(&io).await;
    let opening = tokio::spawn(async move { http(address, "GET", "EIO=4&transport=polling", "").await });
    gate.reached().await;
    assert!(within(io.shutdown(Closing::draining(1), Duration::from_secs(30))).await);
    assert_eq!(within(opening).await.unwrap().status, 503);
}

#[tokio::test]
async fn that_a_client_was_thrown_out_is_told_before_it_comes_back() {
    let (namespace, mut told) = telling();
    let gate = Gate::new();
    let before = gate.clone();
    let namespace = namespace.on("work", move || before.clone().pass());
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    ws.send("42[\"work\"]").await;
    gate.reached().await;
    io.of("/").kick();
    assert_eq!(ws.text().await, "41");
    // It comes back while the handler is still in hand, and so before its end is looked at.
    ws.send("40").await;
    ws.send("421[\"nothing\"]").await;
    let events = || io.totals().find(|total| total.name == "events_in").unwrap().value;
    eventually("all of it has been read", || events() == 2).await;
    gate.open();
    for expected in ["comes", "leaves", "comes"] {
        assert_eq!(within(told.recv()).await, Some(expected));
    }
}

#[tokio::test]
async fn a_handler_that_asks_its_client_is_finished_when_the_server_goes_down() {
    let gate = Gate::new();
    let before = gate.clone();
    let namespace = Namespace::new("/").on("work", move |socket: Socket, ack: Ack| {
        let before = before.clone();
        async move {
            before.pass().await;
            // Here, and on a task of its own.
            let again = socket.clone();
            let sure = socket.emit_with_ack::<String, _>("sure?", &(), Duration::from_secs(5)).await;
            let asking = async move {
                // By then nothing is read from the client any more.
                tokio::time::sleep(Duration::from_millis(50)).await;
                again.emit_with_ack::<String, _>("really?", &(), Duration::from_secs(5)).await
            };
            let really = tokio::spawn(asking).await.unwrap();
            ack.send(&(sure.unwrap(), really.unwrap()));
        }
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    ws.send("421[\"work\"]").await;
    gate.reached().await;
    let (drained, ()) = tokio::join!(io.shutdown(Closing::draining(1), Duration::from_secs(5)), async {
        // It has been noticed by then.
        tokio::time::sleep(Duration::from_millis(100)).await;
        gate.open();
        for _ in 0..2 {
            let text = ws.text().await;
            let id = text.strip_prefix("42").unwrap().split_once('[').unwrap().0.to_owned();
            // It says something else, too, which is not read for a while.
            ws.send("42[\"more\"]").await;
            ws.send(&format!("43{id}[\"yes\"]")).await;
        }
        assert_eq!(ws.ack(1).await, json!([["yes", "yes"]]));
        assert_eq!(ws.event().await[0], "server:closing");
    });
    assert!(drained);
}

//! What one client, one address and all clients together may cost.

use std::net::SocketAddr;
use std::time::Duration;

use chinwag_socketio::{Ack, Encoded, Namespace, PeerAddr, Refusal, Socket, SocketId, SocketIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::masked::masked;
use crate::support::{Gate, Got, Polls, Ws, eventually, http_with, serve, within};

/// A client that has joined by polling, and does not poll.
async fn silent(address: SocketAddr) -> (Polls, SocketId) {
    let (polls, id) = Polls::joined(address).await;
    (polls, id.parse().unwrap())
}

fn text(length: usize) -> String {
    "x".repeat(length)
}

#[tokio::test]
async fn who_is_furthest_behind_goes_first_when_all_together_are_over_the_budget() {
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder.outbox_limit(10 << 20).outbox_budget(1 << 20).build().unwrap();
    let address = serve(&io).await;
    let (little, little_id) = silent(address).await;
    let (much, much_id) = silent(address).await;
    let send = |id: SocketId, length| io.of("/").to(id.to_string()).emit("news", &text(length)).unwrap();
    send(much_id, 400_000);
    send(much_id, 200_000);
    send(little_id, 300_000);
    assert!(io.figures().outbox_bytes >= 900_000, "{:?}", io.figures());
    send(little_id, 200_000);
    let told = within(much.get()).await.body;
    assert_eq!(told, "42[\"server:closing\",{\"code\":\"slow\",\"retry_ms\":1000}]");
    assert_eq!(within(much.get()).await.body, "1");
    // What was dropped there made room for the other.
    assert_eq!(within(little.get()).await.body.len(), 500_000 + 2 * "42[\"news\",\"\"]".len() + 1);
    eventually("nothing waits", || io.figures().outbox_bytes == 0).await;
}

/// A packet that was begun is kept for the client until it has it, or its time is over. Others are not ended for that.
#[tokio::test]
async fn who_is_up_to_date_stays_when_others_are_ended_in_the_middle_of_a_packet() {
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder.outbox_limit(100 << 20).outbox_budget(16 << 20).build().unwrap();
    let address = serve(&io).await;
    let mut deaf = Vec::new();
    for _ in 0..3 {
        deaf.push(Ws::joined(address).await);
    }
    let (little, little_id) = silent(address).await;
    let send = |id: &str, length| io.of("/").to(id).emit("news", &text(length)).unwrap();
    assert_eq!(send(&little_id.to_string(), 10_000), 1);
    // More than the kernel takes for them, and each a little more than half of what may be there.
    for (number, (_, id)) in deaf.iter().enumerate() {
        send(id, 16 << 20);
        let begun = || number > 0 || (1_000..15 << 20).contains(&io.figures().outbox_bytes);
        eventually("some of it is written", begun).await;
    }
    eventually("there is room again", || io.figures().outbox_bytes < 14 << 20).await;
    assert!(io.socket("/", little_id).is_some(), "who has little to read is not ended");
    assert_eq!(little.get().await.body.len(), 10_000 + "42[\"news\",\"\"]".len());
}

#[tokio::test]
async fn a_broadcast_that_waits_at_many_counts_once() {
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder.outbox_budget(1 << 20).build().unwrap();
    let address = serve(&io).await;
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(silent(address).await.0);
    }
    io.of("/").emit("news", &text(500_000)).unwrap();
    let waiting = io.figures().outbox_bytes;
    assert!((500_000..520_000).contains(&waiting), "{waiting}");
    for polls in &all {
        assert!(polls.get().await.body.len() > 500_000, "nobody was ended");
    }
    eventually("nothing waits", || io.figures().outbox_bytes == 0).await;
}

#[tokio::test]
async fn what_the_application_keeps_does_not_wait() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).outbox_budget(1 << 20).build().unwrap();
    let address = serve(&io).await;
    let (polls, id) = silent(address).await;
    let kept = [(); 2].map(|()| Encoded::event("/", "n", &text(400_000)).unwrap());
    for packet in &kept {
        assert_eq!(io.of("/").send(packet).unwrap(), 1);
    }
    assert_eq!(polls.get().await.body.len(), 2 * 400_000 + 2 * "42[\"n\",\"\"]".len() + 1);
    eventually("nothing waits", || io.figures().outbox_bytes == 0).await;
    drop(kept);
    assert!(io.socket("/", id).is_some(), "nobody was ended for it");
}

#[tokio::test]
async fn a_flood_without_a_pause_is_bounded_too() {
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder.outbox_limit(100 << 20).outbox_budget(1 << 20).build().unwrap();
    let address = serve(&io).await;
    let (_one, _) = silent(address).await;
    let (_other, _) = silent(address).await;
    let mut most = 0;
    // Not awaiting anything: no other task of this thread can help.
    for _ in 0..100 {
        io.of("/").emit("news", &text(100_000)).unwrap();
        most = most.max(io.figures().outbox_bytes);
    }
    assert!(most <= (1 << 20) / 4 * 5 + 200_000, "{most}");
}

#[tokio::test]
async fn what_is_volatile_is_dropped_where_it_would_be_late() {
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder.build().unwrap();
    let address = serve(&io).await;
    let (polls, id) = silent(address).await;
    let to = || io.of("/").to(id.to_string());
    // Nothing waits: it can go with the next poll.
    assert_eq!(to().volatile().emit("first", &1).unwrap(), 1);
    assert_eq!(to().volatile().emit("late", &2).unwrap(), 0);
    assert_eq!(to().emit("lasting", &3).unwrap(), 1);
    assert_eq!(polls.get().await.body, "42[\"first\",1]\x1e42[\"lasting\",3]");
    let (mut ws, id) = Ws::joined(address).await;
    for number in 0..100 {
        io.of("/").to(id.clone()).volatile().emit("n", &number).unwrap();
    }
    for number in 0..100 {
        assert_eq!(ws.event().await, serde_json::json!(["n", number]), "a client that reads misses nothing");
    }
}

/// The original drops the second, since the first is under way.
#[tokio::test]
async fn what_is_volatile_goes_between_other_events() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).build().unwrap();
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    socket.emit("ev", &1).unwrap();
    socket.volatile().emit("ev", &2).unwrap();
    socket.emit("ev", &3).unwrap();
    for number in 1..=3 {
        assert_eq!(ws.event().await, serde_json::json!(["ev", number]));
    }
}

#[tokio::test]
async fn what_is_volatile_ends_nobody() {
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder.outbox_limit(1000).build().unwrap();
    let address = serve(&io).await;
    let (mut ws, id) = Ws::joined(address).await;
    let mut queued = 0;
    for _ in 0..1000 {
        // All together more than the kernel takes for the client.
        queued += io.of("/").to(id.clone()).volatile().emit("n", &text(20_000)).unwrap();
    }
    assert!(queued < 1000, "one after the other, without a pause, there was no room for all");
    for _ in 0..queued {
        ws.event().await;
    }
    io.of("/").to(id.clone()).emit("still", &"here").unwrap();
    assert_eq!(ws.event().await, serde_json::json!(["still", "here"]));
}

#[tokio::test]
async fn an_address_has_a_number_of_connections() {
    let builder = SocketIo::builder().namespace(Namespace::new("/")).max_connections_per_address(2);
    // As a proxy would tell it.
    let io = builder
        .peer_addr(|parts| {
            let told = parts.headers.get("x-address")?.to_str().ok()?.parse().ok()?;
            Some(PeerAddr(SocketAddr::new(told, 1)).0)
        })
        .build()
        .unwrap();
    let address = serve(&io).await;
    let open = |from: &'static str| async move {
        let header = format!("X-Address: {from}\r\n");
        Ws::open_with(address, "EIO=4&transport=websocket", &header).await
    };
    let mut first = open("192.0.2.1").await.unwrap();
    let _second = open("192.0.2.1").await.unwrap();
    assert_eq!(open("192.0.2.1").await.err(), Some(429));
    let refused = http_with(address, "GET", "EIO=4&transport=polling", "X-Address: 192.0.2.1\r\n", b"").await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (429, 4.into()));
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    let _other = open("192.0.2.2").await.unwrap();
    let _unknown = open("nobody knows").await.unwrap();
    // The networks that a household gets count as one address.
    let _six = open("2001:db8::1").await.unwrap();
    let _seven = open("2001:db8::2").await.unwrap();
    assert_eq!(open("2001:db8::3").await.err(), Some(429));
    assert_eq!(first.text().await.get(..2), Some("0{"));
    first.frame(true, 8, &1000_u16.to_be_bytes()).await;
    assert_eq!(first.next().await, Got::Close(Some(1000)));
    drop(first);
    within(async {
        while open("192.0.2.1").await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn requests_that_the_application_is_still_asked_about_count_as_connections() {
    let gate = Gate::new();
    let asked = gate.clone();
    let builder = SocketIo::builder().namespace(Namespace::new("/")).max_connections(1);
    let io = builder
        .allow_request(move |parts| {
            let (gate, no) = (asked.clone(), parts.headers.contains_key("x-no"));
            async move {
                gate.pass().await;
                if no { Err(Refusal::forbidden("no")) } else { Ok(()) }
            }
        })
        .build()
        .unwrap();
    let address = serve(&io).await;
    let open = |headers| http_with(address, "GET", "EIO=4&transport=polling", headers, b"");
    let first = tokio::spawn(open("x-no: 1\r\n"));
    gate.reached().await;
    assert_eq!(open("").await.status, 503, "it is not even asked");
    gate.open();
    assert_eq!(first.await.unwrap().status, 403);
    // Its place is free again.
    let next = tokio::spawn(open(""));
    gate.reached().await;
    gate.open();
    assert_eq!(next.await.unwrap().status, 200);
}

#[tokio::test]
async fn who_is_gone_takes_nothing_of_what_may_wait() {
    let gate = Gate::new();
    let held = gate.clone();
    let namespace = Namespace::new("/").on("work", move || held.clone().pass());
    let io = SocketIo::builder().outbox_budget(4 << 20).namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    // Their handlers go on when they are gone.
    for _ in 0..7 {
        let (polls, id) = silent(address).await;
        polls.post("42[\"work\"]").await;
        let socket = io.socket("/", id).unwrap();
        (0..9).for_each(|_| socket.emit("n", &text(100_000)).unwrap());
        gate.reached().await;
        polls.post("1").await;
    }
    eventually("nothing waits", || io.figures().outbox_bytes == 0).await;
    assert_eq!(io.figures().connections, 7);
    (0..7).for_each(|_| gate.open());
}

/// Asks so many times at once, as a client does that was offline, and reads all the answers.
async fn pipelined(questions: usize, bytes: usize) {
    let namespace = Namespace::new("/").on("get", move |ack: Ack| async move { ack.send(&text(bytes)) });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let (mut ws, _) = Ws::joined(address).await;
    let asked = |id| masked(0x81, format!("42{id}[\"get\"]").as_bytes(), [0; 4]);
    let frames: Vec<u8> = (0..questions).flat_map(asked).collect();
    ws.stream.write_all(&frames).await.unwrap();
    for id in 0..questions {
        let answer = ws.text().await;
        assert!(answer.starts_with(&format!("43{id}[")), "{id}: {}", &answer[..answer.len().min(100)]);
    }

    // The same by polling.
    let (polls, _) = Polls::joined(address).await;
    let packets: Vec<String> = (0..questions).map(|id| format!("42{id}[\"get\"]")).collect();
    let body = packets.join("\u{1e}");
    let post = polls.post(&body);
    let read = async {
        let mut next = 0;
        while next < questions {
            for answer in polls.get().await.body.split('\u{1e}') {
                assert!(
                    answer.starts_with(&format!("43{next}[")),
                    "{next}: {}",
                    &answer[..answer.len().min(100)]
                );
                next += 1;
            }
        }
    };
    assert_eq!(tokio::join!(post, read).0.status, 200);
}

#[tokio::test]
async fn who_reads_what_it_asks_for_is_not_slow() {
    pipelined(40, 80_000).await;
    // More than may wait for their handlers.
    pipelined(1_000, 6_000).await;
}

#[tokio::test]
async fn who_asks_for_much_and_reads_nothing_is_not_served_for_ever() {
    let namespace = Namespace::new("/").on("get", |ack: Ack| async move { ack.send(&text(1_000_000)) });
    let builder = SocketIo::builder().namespace(namespace).event_queue(16);
    let builder = builder.ping_interval(Duration::from_secs(1)).ping_timeout(Duration::from_millis(300));
    let io = builder.build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    let asking = async {
        for id in 0.. {
            ws.send(&format!("42{id}[\"get\"]")).await;
            if io.figures().connections == 0 {
                return;
            }
        }
    };
    tokio::select! {
        () = asking => {}
        () = eventually("it is thrown out", || io.figures().connections == 0) => {}
    }
}

#[tokio::test]
async fn who_reads_may_be_sent_more_at_once_than_may_wait() {
    let namespace = Namespace::new("/").on("much", |socket: Socket| async move {
        (0..12).for_each(|_| socket.emit("n", &text(100_000)).unwrap());
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    (0..12).for_each(|_| assert_eq!(io.of("/").emit("n", &text(100_000)).unwrap(), 1));
    ws.send("42[\"much\"]").await;
    for _ in 0..24 {
        assert_eq!(ws.event().await[0], "n");
    }
}

#[tokio::test]
async fn no_limit_is_a_limit_too() {
    let namespace = Namespace::new("/").on("hi", |ack: Ack| async move { ack.send(&1) });
    let builder = SocketIo::builder().namespace(namespace).max_payload(usize::MAX).event_queue(usize::MAX);
    let builder = builder.outbox_budget(usize::MAX).outbox_limit(usize::MAX).max_connections(usize::MAX);
    let (mut ws, _) = Ws::joined(serve(&builder.build().unwrap()).await).await;
    assert_eq!(ws.ask(1, "[\"hi\"]").await, serde_json::json!([1]));
}

/// What was sent behind what filled the queue is read when there is room again, however much there was to answer.
#[tokio::test]
async fn large_answers_do_not_keep_what_comes_next_from_being_read() {
    for (queue, length) in [(1, 300_000), (4, 100_000)] {
        let namespace = Namespace::new("/").on("get", move |ack: Ack| async move { ack.send(&text(length)) });
        let io = SocketIo::builder().namespace(namespace).event_queue(queue).build().unwrap();
        let (mut ws, _) = Ws::joined(serve(&io).await).await;
        for round in 0..3 {
            for id in 0..2 * queue as u64 {
                ws.send(&format!("42{}[\"get\"]", round * 100 + id)).await;
            }
            for id in 0..2 * queue as u64 {
                assert_eq!(ws.ack(round * 100 + id).await[0].as_str().unwrap().len(), length);
            }
        }
    }
}

#[tokio::test]
async fn who_has_said_much_may_be_asked_in_the_middle_of_it() {
    let (asking, asked) = (Gate::new(), Gate::new());
    let (begins, ends) = (asking.clone(), asked.clone());
    let namespace = Namespace::new("/")
        // By the handler in hand, after much else.
        .on("ask me", |socket: Socket, ack: Ack| async move {
            socket.emit("n", &text(300_000)).unwrap();
            ack.send(&socket.emit_with_ack::<u8, _>("q", &(), Duration::from_secs(5)).await.unwrap());
        })
        // By somebody else.
        .on("wait", move || {
            let (begins, ends) = (begins.clone(), ends.clone());
            async move {
                begins.pass().await;
                ends.pass().await;
            }
        });
    let io = SocketIo::builder().namespace(namespace).event_queue(4).build().unwrap();
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    ws.send("427[\"ask me\"]").await;
    for _ in 0..10 {
        ws.send("42[\"nothing\"]").await;
    }
    assert_eq!(ws.event().await[0], "n");
    assert_eq!(ws.text().await, "420[\"q\",null]");
    ws.send("430[5]").await;
    assert_eq!(ws.ack(7).await, serde_json::json!([5]));

    ws.send("42[\"wait\"]").await;
    for _ in 0..10 {
        ws.send("42[\"nothing\"]").await;
    }
    asking.reached().await;
    asking.open();
    asked.reached().await;
    // Nothing is read any more: eleven were before, one is in hand, and four wait.
    let read = || io.totals().find(|total| total.name == "events_in").map(|total| total.value);
    eventually("enough waits", || read() == Some(16)).await;
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    let answer =
        tokio::spawn(async move { socket.emit_with_ack::<u8, _>("q", &(), Duration::from_secs(5)).await });
    assert_eq!(ws.text().await, "421[\"q\",null]");
    ws.send("431[6]").await;
    assert_eq!(answer.await.unwrap().unwrap(), 6);
    asked.open();
}

/// Its answers to heartbeats are not read while so much of it waits, but it reads what it asked for.
#[tokio::test]
async fn who_reads_slowly_what_it_asked_for_is_not_thought_dead() {
    const LARGE: usize = 24_000_000;
    let namespace = Namespace::new("/").on("get", |ack: Ack| async move { ack.send(&text(LARGE)) });
    let builder = SocketIo::builder().namespace(namespace).event_queue(4);
    let builder = builder.ping_interval(Duration::from_millis(300)).ping_timeout(Duration::from_millis(500));
    let io = builder.build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    let asked = |id| masked(0x81, format!("42{id}[\"get\"]").as_bytes(), [0; 4]);
    ws.stream.write_all(&(0..10).flat_map(asked).collect::<Vec<u8>>()).await.unwrap();
    let (mut read, mut part) = (0, vec![0; 128 * 1024]);
    while read < LARGE {
        let some = within(ws.stream.read(&mut part)).await.unwrap();
        assert!(some > 0, "closed after {read}");
        read += some;
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    assert_eq!(io.figures().connections, 1);
}

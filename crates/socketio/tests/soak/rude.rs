//! Clients that do not keep to the protocol, or not to the end. The server must not keep them.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Client;
use crate::http::{Http, connect, reset};
use crate::payload::Packet;
use crate::random::Random;
use crate::settings::{CONNECT_TIMEOUT, MAX_PAYLOAD, SLACK, UPGRADE_TIMEOUT};
use crate::storm::{End, PATIENCE, Storm, fault, within};
use crate::transport::{Transport, probe};
use crate::way::{WAYS, WEBSOCKET, Way};
use crate::websocket::{TEXT, WebSocket};

pub(crate) const ALL: [&str; 20] = [
    "connects and says nothing",
    "cuts the handshake",
    "is a stranger",
    "never joins",
    "speaks to a namespace that it is not in",
    "does not answer pings",
    "sends garbage over HTTP",
    "sends garbage over a WebSocket",
    "sends no packets",
    "sends too much over a WebSocket",
    "posts too much",
    "polls twice",
    "gives up a poll",
    "gives up a POST",
    "closes its half",
    "opens a second WebSocket and says nothing",
    "probes and is gone",
    "probes and says nothing",
    "does not read",
    "does not read, and is cut",
];

pub(crate) async fn live(storm: &Arc<Storm>, random: &mut Random) -> Result<(), End> {
    let what = random.pick(&ALL);
    storm.count(what);
    match what {
        "connects and says nothing" => {
            let stream = connect(storm.address, None).await?;
            tokio::time::sleep(Duration::from_millis(random.below(200))).await;
            drop(stream);
            Ok(())
        }
        "cuts the handshake" => cut_handshake(storm, random).await,
        "is a stranger" => stranger(storm, random).await,
        "never joins" => never_joins(storm, random).await,
        "speaks to a namespace that it is not in" => {
            let mut client = joined(storm, random, WEBSOCKET).await?;
            let data = serde_json::json!(["say", 1]);
            client.emit("/guarded", &data, Vec::new()).await?;
            client.until_closed().await.map(drop)
        }
        "does not answer pings" => {
            let ws = raw(storm, None).await?;
            closed(ws.stream, storm.settings.longest(), what).await
        }
        "sends garbage over HTTP" => {
            let mut stream = connect(storm.address, None).await?;
            stream.write_all(&random.bytes(500)).await?;
            stream.write_all(b"\r\n\r\n").await?;
            closed(stream, SLACK, what).await
        }
        "sends garbage over a WebSocket" => {
            let mut ws = raw(storm, None).await?;
            let mut garbage = random.bytes(200);
            // A reserved opcode.
            garbage[0] = 0x83;
            ws.stream.write_all(&garbage).await?;
            closed(ws.stream, SLACK, what).await
        }
        "sends no packets" => {
            let mut ws = raw(storm, None).await?;
            let wrong = random.pick(&["42[1]", "42[\"x\"", "9", "451-[\"x\"]", "44{}", "452-[\"x\"]", "2"]);
            ws.send(TEXT, wrong.as_bytes()).await?;
            // Something that is in place of bytes, where these are waited for.
            ws.send(TEXT, b"42[\"x\"]").await?;
            closed(ws.stream, SLACK, what).await
        }
        "sends too much over a WebSocket" => {
            let mut ws = raw(storm, None).await?;
            // It may be cut in the middle, because nobody reads on.
            let _ = ws.send(TEXT, &vec![b'x'; MAX_PAYLOAD + 1]).await;
            closed(ws.stream, SLACK, what).await
        }
        "posts too much" | "polls twice" | "gives up a poll" | "gives up a POST" => {
            polls_wrongly(storm, what, random).await
        }
        "closes its half" => {
            let mut ws = raw(storm, None).await?;
            ws.stream.shutdown().await?;
            closed(ws.stream, SLACK, what).await
        }
        "opens a second WebSocket and says nothing" | "probes and is gone" | "probes and says nothing" => {
            // But for that it keeps to the protocol.
            abandons_upgrade(storm, what, random).await.map_err(|end| match end {
                End::Gone(how) | End::Fault(how) => End::Fault(format!("who {what}: {how}")),
            })
        }
        _ => does_not_read(storm, what, random).await,
    }
}

async fn joined(storm: &Arc<Storm>, random: &mut Random, way: Way) -> Result<Client, End> {
    let mut client = Client::open(storm, way, random).await?;
    client.join("/", "right").await?;
    Ok(client)
}

/// A WebSocket that is in the main namespace.
async fn raw(storm: &Storm, receive_buffer: Option<u32>) -> Result<WebSocket, End> {
    let query = WEBSOCKET.query("websocket", None);
    let opening = WebSocket::open(storm.address, &query, false, receive_buffer);
    let mut ws = within("the handshake", PATIENCE, opening).await?;
    ws.send(TEXT, b"40").await?;
    within("the first packet", PATIENCE, ws.next()).await?;
    within("the second packet", PATIENCE, ws.next()).await?;
    Ok(ws)
}

/// The server closes it; whatever it says before that is read.
async fn closed(mut stream: TcpStream, within: Duration, who: &str) -> Result<(), End> {
    let mut buffer = vec![0; 4096];
    let read = async {
        loop {
            match stream.read(&mut buffer).await {
                Ok(read) if read > 0 => {}
                Ok(_) | Err(_) => break,
            }
        }
    };
    match tokio::time::timeout(within + SLACK, read).await {
        Ok(()) => Ok(()),
        Err(_) => fault(format!("who {who} is not closed")),
    }
}

async fn cut_handshake(storm: &Storm, random: &mut Random) -> Result<(), End> {
    let mut stream = connect(storm.address, None).await?;
    let request = WebSocket::request(&WEBSOCKET.query("websocket", None), false);
    let length = if random.percent(50) { request.len() } else { random.below(request.len() as u64) as usize };
    stream.write_all(&request.as_bytes()[..length]).await?;
    tokio::time::sleep(Duration::from_millis(random.below(5))).await;
    if random.percent(50) {
        reset(&stream);
    }
    Ok(())
}

async fn stranger(storm: &Storm, random: &mut Random) -> Result<(), End> {
    let mut http = Http::open(storm.address).await?;
    let transport = random.pick(&["polling", "websocket"]);
    if transport == "polling" {
        http.get(&format!("EIO=4&transport={transport}&stranger=1")).await?;
    } else {
        let request = WebSocket::request("EIO=4&transport=websocket&stranger=1", false);
        http.stream.write_all(request.as_bytes()).await?;
    }
    let answer = within("the refusal", PATIENCE, http.answer()).await?;
    if answer.status == 403 { Ok(()) } else { fault(format!("a stranger gets {answer:?}")) }
}

async fn never_joins(storm: &Storm, random: &mut Random) -> Result<(), End> {
    let ways = WAYS.map(|(_, way)| way);
    let mut transport = Transport::open(storm, random.pick(&ways[..4]), None).await?;
    let gone = async {
        loop {
            let answered = match transport.next().await {
                // It is there, so that it is only for not joining that it is closed.
                Ok(Packet::Text(ping)) if ping == "2" => {
                    transport.send(&[Packet::Text("3".into())], random).await
                }
                Ok(_) => Ok(()),
                Err(end) => Err(end),
            };
            match answered {
                Ok(()) => {}
                Err(End::Gone(_)) => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
    };
    within("the end of who never joins", CONNECT_TIMEOUT + SLACK, gone).await
}

async fn polls_wrongly(storm: &Arc<Storm>, what: &'static str, random: &mut Random) -> Result<(), End> {
    let polling = WAYS[2].1;
    let client = joined(storm, random, polling).await?;
    let query = polling.query("polling", Some(&client.transport.sid));
    // The client's own poll, if one waits, would be one too many.
    let mut one = Http::open(storm.address).await?;
    let mut other = Http::open(storm.address).await?;
    match what {
        "posts too much" => {
            let body = vec![b'x'; MAX_PAYLOAD + 1];
            // The answer may come before everything was sent.
            let _ = one.post(&query, "text/plain", &body).await;
            let answer = within("the answer", PATIENCE, one.answer()).await?;
            if answer.status != 413 {
                return fault(format!("too much is answered with {answer:?}"));
            }
        }
        "polls twice" => {
            one.get(&query).await?;
            other.get(&query).await?;
            let (first, second) = tokio::join!(
                within("a poll", PATIENCE, one.answer()),
                within("a poll", PATIENCE, other.answer())
            );
            let (first, second) = (first?.status, second?.status);
            if first == 200 && second == 200 {
                // A ping may have answered the first one before the second came.
                storm.count("polled twice, one after the other");
            }
        }
        "gives up a poll" => {
            one.get(&query).await?;
            tokio::time::sleep(Duration::from_millis(random.below(20))).await;
            if random.percent(50) {
                reset(&one.stream);
            }
        }
        _ => {
            let head =
                format!("POST /socket.io/?{query} HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n42[");
            one.stream.write_all(head.as_bytes()).await?;
            tokio::time::sleep(Duration::from_millis(random.below(20))).await;
            if random.percent(50) {
                reset(&one.stream);
            }
        }
    }
    Ok(())
}

/// The session goes on polling.
async fn abandons_upgrade(storm: &Arc<Storm>, what: &'static str, random: &mut Random) -> Result<(), End> {
    let upgraded = WAYS[3].1;
    let mut client = joined(storm, random, upgraded).await?;
    let sid = client.transport.sid.clone();
    match what {
        "opens a second WebSocket and says nothing" => {
            let query = upgraded.query("websocket", Some(&sid));
            let opening = WebSocket::open(storm.address, &query, false, None);
            let ws = within("the second handshake", PATIENCE, opening).await?;
            client.listen(Duration::from_millis(random.below(500))).await?;
            closed(ws.stream, UPGRADE_TIMEOUT, what).await?;
        }
        "probes and is gone" => {
            let ws = probe(storm, &upgraded, &sid).await?;
            if random.percent(50) {
                reset(&ws.stream);
            }
        }
        _ => {
            let ws = probe(storm, &upgraded, &sid).await?;
            client.listen(Duration::from_millis(random.below(500))).await?;
            closed(ws.stream, UPGRADE_TIMEOUT, what).await?;
        }
    }
    let answer = client.ask("/", &serde_json::json!(["ask", 7]), Vec::new()).await?;
    if answer.data != serde_json::json!([7]) {
        return fault(format!("after an abandoned upgrade: {answer:?}"));
    }
    if random.percent(50) {
        // It may try again.
        client.listen(UPGRADE_TIMEOUT).await?;
        client.transport.upgrade(storm).await?;
        client.ask("/", &serde_json::json!(["ask", 8]), Vec::new()).await?;
    }
    client.close_session().await
}

/// Asks for much and does not read it, until the server has enough of that.
async fn does_not_read(storm: &Storm, what: &'static str, random: &mut Random) -> Result<(), End> {
    let mut ws = raw(storm, Some(4096)).await?;
    for _ in 0..20 {
        // What the server does not read any more breaks at some time.
        if ws.send(TEXT, b"42[\"deluge\"]").await.is_err() {
            break;
        }
    }
    tokio::time::sleep(Duration::from_millis(200 + random.below(800))).await;
    if what == "does not read, and is cut" {
        reset(&ws.stream);
        return Ok(());
    }
    let mut told = false;
    let read = async {
        while let Ok(frame) = ws.next().await {
            told |= frame.payload.starts_with(b"42[\"server:closing\",{\"code\":\"slow\"");
        }
    };
    if tokio::time::timeout(storm.settings.longest() + SLACK, read).await.is_err() {
        return fault("who does not read is not closed");
    }
    storm.count(if told { "was told that it is slow" } else { "was slow, and was not told" });
    Ok(())
}

//! Clients that keep to the protocol, and check that the server does.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, Joined};
use crate::ends;
use crate::random::Random;
use crate::settings::CHILDREN;
use crate::storm::{End, Storm, fault};
use crate::way::Way;

/// Comes, talks and goes.
pub(crate) async fn live(storm: &Arc<Storm>, random: &mut Random) -> Result<(), End> {
    let way = Way::random(random);
    storm.count(way.name);
    match live_in(way, storm, random).await {
        Ok(()) => Ok(()),
        // Nobody who keeps to the protocol is thrown out.
        Err(End::Gone(what) | End::Fault(what)) => fault(format!("{}: {what}", way.name)),
    }
}

async fn live_in(way: Way, storm: &Arc<Storm>, random: &mut Random) -> Result<(), End> {
    let mut client = Client::open(storm, way, random).await?;
    client.answers = random.percent(80);
    if !way.old {
        enter(&mut client, "/", random).await?;
    }
    talk(&mut client, random).await?;
    if way.upgrade {
        client.transport.upgrade(storm).await?;
        storm.count("upgrades");
        talk(&mut client, random).await?;
    }
    ends::end(client, random).await
}

/// Does some random things.
pub(crate) async fn talk(client: &mut Client, random: &mut Random) -> Result<(), End> {
    for _ in 0..1 + random.below(10) {
        if client.storm.is_over() {
            break;
        }
        act(client, random).await?;
        let most = client.storm.settings.pause().as_millis();
        let pause = random.below(u64::try_from(most).unwrap());
        client.listen(Duration::from_millis(pause)).await?;
    }
    Ok(())
}

async fn enter(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let key = random.pick(&["right", "right", "slow", "wrong", "slow-refused", "refused"]);
    let welcome = !key.ends_with("refused") && key != "wrong" || namespace == "/";
    match client.join(namespace, key).await? {
        Joined::Refused if namespace.starts_with("/child-") && welcome => {
            client.storm.count("joinings refused: too many namespaces");
        }
        Joined::Refused if !welcome => client.storm.count("joinings refused"),
        Joined::Anew if welcome => client.storm.count("joinings"),
        other => return fault(format!("{namespace} with the key {key:?}: {other:?}")),
    }
    Ok(())
}

/// Does one thing.
async fn act(client: &mut Client, random: &mut Random) -> Result<(), End> {
    let namespaces = client.namespaces();
    if namespaces.is_empty() {
        return enter(client, "/", random).await;
    }
    let namespace = &*namespaces[random.below(namespaces.len() as u64) as usize];
    match random.below(100) {
        0..8 => come_or_go(client, random).await,
        8..26 => join_room(client, namespace, random).await,
        26..34 => leave_room(client, namespace, random).await,
        34..58 => say(client, namespace, random).await,
        58..62 => whisper(client, namespace, random).await,
        62..70 => ask(client, namespace, random).await,
        70..80 => echo(client, namespace, random).await,
        80..84 => be_asked(client, namespace, random).await,
        84..87 => ask_all(client, namespace, random).await,
        87..90 => wait(client, namespace, random).await,
        90..92 => be_rejected(client, namespace, random).await,
        92..95 => client.transport.ping().await,
        95..97 => client.emit(namespace, &json!(["flood", 1 + random.below(20)]), Vec::new()).await,
        _ => Ok(()),
    }
}

/// Joins a namespace, or leaves one.
async fn come_or_go(client: &mut Client, random: &mut Random) -> Result<(), End> {
    let namespaces = client.namespaces();
    let namespace = match random.below(4) {
        0 if namespaces.len() > 1 => random.pick(&namespaces.iter().collect::<Vec<_>>()).clone(),
        1 => "/guarded".to_owned(),
        // A few more than there is room for.
        _ => format!("/child-{}", random.below(CHILDREN + 5)),
    };
    if !client.is_in(&namespace) {
        return enter(client, &namespace, random).await;
    }
    client.storm.count("namespaces left");
    client.leave(&namespace).await
}

async fn join_room(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let room = room(client, random);
    if let Some(seat) = client.seats.get_mut(namespace) {
        if seat.ears.is_in(&room) {
            return Ok(());
        }
        seat.ears.asks(&room);
    }
    client.ask(namespace, &json!(["join", room]), Vec::new()).await?;
    if let Some(seat) = client.seats.get_mut(namespace) {
        seat.ears.joined(&room);
    }
    client.storm.count("rooms joined");
    Ok(())
}

async fn leave_room(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let Some(seat) = client.seats.get_mut(namespace) else { return Ok(()) };
    let rooms = seat.ears.rooms();
    if rooms.is_empty() {
        return Ok(());
    }
    let room = &rooms[random.below(rooms.len() as u64) as usize];
    seat.ears.leaves(room);
    client.ask(namespace, &json!(["leave", room]), Vec::new()).await?;
    if let Some(seat) = client.seats.get_mut(namespace) {
        seat.ears.left(room);
    }
    client.storm.count("rooms left");
    Ok(())
}

fn room(client: &Client, random: &mut Random) -> String {
    format!("room-{}", random.below(client.storm.settings.rooms()))
}

/// Says something, mostly where it is itself; then it must have heard it before it is told that it was sent.
async fn say(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let rooms = client.seats.get(namespace).map(|seat| seat.ears.rooms()).unwrap_or_default();
    let room = if rooms.is_empty() || random.percent(20) {
        room(client, random)
    } else {
        rooms[random.below(rooms.len() as u64) as usize].clone()
    };
    let padding = if random.percent(20) { 2_000 } else { 10 };
    let Some(said) = client.say_next(namespace, &room, padding) else { return Ok(()) };
    let answer = client.ask(namespace, &json!(["say", said]), Vec::new()).await?;
    if answer.data != json!([true]) {
        return fault(format!("it could not say anything: {}", answer.data));
    }
    client.storm.count("messages said");
    if let Some(seat) = client.seats.get(namespace)
        && seat.ears.is_in(&room)
        && !seat.ears.has_heard(said.life, said.number)
    {
        return fault(format!("it was told that it had said something in {room}, and did not hear it"));
    }
    Ok(())
}

async fn whisper(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let room = room(client, random);
    client.ask(namespace, &json!(["whisper", room]), Vec::new()).await.map(drop)
}

/// Something to send: arguments and their attachments.
fn something(random: &mut Random) -> (Vec<Value>, Vec<Vec<u8>>) {
    let text = "größer \u{1f600} ".repeat(random.pick(&[0, 1, 3, 200]));
    let mut values = vec![json!(random.below(1 << 50)), json!({ "text": text, "nothing": null })];
    let attachments: Vec<Vec<u8>> = (0..random.pick(&[0, 0, 1, 2]))
        .map(|_| {
            let length = random.pick(&[0, 1, 100, 3_000]);
            random.bytes(length)
        })
        .collect();
    values.extend((0..attachments.len()).map(|number| json!({ "_placeholder": true, "num": number })));
    (values, attachments)
}

async fn ask(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let (values, attachments) = something(random);
    let mut data = vec![json!("ask")];
    data.extend(values.iter().cloned());
    let answer = client.ask(namespace, &Value::Array(data), attachments.clone()).await?;
    if answer.data != Value::Array(values) || answer.attachments != attachments {
        return fault(format!("another answer than the question: {answer:?}"));
    }
    client.storm.count("questions to the server");
    Ok(())
}

/// Several echoes, of which the last must have come before the acknowledgement of what is asked then.
async fn echo(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    for _ in 0..1 + random.below(4) {
        let (values, attachments) = something(random);
        client.echo(namespace, values, attachments).await?;
        client.storm.count("echoes");
    }
    ask(client, namespace, random).await
}

async fn be_asked(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let what = random.below(1 << 50);
    let answer = client.ask(namespace, &json!(["ask me", what]), Vec::new()).await?;
    // A client that was slow to answer is told so as well as one that does not.
    let failed = answer.data == json!([{ "failed": true }]);
    if !failed && (answer.data != json!([{ "answer": what }]) || !client.answers) {
        return fault(format!("another answer than it gave: {}", answer.data));
    }
    client.storm.count(if failed { "questions to a client, not answered" } else { "questions to a client" });
    Ok(())
}

async fn ask_all(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let room = room(client, random);
    let answer = client.ask(namespace, &json!(["ask all", room]), Vec::new()).await?;
    if !answer.data[0].is_u64() {
        return fault(format!("no number of answers: {}", answer.data));
    }
    client.storm.count("questions to a room");
    Ok(())
}

async fn wait(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let milliseconds = random.below(300);
    let answer = client.ask(namespace, &json!(["wait", milliseconds]), Vec::new()).await?;
    if answer.data == json!([milliseconds]) { Ok(()) } else { fault(format!("waited {}", answer.data)) }
}

async fn be_rejected(client: &mut Client, namespace: &str, random: &mut Random) -> Result<(), End> {
    let (event, code) =
        random.pick(&[("forbidden", "forbidden"), ("panic", "internal"), ("no such event", "event_unknown")]);
    let answer = client.ask(namespace, &json!([event]), Vec::new()).await?;
    if !answer.data.to_string().contains(code) {
        return fault(format!("{event} is answered with {}", answer.data));
    }
    client.storm.count("events rejected");
    Ok(())
}

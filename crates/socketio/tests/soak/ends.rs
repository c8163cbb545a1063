//! How a polite client goes, and perhaps comes back.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Client, Joined};
use crate::polite;
use crate::random::Random;
use crate::settings::{GRACE, RECOVERY_WINDOW};
use crate::storm::{End, fault};
use crate::way::{WAYS, Way};

/// The ways to go; some are taken more often.
const ENDS: [&str; 12] = [
    "closes the session",
    "leaves and closes",
    "closes the WebSocket",
    "is gone",
    "is cut",
    "is cut while a handler runs",
    "is closed",
    "is sent away",
    "is thrown out",
    "comes back",
    "comes back",
    "comes back",
];

/// What comes of coming back.
const RETURNS: [&str; 3] =
    ["came back to its socket", "came back while the old connection lived", "came back too late"];

/// All that may have happened, and should in each storm.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    let mut ends = ENDS.to_vec();
    ends.dedup();
    ends.into_iter().chain(RETURNS)
}

pub(crate) async fn end(client: Client, random: &mut Random) -> Result<(), End> {
    let mut way = client.transport.way;
    end_or_come_back(client, &mut way, random).await.map_err(|end| match end {
        End::Gone(what) | End::Fault(what) => End::Fault(format!("{}, at last: {what}", way.name)),
    })
}

async fn end_or_come_back(mut client: Client, way: &mut Way, random: &mut Random) -> Result<(), End> {
    // Who came back may come back again.
    loop {
        let end = random.pick(&ENDS);
        client.storm.count(end);
        match end {
            "comes back" if !client.transport.way.old && client.is_in("/") && !client.storm.is_over() => {
                client = come_back(client, random).await?;
                *way = client.transport.way;
                polite::talk(&mut client, random).await?;
            }
            "comes back" => return Ok(()),
            _ => {
                return go(client, end).await.map_err(|problem| match problem {
                    End::Gone(what) | End::Fault(what) => End::Fault(format!("who {end}: {what}")),
                });
            }
        }
    }
}

async fn go(mut client: Client, end: &'static str) -> Result<(), End> {
    let namespaces = client.namespaces();
    let namespace = namespaces.first().map(String::as_str);
    match (end, namespace) {
        ("closes the session", _) => client.close_session().await,
        ("leaves and closes", Some(namespace)) => {
            client.leave(namespace).await?;
            client.close_session().await
        }
        ("closes the WebSocket", _) if !client.transport.is_polling() => {
            client.transport.close().await?;
            client.until_closed().await.map(drop)
        }
        ("is cut", _) => {
            client.transport.reset_on_drop();
            Ok(())
        }
        ("is cut while a handler runs", Some(namespace)) => {
            client.begin_to_ask(namespace, &json!(["wait", 300]), Vec::new()).await?;
            client.transport.reset_on_drop();
            Ok(())
        }
        ("is closed", Some(namespace)) => {
            client.emit(namespace, &json!(["close me"]), Vec::new()).await?;
            client.until_closed().await.map(drop)
        }
        ("is sent away", Some(namespace)) => {
            let asked = Instant::now();
            client.emit(namespace, &json!(["send me away"]), Vec::new()).await?;
            let how = client.until_closed().await?;
            match client.closing {
                Some(closing) if closing == json!({ "code": "moved", "retry_ms": 20 }) => Ok(()),
                // On a busy machine it may come for it too late.
                None if asked.elapsed() >= GRACE => Ok(()),
                closing => fault(format!("sent away with {closing:?}, after {:?}: {how}", asked.elapsed())),
            }
        }
        ("is thrown out", Some(namespace)) => {
            client.to_be_kicked = Some(namespace.to_owned());
            client.emit(namespace, &json!(["kick me"]), Vec::new()).await?;
            client.until_kicked().await?;
            // The connection stays.
            if !client.transport.way.old && namespace == "/" {
                client.join("/", "right").await?;
            }
            client.listen(Duration::from_millis(200)).await
        }
        // It is dropped.
        _ => Ok(()),
    }
}

/// Loses the connection and comes back on another one, in another way.
async fn come_back(mut client: Client, random: &mut Random) -> Result<Client, End> {
    let storm = client.storm.clone();
    let seat = client.seats.remove("/");
    let Some(seat) = seat else { return fault("it was nowhere") };
    let ways = WAYS.map(|(_, way)| way);
    let mut way: Way = random.pick(&ways[..6]);
    way.upgrade = false;
    let lives = random.percent(30);
    let late = random.percent(10);
    if random.percent(50) && !lives {
        client.transport.reset_on_drop();
    }
    // Kept as long as it lives for the client, too.
    let old = lives.then_some(client);
    if late {
        tokio::time::sleep(RECOVERY_WINDOW + Duration::from_secs(1)).await;
    } else if random.percent(50) {
        tokio::time::sleep(Duration::from_millis(random.below(500))).await;
    }
    let mut client = Client::open(&storm, way, random).await?;
    match client.come_back("/", seat).await? {
        Joined::Again if lives => storm.count("came back while the old connection lived"),
        Joined::Again => storm.count("came back to its socket"),
        Joined::Anew if late => storm.count("came back too late"),
        // There is only so much that is kept, and another life may have had to begin anew, too.
        Joined::Anew => storm.count("came back, and had to begin anew"),
        Joined::Refused => return fault("refused when it came back"),
    }
    drop(old);
    Ok(client)
}

//! Clients as they come, which only say how they fare (tests/node/support/watchers.js): socket.io-client with its own pauses
//! before it comes back, and Chinwag's own client in a browser.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chinwag_tests::DEADLINE;
use chinwag_tests::api::Person;
use serde_json::{Value, json};
use xtask::programs;

use crate::cluster::Cluster;

/// How many clients of socket.io-client.
const STOCK: usize = 20;
/// How many browsers.
const BROWSERS: usize = 2;

/// Who.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// One of the clients of socket.io-client.
    Stock(u64),
    /// One of the browsers.
    Own(u64),
}

/// What.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The connection is gone.
    Lost,
    /// It is there again, and the server has said that everything is heard from now on.
    Back,
    /// What was posted is stored, after so long.
    Stored(Duration),
    /// What another posted has come, after so long.
    Heard(Duration),
}

/// What somebody said, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) at: Duration,
    pub(crate) who: Who,
    pub(crate) what: What,
}

/// Now, on the clock of [`Said::at`].
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// The clients. They end with this.
pub(crate) struct Watch {
    process: Child,
    said: Arc<Mutex<Vec<Said>>>,
    /// What was taken already, as far as it tells who is there.
    lost: Vec<Who>,
}

impl Watch {
    /// Starts them, and waits until all are there.
    pub(crate) async fn start(cluster: &Cluster) -> Self {
        let mut host = Person::sign_up(&cluster.nodes[0], "Watcher").await;
        let room = host.create_room("watched").await;
        let mut watchers = Vec::new();
        for number in 0..STOCK + BROWSERS {
            let mut person = Person::sign_up(&cluster.nodes[number % 2], &format!("Watcher {number}")).await;
            person.join(&room).await;
            let transports = match number {
                0..STOCK if number % 2 == 0 => json!(["polling"]),
                0..STOCK => json!(["polling", "websocket"]),
                _ => json!("browser"),
            };
            watchers.push(json!({"token": person.token, "transports": transports}));
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
        let mut command = programs::command("setpriv").unwrap_or_else(|refusal| panic!("{refusal}"));
        command.args(["--pdeathsig", "KILL", "--", "node", "support/watchers.js"]).current_dir(folder);
        command.env("NODE_EXTRA_CA_CERTS", &cluster.certificate);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node starts");
        let settings = json!({"url": cluster.url(), "room": room, "watchers": watchers});
        writeln!(process.stdin.as_ref().unwrap(), "{settings}").unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let said = Arc::<Mutex<Vec<Said>>>::default();
        let heard = Arc::clone(&said);
        // Ends with the process.
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let line: Value =
                    serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a line: {line}"));
                heard.lock().unwrap().push(understood(&line));
            }
        });
        let all = (0..STOCK as u64).map(Who::Stock).chain((STOCK as u64..).take(BROWSERS).map(Who::Own));
        let mut this = Self { process, said, lost: all.collect() };
        this.all_are_well_again().await;
        drop(this.take());
        this
    }

    /// What was said since the last time.
    pub(crate) fn take(&mut self) -> Vec<Said> {
        let said = std::mem::take(&mut *self.said.lock().unwrap());
        for Said { who, what, .. } in &said {
            match what {
                What::Lost => self.lost.push(*who),
                What::Back => self.lost.retain(|lost| lost != who),
                What::Stored(_) | What::Heard(_) => {}
            }
        }
        said
    }

    /// Waits until everybody has a connection, and what they say next is heard and stored.
    pub(crate) async fn all_are_well_again(&mut self) {
        let begun = (Instant::now(), now());
        loop {
            let (mut lost, mut wait) =
                (self.lost.clone(), (0..STOCK as u64).map(Who::Stock).collect::<Vec<_>>());
            for Said { who, what, at } in &*self.said.lock().unwrap() {
                match what {
                    What::Lost => lost.push(*who),
                    What::Back => lost.retain(|lost| lost != who),
                    // Of what was posted after this began.
                    What::Stored(waited) if *at > begun.1 + *waited => wait.retain(|waits| waits != who),
                    What::Stored(_) | What::Heard(_) => {}
                }
            }
            if lost.is_empty() && wait.is_empty() {
                return;
            }
            assert!(
                begun.0.elapsed() < DEADLINE,
                "not well again: {lost:?} without a connection, {wait:?} waiting"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn understood(line: &Value) -> Said {
    let number = line["watcher"].as_u64().expect("a line says who");
    let who = if number < STOCK as u64 { Who::Stock(number) } else { Who::Own(number) };
    let waited = Duration::from_millis(line["waited"].as_u64().unwrap_or_default());
    let what = match line["event"].as_str().expect("a line says what") {
        "lost" => What::Lost,
        "back" => What::Back,
        "stored" => What::Stored(waited),
        "heard" => What::Heard(waited),
        other => panic!("watchers do not say {other}"),
    };
    Said { at: Duration::from_millis(line["at"].as_u64().expect("a line says when")), who, what }
}

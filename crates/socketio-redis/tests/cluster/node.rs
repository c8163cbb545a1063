//! A Node server with the real packages, an emitter, and clients of any server, in a process that does what it is told
//! (tests/node/support/redis-peer.js).

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use xtask::programs;

use crate::support::within;

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

pub(crate) struct Node {
    /// Ends when this is dropped.
    _process: Child,
    input: AsyncMutex<(ChildStdin, u64)>,
    waiting: Waiting,
    /// Where the server listens.
    pub(crate) url: String,
}

impl Node {
    pub(crate) async fn start(redis: &str, key: &str, specific_responses: bool) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/node");
        assert!(
            folder.join("node_modules/@socket.io").exists(),
            "`cargo xtask test npm` installs npm packages"
        );
        let mut command = programs::command("setpriv").unwrap_or_else(|refusal| panic!("{refusal}"));
        // The kernel ends it with the thread of the test.
        command.args(["--pdeathsig", "KILL", "--", "node", "support/redis-peer.js", redis, key]);
        command.arg(specific_responses.to_string()).current_dir(folder);
        let mut process = Command::from(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node starts");
        let input = AsyncMutex::new((process.stdin.take().unwrap(), 0));
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let waiting = Waiting::default();
        let asked = waiting.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = output.next_line().await {
                let answer: Value = serde_json::from_str(&line).expect("an answer");
                let waiting = asked.lock().unwrap().remove(&answer["number"].as_u64().unwrap());
                // The test may have given up.
                let _ = waiting.unwrap().send(answer);
            }
        });
        let mut this = Self { _process: process, input, waiting, url: String::new() };
        this.url = text(&this.call("listen", json!({})).await);
        this
    }

    /// Does something; what comes of it, or its error as `Err`.
    pub(crate) async fn try_call(&self, call: &str, mut with: Value) -> Result<Value, Value> {
        let (sender, receiver) = oneshot::channel();
        let mut input = self.input.lock().await;
        input.1 += 1;
        let number = input.1;
        self.waiting.lock().unwrap().insert(number, sender);
        with["number"] = number.into();
        with["call"] = call.into();
        input.0.write_all(format!("{with}\n").as_bytes()).await.expect("Node runs");
        drop(input);
        let mut answer = within(receiver).await.expect("Node runs");
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].take()),
        }
    }

    pub(crate) async fn call(&self, call: &str, with: Value) -> Value {
        self.try_call(call, with).await.unwrap_or_else(|error| panic!("{call}: {error}"))
    }

    /// Calls methods of the server, `/` being what it stands for itself.
    pub(crate) async fn run(&self, chain: Value) -> Value {
        self.call("run", json!({ "on": "server", "chain": chain })).await
    }

    /// Calls methods of the emitter.
    pub(crate) async fn emitter(&self, chain: Value) {
        self.call("run", json!({ "on": "emitter", "chain": chain })).await;
    }

    /// A client in `/` of a server; its id.
    pub(crate) async fn client(&self, name: &str, at: &str) -> String {
        text(&self.call("client", json!({ "name": name, "at": at })).await)
    }

    pub(crate) async fn join(&self, name: &str, room: &str) {
        self.call("join", json!({ "name": name, "room": room })).await;
    }

    /// What a client has heard since it was asked the last time, up to an event.
    pub(crate) async fn heard(&self, name: &str, until: &str) -> Value {
        self.call("heard", json!({ "name": name, "until": until })).await
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

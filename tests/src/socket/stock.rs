//! A line of the real socket.io-client: many of them live in one Node process (tests/node/support/stock-clients.js).

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use xtask::programs;

use super::line::{END, Line, Packet, READ_AHEAD, Tasks};

/// Lines by their numbers, and whom to tell what comes over them.
type Lines = Arc<Mutex<HashMap<u64, mpsc::UnboundedSender<String>>>>;

/// A process with clients of socket.io-client. It ends with the thread that started it.
#[derive(Debug)]
pub struct StockClients {
    input: Mutex<ChildStdin>,
    lines: Lines,
    next: AtomicU64,
}

impl StockClients {
    /// Starts it. With a certificate, in a file, servers that have it are believed.
    ///
    /// There is one for a whole test, so it may stay until that ends.
    #[must_use]
    pub fn start(certificate: Option<&Path>) -> &'static Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
        assert!(
            folder.join("node_modules/socket.io-client").exists(),
            "`cargo xtask test npm` installs npm packages"
        );
        let mut command = programs::command("setpriv").unwrap_or_else(|refusal| panic!("{refusal}"));
        command.args(["--pdeathsig", "KILL", "--", "node", "support/stock-clients.js"]).current_dir(folder);
        if let Some(certificate) = certificate {
            command.env("NODE_EXTRA_CA_CERTS", certificate);
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node starts");
        let input = Mutex::new(process.stdin.take().unwrap());
        let output = BufReader::new(process.stdout.take().unwrap());
        let lines = Lines::default();
        let told = Arc::clone(&lines);
        // Ends with the process.
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let said: Value =
                    serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a line: {line}"));
                take(&told, &said);
            }
            told.lock().unwrap_or_else(PoisonError::into_inner).clear();
            // It has closed its output, so it ends.
            let _ = process.wait();
        });
        Box::leak(Box::new(Self { input, lines, next: AtomicU64::new(0) }))
    }

    fn say(&self, what: &Value) {
        // If the process has ended, so have all lines.
        let _ = writeln!(self.input.lock().unwrap_or_else(PoisonError::into_inner), "{what}");
    }
}

impl PartialEq for StockClients {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for StockClients {}

/// Gives on what a client has said.
fn take(lines: &Lines, said: &Value) {
    let number = said["line"].as_u64().expect("a line has a number");
    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    match said["packet"].as_str() {
        Some(packet) => {
            if let Some(line) = lines.get(&number) {
                // The test may have cut it in the meantime.
                let _ = line.send(packet.to_owned());
            }
        }
        None => {
            if let Some(line) = lines.remove(&number) {
                // As above.
                let _ = line.send(format!("{END}{}", said["end"]));
            }
        }
    }
}

/// Opens a line to a server, whose address is a URL or a host with a port.
pub(super) fn open(clients: &'static StockClients, transports: &[&str], address: &str) -> Line {
    let number = clients.next.fetch_add(1, Ordering::Relaxed);
    let (outgoing, mut to_send) = mpsc::unbounded_channel();
    let (told, mut heard) = mpsc::unbounded_channel();
    let (tell, incoming) = mpsc::channel(READ_AHEAD);
    clients.lines.lock().unwrap_or_else(PoisonError::into_inner).insert(number, told);
    let url = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    clients.say(&json!({"line": number, "open": url, "transports": transports}));
    let close = Close { clients, number };
    let sender = tokio::spawn(async move {
        // All of it, and not only what is used of it.
        let close = close;
        while let Some(packet) = to_send.recv().await {
            match packet {
                Packet::Text(packet) => close.clients.say(&json!({"line": number, "packet": packet})),
                Packet::Binary(_) => panic!("stock clients are told what to send by text"),
            }
        }
    });
    let reader = tokio::spawn(async move {
        while let Some(packet) = heard.recv().await {
            if tell.send(packet).await.is_err() {
                return;
            }
        }
    });
    Line { outgoing, incoming, tasks: Tasks(vec![sender, reader]) }
}

/// Cuts the line when its tasks end.
struct Close {
    clients: &'static StockClients,
    number: u64,
}

impl Drop for Close {
    fn drop(&mut self) {
        self.clients.lines.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
        self.clients.say(&json!({"line": self.number, "close": true}));
    }
}

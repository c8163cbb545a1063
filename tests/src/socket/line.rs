//! A line to the server: packets in both directions over one of the two transports.

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How many packets are read ahead of who takes them. Beyond that nothing is read, and the server has to wait. A packet
/// may have all that was posted together, half a megabyte.
pub(super) const READ_AHEAD: usize = 8;

/// Something to be sent.
#[derive(Debug)]
pub(super) enum Packet {
    Text(String),
    Binary(Vec<u8>),
}

/// How the last that comes over a line begins where it is known why it ends; no packet begins so.
pub(super) const END: &str = "end: ";

/// An open line. Dropping it cuts it without a word.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) outgoing: mpsc::UnboundedSender<Packet>,
    /// Ends when the server has ended the line.
    pub(super) incoming: mpsc::Receiver<String>,
    pub(super) tasks: Tasks,
}

/// Tasks that end when this is dropped.
#[derive(Debug)]
pub(super) struct Tasks(pub(super) Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// What stands between packets in a payload of HTTP long-polling.
pub(super) const SEPARATOR: char = '\x1e';

//! The command's end of the control socket.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout};

use super::path::SocketPath;
use super::protocol::{Answer, Command, read, write};
use super::server;

/// How long the server may take for one answer; it may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a server that runs.
pub(crate) struct Client {
    /// Where the server's data is.
    folder: PathBuf,
    line: BufReader<UnixStream>,
    /// When the server was last heard of.
    heard: Instant,
}

impl Client {
    /// Connects to the server that runs in a data folder; `None` if none does.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) async fn connect(folder: &Path) -> Result<Option<Self>, String> {
        // By reference: given away, the path would be gone before it is used.
        let connected = async { UnixStream::connect(&SocketPath::within(folder)?).await };
        match connected.await {
            Ok(stream) => Ok(Some(Self {
                folder: folder.to_owned(),
                line: BufReader::new(stream),
                heard: Instant::now(),
            })),
            Err(error) if is_nobody(&error) => Ok(None),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(format!(
                "Only the user that runs the server in {} and root may give it commands; run this as one of them.",
                folder.display()
            )),
            Err(error) => Err(format!("The server in {} cannot be asked: {error}.", folder.display())),
        }
    }

    /// Asks for something.
    ///
    /// # Errors
    /// The server is gone or does not answer; a sentence.
    pub(crate) async fn ask(&mut self, command: &Command) -> Result<Answer, String> {
        // The server hangs up on whoever is silent, like a list whose reader is a person in front of a pager.
        if self.heard.elapsed() > server::PATIENCE / 2 {
            *self = Self::connect(&self.folder).await?.ok_or("The server has ended.")?;
        }
        let asked = async {
            write(&mut self.line, command).await?;
            read(&mut self.line).await
        };
        let fate = "it may have done what it was asked to";
        match timeout(PATIENCE, asked).await {
            Ok(Ok(Some(answer))) => {
                self.heard = Instant::now();
                Ok(answer)
            }
            Ok(Ok(None)) => Err(format!("The server ended before it answered; {fate}.")),
            Ok(Err(error)) => Err(format!("The server cannot be asked: {error}; {fate}.")),
            Err(_) => Err(format!("The server did not answer within {} s; {fate}.", PATIENCE.as_secs())),
        }
    }
}

/// Whether there is no server: no folder, no socket, or one that a dead process left.
fn is_nobody(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::NotADirectory)
}

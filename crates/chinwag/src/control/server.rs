//! The server's end of the control socket.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chinwag_server::Administration;
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::path::SocketPath;
use super::protocol::{Answer, Command, ReadError, read, write};
use super::{NAME, carry_out};

#[cfg(test)]
mod tests;

/// Connections at once; further ones wait.
const CONNECTIONS: usize = 8;
/// How long a request, and the writing of an answer, may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long commands in hand may take when the server stops.
const DRAIN: Duration = Duration::from_secs(3);
/// How long to wait when the system has no descriptor for another connection.
const BREATH: Duration = Duration::from_millis(100);

/// The socket, with the one task that serves it. Dropping it removes it.
pub(crate) struct Server {
    socket: SocketFile,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// The socket's name in the file system, as long as it is there.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(%error, path = %self.0.display(), "the control socket cannot be removed");
        }
    }
}

impl Server {
    /// Takes commands in a data folder. The caller has its lock, so a socket that is there is of a dead process.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn start(folder: &Path, administration: Administration) -> io::Result<Self> {
        let path = folder.join(NAME);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let address = SocketPath::within(folder)?;
        // By reference: given away, it would be gone before it is used.
        let listener = UnixListener::bind(&address)?;
        let socket = SocketFile(path);
        fs::set_permissions(&socket.0, Permissions::from_mode(0o600))?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(serve(listener, administration, stopped));
        Ok(Self { socket, stop, task })
    }

    /// Takes no more commands, finishes those in hand, and removes the socket. To be called before the lock of the
    /// folder goes: after that the name may be another server's.
    pub(crate) async fn stop(mut self) {
        drop(self.socket);
        self.stop.send_replace(true);
        if timeout(DRAIN, &mut self.task).await.is_err() {
            tracing::warn!("some commands on the control socket did not finish in time");
            self.task.abort();
        }
    }
}

async fn serve(listener: UnixListener, administration: Administration, mut stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // Dropped with this task, and its tasks with it.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            // Without a server everything stops as well.
            _ = stopped.wait_for(|stopped| *stopped) => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &places) => accepted,
        };
        match accepted {
            Ok((stream, place)) => {
                let (administration, stopped) = (administration.clone(), stopped.clone());
                connections.spawn(async move {
                    talk(stream, &administration, stopped).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a command could not connect");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn accept(
    listener: &UnixListener,
    places: &Arc<Semaphore>,
) -> io::Result<(UnixStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// Answers one request after another, until the client goes, is silent, or the server stops.
async fn talk(mut stream: UnixStream, administration: &Administration, mut stopped: watch::Receiver<bool>) {
    if !is_allowed(&stream) {
        return;
    }
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    loop {
        let request = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            request = timeout(PATIENCE, read::<Command>(&mut reader)) => request,
        };
        let (answer, last) = match request {
            // Silent for too long, or gone.
            Err(_) | Ok(Ok(None) | Err(ReadError::Io(_))) => return,
            Ok(Ok(Some(command))) => (carry_out(administration, command).await, false),
            Ok(Err(fault)) => {
                let message = format!("This is Chinwag {}: {fault}.", chinwag_server::VERSION);
                (Answer::Refused { message }, true)
            }
        };
        match timeout(PATIENCE, write(&mut writer, &answer)).await {
            Ok(Ok(())) if !last => {}
            Ok(Err(error)) => {
                tracing::debug!(%error, "a command did not wait for its answer");
                return;
            }
            _ => return,
        }
    }
}

/// Whether the other end is the server's own user or root. The socket's mode says the same, but is set a moment after
/// the socket is made.
fn is_allowed(stream: &UnixStream) -> bool {
    let user = rustix::process::geteuid().as_raw();
    let allowed = stream.peer_cred().is_ok_and(|peer| peer.uid() == user || peer.uid() == 0);
    if !allowed {
        tracing::warn!("another user tried to use the control socket");
    }
    allowed
}

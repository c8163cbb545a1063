//! The way between a node and something that it uses, which can be blocked.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// Passes on what comes to its port. It ends with the runtime.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    passes: watch::Sender<bool>,
}

/// What is kept back, with all that comes after it, and who is told.
#[derive(Clone)]
struct KeptBack {
    words: &'static str,
    tell: mpsc::UnboundedSender<()>,
}

impl Relay {
    /// To that port of this machine.
    pub async fn to(port: u16) -> Self {
        Self::start(port, None).await
    }

    /// To that port, up to where the node sends these words; of which it tells.
    pub async fn until(port: u16, words: &'static str) -> (Self, mpsc::UnboundedReceiver<()>) {
        let (tell, told) = mpsc::unbounded_channel();
        (Self::start(port, Some(KeptBack { words, tell })).await, told)
    }

    async fn start(port: u16, kept_back: Option<KeptBack>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let (passes, passing) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
                tokio::spawn(copy(from_near, to_far, passing.clone(), kept_back.clone()));
                tokio::spawn(copy(from_far, to_near, passing.clone(), None));
            }
        });
        Self { port: own, passes }
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on nothing comes through, and nobody is told.
    pub fn block(&self) {
        self.passes.send_replace(false);
    }

    /// What [`block`](Self::block) kept back goes on, and so does all else.
    pub fn unblock(&self) {
        self.passes.send_replace(true);
    }
}

/// Copies until one side ends, or until what is to be kept back has come.
async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut passes: watch::Receiver<bool>,
    kept_back: Option<KeptBack>,
) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if let Some(KeptBack { words, tell }) = &kept_back
            && bytes[..read].windows(words.len()).any(|window| window == words.as_bytes())
        {
            // Whoever waits for it is there until the end.
            let _ = tell.send(());
            return;
        }
        if passes.wait_for(|passes| *passes).await.is_err() || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

//! What nodes tell each other, as it goes through Redis.

use chinwag_tests::DEADLINE;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use xtask::Redis;

/// The kind of envelope that tells what has changed.
const CHANGES: u8 = 1;

/// A connection that listens to the channel of a stream.
pub(super) struct Wire(BufReader<TcpStream>);

impl Wire {
    /// From now on.
    pub(super) async fn listen(redis: &Redis, stream: &str) -> Self {
        let mut connection = TcpStream::connect(("127.0.0.1", redis.port())).await.unwrap();
        let command = format!("SUBSCRIBE chinwag:stream:{{{stream}}}\r\n");
        connection.write_all(command.as_bytes()).await.unwrap();
        let mut wire = Self(BufReader::new(connection));
        for line in ["*3", "$9", "subscribe"] {
            assert_eq!(wire.line().await, line);
        }
        wire.bulk().await;
        assert_eq!(wire.line().await, ":1");
        wire
    }

    /// The version of the next envelope that tells of changes.
    pub(super) async fn version_of_changes(&mut self) -> u8 {
        loop {
            assert_eq!(self.line().await, "*3");
            assert_eq!(self.bulk().await, b"message");
            self.bulk().await;
            let envelope = self.bulk().await;
            if envelope[1] == CHANGES {
                return envelope[0];
            }
        }
    }

    async fn bulk(&mut self) -> Vec<u8> {
        let length: usize = self.line().await.strip_prefix('$').unwrap().parse().unwrap();
        let mut bytes = vec![0; length + 2];
        timeout(DEADLINE, self.0.read_exact(&mut bytes)).await.unwrap().unwrap();
        bytes.truncate(length);
        bytes
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        timeout(DEADLINE, self.0.read_line(&mut line)).await.expect("Redis says something").unwrap();
        line.trim_end().to_owned()
    }
}

//! A line over WebSocket.

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::line::{Line, Packet, READ_AHEAD, Tasks};

type WebSocket = WebSocketStream<TcpStream>;

/// What the kernel keeps of what nobody reads, in bytes (Linux takes twice that). By itself it keeps as much as
/// `net.ipv4.tcp_rmem` allows, on some machines more than a test sends: the server would not notice who stops reading.
const UNREAD: u32 = 128 << 10;

/// Opens a line.
pub(super) async fn open(address: &str) -> Result<Line, String> {
    let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
    let stream = connect(address).await.map_err(|error| error.to_string())?;
    let (stream, _) = client_async(url, stream).await.map_err(|error| error.to_string())?;
    let (sink, stream) = stream.split();
    let (outgoing, to_send) = mpsc::unbounded_channel();
    let (tell, incoming) = mpsc::channel(READ_AHEAD);
    let tasks = vec![tokio::spawn(write(sink, to_send)), tokio::spawn(read(stream, tell))];
    Ok(Line { outgoing, incoming, tasks: Tasks(tasks) })
}

async fn connect(address: &str) -> std::io::Result<TcpStream> {
    let address = lookup_host(address).await?.next().ok_or(std::io::ErrorKind::NotFound)?;
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_recv_buffer_size(UNREAD)?;
    socket.connect(address).await
}

async fn write(mut sink: SplitSink<WebSocket, Message>, mut to_send: mpsc::UnboundedReceiver<Packet>) {
    while let Some(packet) = to_send.recv().await {
        let message = match packet {
            Packet::Text(text) => Message::text(text),
            Packet::Binary(bytes) => Message::binary(bytes),
        };
        if sink.send(message).await.is_err() {
            return;
        }
    }
}

async fn read(mut stream: SplitStream<WebSocket>, tell: mpsc::Sender<String>) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Text(text) if tell.send(text.as_str().to_owned()).await.is_err() => return,
            Message::Close(_) => return,
            _ => {}
        }
    }
}

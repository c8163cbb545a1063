use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{CONNECTIONS, Listener};
use crate::metrics::registry;

async fn start() -> (Listener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (Listener::start(vec![listener], registry()), address)
}

async fn get(address: SocketAddr, line: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{line} HTTP/1.1\r\nhost: here\r\n\r\n").as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

#[tokio::test]
async fn metrics_are_at_their_place_and_nothing_else_is_anywhere() {
    let (_listener, address) = start().await;
    let page = get(address, "GET /metrics").await;
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("application/openmetrics-text"), "{page}");
    assert!(page.contains("\nprocess_open_fds ") && page.ends_with("# EOF\n"), "{page}");
    assert!(get(address, "GET /").await.starts_with("HTTP/1.1 404 "));
    assert!(get(address, "POST /metrics").await.starts_with("HTTP/1.1 405 "));
}

#[tokio::test]
async fn whoever_is_done_makes_room_and_the_end_ends_it() {
    let (listener, address) = start().await;
    for _ in 0..CONNECTIONS * 2 {
        drop(TcpStream::connect(address).await.unwrap());
    }
    assert!(get(address, "GET /metrics").await.starts_with("HTTP/1.1 200 "));
    let mut silent = TcpStream::connect(address).await.unwrap();
    drop(listener);
    // A reset is an end as well.
    let _ = silent.read_to_end(&mut Vec::new()).await;
}

//! A client that stops reading: it costs the server no more than its outbox may hold, it is disconnected, comes back and
//! has everything; the others notice nothing.
//!
//! The short form runs in `cargo xtask test`, the long one by `cargo xtask prove slow`.

use chinwag_checker::Command;
use chinwag_tests::crowd::Crowd;
use chinwag_tests::follower::Follower;
use chinwag_tests::follower::Manner::Steady;
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Transport::WebSocket;

/// Bytes of a message: the most that one may have.
const MESSAGE: u64 = 4 * 8_000;
/// Messages that are sent at once.
const BURST: u64 = 8;
/// What may wait for one socket (the default of `limits.outbox-bytes`).
const OUTBOX: u64 = 4 << 20;
/// What the server may take beyond that: buffers of the store and of those who post, what the allocator keeps. Well below
/// what the room receives.
const SLACK: u64 = 12 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_reading_is_disconnected_and_has_everything_later() {
    let messages = long("CHINWAG_SLOW_MEGABYTES", 24) * 1_000_000 / MESSAGE;
    let server = Server::start().await;
    let mut crowd = Crowd::gather(&server, &mut Random::announced(), [(WebSocket, Steady); 4]).await;
    let mut followers: Vec<&mut Follower> = crowd.followers().collect();
    let [reader, listener, one, other] = &mut followers[..] else { unreachable!("there are four") };
    reader.connect().await;
    listener.connect().await;
    let room = listener.picture.rooms.keys().next().unwrap().clone();
    // Once a few messages have come by, what is always needed is there.
    tokio::join!(say(one, &room, BURST), say(other, &room, BURST));
    let before = server.resident_bytes();
    reader.read(false);
    let mut most = before;
    let talk = async { tokio::join!(say(one, &room, messages / 2), say(other, &room, messages / 2)) };
    let listen = async {
        let all = messages / 2 * 2 + 2 * BURST;
        while texts(listener, &room) < all {
            listener.hear().await.expect("who reads is not disconnected");
            most = most.max(server.resident_bytes());
        }
    };
    tokio::join!(talk, listen);
    println!(
        "{messages} messages of {MESSAGE} bytes: {} MB before, at most {} MB with somebody who does not read",
        before / 1_000_000,
        most / 1_000_000
    );
    assert!(most < before + OUTBOX + SLACK, "from {before} to {most} bytes");
    assert_eq!((listener.connections, one.connections, other.connections), (1, 1, 1));
    reader.read(true);
    while reader.hear().await.is_ok() {}
    reader.cut();
    let (heard, all) = (texts(reader, &room), texts(listener, &room));
    println!("who does not read has {heard} of {all} once the connection has ended");
    assert!(heard < all, "the end of the connection came before everything");
    println!("{}", crowd.check(&server).await);
}

/// Posts so many messages, as many at once as a quick program would.
async fn say(follower: &mut Follower, room: &str, count: u64) {
    for number in 0..count {
        if number % BURST != 0 {
            continue;
        }
        let posts = (0..BURST.min(count - number)).map(|_| {
            let mut text = follower.new_text();
            text.extend(std::iter::repeat_n('\u{1f980}', 8_000 - text.chars().count()));
            Command::Post { room: room.to_owned(), text }
        });
        let posts = posts.collect();
        follower.carry_out_at_once(posts).await;
        follower.hear_pending().await.expect("who reads is not disconnected");
    }
}

fn texts(follower: &Follower, room: &str) -> u64 {
    let messages = follower.picture.rooms.get(room).map(|room| room.messages.values());
    messages.into_iter().flatten().filter(|message| message.text.is_some()).count() as u64
}

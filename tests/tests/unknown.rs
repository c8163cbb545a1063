//! Unknown outcomes: the connection is cut between the commit and the acknowledgement, and a retry with the same nonce
//! gets the first answer and never acts twice.
//!
//! Half of the connections are cut when the acknowledgement has reached the client, which throws it away: the command is
//! committed and nobody has been told. The other half are cut at a random moment after sending.

use std::time::Duration;

use chinwag_checker::{Answer, Command};
use chinwag_tests::crowd::Crowd;
use chinwag_tests::follower::{Follower, Manner, Tried};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Transport::{Polling, WebSocket};

const CLIENTS: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retries_after_a_cut_never_double() {
    let cuts = long("CHINWAG_CUTS", 1_000);
    let mut random = Random::announced();
    let server = Server::start().await;
    let transports = [WebSocket, WebSocket, WebSocket, Polling].into_iter().cycle();
    let kinds = transports.take(CLIENTS as usize).map(|transport| (transport, Manner::Steady));
    let mut crowd = Crowd::gather(&server, &mut random, kinds).await;
    let counts = crowd.followers().map(|follower| cut_and_retry(follower, cuts / CLIENTS));
    let counts = futures_util::future::join_all(counts).await;
    let (answered, open) = counts.into_iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    let summary = crowd.check(&server).await;
    println!("{answered} cut at the acknowledgement, {open} before it: {summary}");
    assert!(answered >= cuts / 3, "half of the cuts come after the commit");
    assert!(summary.repeated > 0);
}

/// Counts the cuts that came when the answer was there, and the others.
async fn cut_and_retry(follower: &mut Follower, cuts: u64) -> (u64, u64) {
    let (mut answered, mut open) = (0, 0);
    while answered + open < cuts {
        let patience = match follower.random.below(2) {
            0 => None,
            _ => Some(Duration::from_micros(follower.random.below(2_000))),
        };
        let Some(tried) = follower.try_and_insist(patience).await else { continue };
        if tried.unheard.is_some() {
            answered += 1;
        } else {
            open += 1;
        }
        check(&tried);
    }
    (answered, open)
}

/// A command that had been carried out gets its first answer, and a post says that it is not the first.
fn check(tried: &Tried) {
    let Some(Answer::Done { rev: first, room: made, .. }) = &tried.unheard else { return };
    let Answer::Done { rev, repeated, room } = &tried.answer else { panic!("{tried:?}") };
    assert_eq!((rev, room), (first, made), "{tried:?}");
    assert!(*repeated || !matches!(tried.command, Command::Post { .. }), "{tried:?}");
}

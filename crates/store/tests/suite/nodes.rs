//! The registry of nodes.

use std::time::{Duration, Instant};

use chinwag_store::{NODE_ADDRESS_CHARS, Node, NodeId};
use uuid::Uuid;

use super::Subject;

/// Not over while a test runs.
const LONG: Duration = Duration::from_secs(600);
/// Over at once.
const SHORT: Duration = Duration::from_millis(20);
/// How long something may take that happens by itself.
const DEADLINE: Duration = Duration::from_secs(30);

fn node(number: u8) -> Node {
    Node { id: NodeId(Uuid::new_v4()), address: format!("10.0.0.{number}:7000"), fingerprint: [number; 32] }
}

async fn listed(subject: &Subject) -> Vec<Node> {
    let mut nodes = subject.store.nodes().await.unwrap();
    nodes.sort_by_key(|node| node.fingerprint);
    nodes
}

pub async fn nodes_come_stay_and_go(subject: Subject) {
    assert_eq!(listed(&subject).await, []);
    let (one, two) = (node(1), node(2));
    subject.store.enter_node(one.clone(), LONG).await.unwrap();
    subject.store.enter_node(two.clone(), LONG).await.unwrap();
    assert_eq!(listed(&subject).await, [one.clone(), two.clone()]);

    let moved = Node { address: "10.0.0.9:7000".into(), ..one.clone() };
    subject.store.enter_node(moved.clone(), LONG).await.unwrap();
    assert_eq!(listed(&subject).await, [moved, two.clone()], "it stays, at its new address");

    subject.store.leave_node(one.id).await.unwrap();
    assert_eq!(listed(&subject).await, [two]);
    subject.store.leave_node(one.id).await.unwrap();
}

pub async fn a_node_that_vanished_goes_when_its_time_is_over(subject: Subject) {
    let (vanished, stays) = (node(1), node(2));
    subject.store.enter_node(vanished.clone(), SHORT).await.unwrap();
    subject.store.enter_node(stays.clone(), LONG).await.unwrap();
    let begun = Instant::now();
    while listed(&subject).await != [stays.clone()] {
        assert!(begun.elapsed() < DEADLINE, "it is still there");
        tokio::time::sleep(SHORT).await;
        subject.store.enter_node(stays.clone(), LONG).await.unwrap();
    }
    // It was only cut off.
    subject.store.enter_node(vanished.clone(), LONG).await.unwrap();
    assert_eq!(listed(&subject).await, [vanished, stays]);
}

pub async fn an_address_is_cut_off_and_a_fingerprint_is_whole(subject: Subject) {
    let fingerprint: [u8; 32] = std::array::from_fn(|place| u8::try_from(place * 8).unwrap());
    let long = Node { address: "a".repeat(1_000), fingerprint, ..node(1) };
    subject.store.enter_node(long.clone(), LONG).await.unwrap();
    let [found] = listed(&subject).await.try_into().unwrap();
    assert_eq!(found, Node { address: "a".repeat(NODE_ADDRESS_CHARS), ..long });
}

use super::*;

fn envelope(bytes: usize) -> Published {
    ("channel".into(), vec![0; bytes])
}

#[tokio::test]
async fn what_does_not_fit_is_refused_until_there_is_room() {
    let outbox = Outbox::default();
    for _ in 0..ENVELOPES {
        assert!(outbox.put(envelope(1)));
    }
    assert!(!outbox.put(envelope(1)));
    assert_eq!(outbox.take(3).await.len(), 3);
    assert!(outbox.put(envelope(1)));
    assert!(outbox.clear());

    assert!(outbox.put(envelope(BYTES)));
    assert!(!outbox.put(envelope(1)));
    outbox.take(1).await;
    assert!(outbox.put(envelope(BYTES)));
}

#[tokio::test]
async fn what_was_taken_and_came_to_no_end_is_lost_too() {
    let outbox = Outbox::default();
    assert!(!outbox.clear());
    outbox.put(envelope(1));
    outbox.take(1).await;
    assert!(outbox.clear());
    assert!(!outbox.clear());
    outbox.put(envelope(1));
    outbox.take(1).await;
    outbox.taken_is_done();
    outbox.empty().await;
    assert!(!outbox.clear());
}

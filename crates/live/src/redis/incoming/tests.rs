use super::*;

fn pushed(version: Version, message: &Message) -> PushInfo {
    let envelope = envelope::encode(version, NodeId(2), message);
    let data = [b"channel".to_vec(), envelope].map(Value::BulkString).into();
    PushInfo { kind: PushKind::Message, data }
}

#[tokio::test(start_paused = true)]
async fn what_another_version_says_is_missed_at_once_and_then_once_for_all_that_follows() {
    let inbox = Arc::new(Inbox::new());
    let mut deliveries = inbox.take().unwrap();
    let (incoming, _heard) = Incoming::new(NodeId(1), Version::One, Arc::clone(&inbox), Arc::default());
    let telling = tokio::spawn(async move { inbox.tell_what_is_missed().await });
    let missing = tokio::spawn({
        let incoming = Arc::clone(&incoming);
        async move { incoming.miss_what_is_unread().await }
    });

    let begun = tokio::time::Instant::now();
    for _ in 0..100 {
        incoming.pushed(pushed(Version::Two, &Message::SessionsEnded(Vec::new())));
    }
    // This one is read.
    incoming.pushed(pushed(Version::One, &Message::SessionsEnded(Vec::new())));
    assert!(matches!(deliveries.recv().await, Some(Delivery::SessionsEnded(_))));
    assert!(matches!(deliveries.recv().await, Some(Delivery::MayHaveMissed)));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    for _ in 0..100 {
        incoming.pushed(pushed(Version::Two, &Message::SessionsEnded(Vec::new())));
    }
    assert!(matches!(deliveries.recv().await, Some(Delivery::MayHaveMissed)));
    assert!(begun.elapsed() >= MISS_UNREAD);
    let silence = tokio::time::timeout(MISS_UNREAD * 10, deliveries.recv()).await;
    assert!(silence.is_err(), "{silence:?}");
    telling.abort();
    missing.abort();
}

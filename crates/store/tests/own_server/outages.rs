//! The server goes away, or dies in the middle of something.

use std::time::{Duration, Instant};

use chinwag_store::StoreError;
use xtask::Postgres;

use super::{insist, node};

#[tokio::test]
async fn while_it_is_away_nothing_is_stored_and_then_everything_heals() {
    let mut server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let before = subject.post(room, &ann, "before").await;

    for kill in [true, false] {
        if kill { server.kill() } else { server.stop() }.unwrap();
        let begun = Instant::now();
        for number in 0..50 {
            let nonce = format!("{kill}-{number}");
            let error = subject.try_post(room, &ann, "lost", &nonce).await.unwrap_err();
            assert!(matches!(error, StoreError::NotStored(_) | StoreError::OutcomeUnknown(_)), "{error:?}");
            let error = subject.store.me(ann.id).await.unwrap_err();
            assert!(matches!(error, StoreError::NotRead(_)), "{error:?}");
        }
        assert!(subject.store.ping().await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(5), "refusals come at once: {:?}", begun.elapsed());
        server.start_again().unwrap();
        let begun = Instant::now();
        insist(&subject, room, &ann, &format!("after-{kill}")).await;
        println!("healed after {:?}", begun.elapsed());
        subject.store.ping().await.unwrap();
    }
    assert_eq!(subject.head(room).await.0, before.0 + 2);
    let told = subject.store.room_page(room, ann.id, None, 50).await.unwrap();
    assert_eq!(told.messages.last().unwrap().seq.0, before.0 + 2);
}

#[tokio::test]
async fn what_died_at_the_commit_is_there_once_after_a_retry() {
    let mut server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let first = subject.head(room).await.0 + 1;
    for round in 0..5 {
        let nonces: Vec<String> = (0..40).map(|number| format!("{round}-{number}")).collect();
        let posts = nonces.iter().map(|nonce| subject.try_post(room, &ann, nonce, nonce));
        let store = futures_util::future::join_all(posts);
        let (answers, ()) = tokio::join!(store, async {
            // In the middle of them, as near as it gets.
            tokio::time::sleep(Duration::from_micros(300 * (round + 1))).await;
            server.kill().unwrap();
        });
        server.start_again().unwrap();
        for (nonce, answer) in nonces.iter().zip(answers) {
            let again = insist(&subject, room, &ann, nonce).await;
            if let Ok(posted) = answer {
                assert_eq!(
                    (posted.seq, true),
                    (again.seq, again.repeated),
                    "acknowledged and lost, or doubled"
                );
            }
        }
    }
    assert_eq!(subject.head(room).await.0, first + 5 * 40 - 1, "each once");
}

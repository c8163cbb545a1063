//! What somebody has begun and has to end soon.

use chinwag_model::{Millis, SessionKey};
use chinwag_store::{NewPending, Purpose};

use super::Subject;
use super::sessions::FAR;

const ONE: Purpose = Purpose("one-thing");
const OTHER: Purpose = Purpose("another");

fn begun(number: u8, expires_at: i64) -> NewPending {
    NewPending {
        key: SessionKey([number; 32]),
        purpose: ONE,
        expires_at: Millis(expires_at),
        body: vec![number, 0, 255],
    }
}

pub async fn what_has_begun_is_ended_once_and_in_time(subject: Subject) {
    let store = &subject.store;
    store.begin_pending(begun(1, FAR)).await.unwrap();
    store.begin_pending(begun(2, 1)).await.unwrap();
    let key = SessionKey([1; 32]);
    assert_eq!(store.take_pending(key, OTHER).await.unwrap(), None, "a token is for one thing");
    let (first, second) = tokio::join!(store.take_pending(key, ONE), store.take_pending(key, ONE));
    let answers = [first.unwrap(), second.unwrap()];
    assert_eq!(answers.iter().flatten().count(), 1, "{answers:?}");
    assert!(answers.contains(&Some(vec![1, 0, 255])));
    assert_eq!(store.take_pending(SessionKey([2; 32]), ONE).await.unwrap(), None, "its time is over");
    assert_eq!(store.try_pending(SessionKey([2; 32]), ONE, 9).await.unwrap(), None);
    assert_eq!(store.take_pending(SessionKey([3; 32]), ONE).await.unwrap(), None);
}

pub async fn there_are_only_so_many_tries(subject: Subject) {
    let store = &subject.store;
    store.begin_pending(begun(1, FAR)).await.unwrap();
    let key = SessionKey([1; 32]);
    assert_eq!(store.try_pending(key, OTHER, 3).await.unwrap(), None);
    for _ in 0..3 {
        assert_eq!(store.try_pending(key, ONE, 3).await.unwrap(), Some(vec![1, 0, 255]));
    }
    assert_eq!(store.try_pending(key, ONE, 3).await.unwrap(), None);
    assert_eq!(store.take_pending(key, ONE).await.unwrap(), Some(vec![1, 0, 255]));
}

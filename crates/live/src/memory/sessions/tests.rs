use chinwag_model::{Millis, Role, User, UserId};
use uuid::Uuid;

use super::*;

fn session() -> CachedSession {
    let user = User {
        id: UserId(Uuid::nil()),
        name: "Ann".into(),
        role: Role::Member,
        avatar: 0,
        status: String::new(),
        gone: false,
    };
    CachedSession {
        user,
        has_second_factor: true,
        scopes: None,
        at: Millis(0),
        expires_at: Millis(0),
        ends_at: Millis(0),
        used_at: Millis(0),
    }
}

#[tokio::test]
async fn an_ended_session_does_not_come_back() {
    let live = MemoryLive::new();
    let key = SessionKey([1; 32]);
    live.cache(key, session()).await;
    assert!(live.cached(key).await.is_some());
    live.end(&[key]).await;
    assert!(live.has_ended(key).await);
    live.cache(key, session()).await;
    assert!(live.cached(key).await.is_none(), "a late answer of the store");
}

#[tokio::test(start_paused = true)]
async fn what_the_store_said_is_believed_for_a_while_only() {
    let live = MemoryLive::new();
    let key = SessionKey([1; 32]);
    live.cache(key, session()).await;
    tokio::time::sleep(FRESH / 2).await;
    assert!(live.cached(key).await.is_some());
    tokio::time::sleep(FRESH).await;
    assert!(live.cached(key).await.is_none());
}

#[tokio::test]
async fn everything_is_bounded() {
    let live = MemoryLive::new();
    let key = |number: usize| {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&number.to_le_bytes());
        SessionKey(key)
    };
    for number in 0..SESSIONS + 10 {
        live.cache(key(number), session()).await;
    }
    assert!(live.sessions.lock().sessions.len() <= SESSIONS);
    let keys: Vec<_> = (0..ENDED * 2).map(key).collect();
    live.end(&keys).await;
    let state = live.sessions.lock();
    assert_eq!((state.ended.len(), state.ended_in_order.len()), (ENDED, ENDED));
}

#[tokio::test]
async fn what_is_not_so_any_more_is_forgotten_and_may_come_anew() {
    let live = MemoryLive::new();
    let key = SessionKey([1; 32]);
    live.cache(key, session()).await;
    live.forget(&[key]).await;
    assert!(live.cached(key).await.is_none());
    live.cache(key, session()).await;
    assert!(live.cached(key).await.is_some());
    assert!(!live.has_ended(key).await);
}

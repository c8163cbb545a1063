//! Several nodes on one server.

use xtask::Postgres;

use super::node;
use crate::suite;

/// What another node has done is seen through the store, and what became of sessions is news.
#[tokio::test]
async fn nodes_see_what_others_do() {
    let server = Postgres::start().unwrap();
    let mut one = node(&server).await;
    let mut another = node(&server).await;
    assert!(one.store.is_shared());
    let ann = one.user("Ann").await;
    let room = one.room("Garden", &ann).await;
    for _ in 0..10 {
        one.post(room, &ann, "here").await;
        another.post(room, &ann, "there").await;
    }
    let head = one.head(room).await;
    assert_eq!(head, another.head(room).await);
    let page = another.changes(room, chinwag_model::Rev(0)).await.unwrap();
    assert_eq!(page.through, head);
    // The feed of each tells its own, in order, with holes where the other's are.
    for (subject, text) in [(&mut one, "here"), (&mut another, "there")] {
        let mut last = 0;
        let mut count = 0;
        while let Ok(changes) = subject.feed[0].try_recv() {
            if changes.stream == room.into() {
                assert!(changes.from.0 >= last);
                last = changes.through().0;
                count += changes
                    .changes
                    .iter()
                    .filter(|change| format!("{:?}", change.state).contains(text))
                    .count();
            }
        }
        assert_eq!(count, 10);
    }

    another.store.session_news().await.unwrap();
    let session = chinwag_model::SessionKey([7; 32]);
    let new = chinwag_store::NewSession {
        key: session,
        expires_at: chinwag_model::Millis(i64::MAX),
        ends_at: chinwag_model::Millis(i64::MAX),
        device: String::new(),
        address: String::new(),
    };
    one.store
        .create_session(ann.id, chinwag_store::Proof::password(suite::HASH), new)
        .await
        .unwrap()
        .unwrap();
    let status = chinwag_store::Profile {
        status: chinwag_model::Line::status("gone fishing").ok(),
        ..chinwag_store::Profile::default()
    };
    one.store.change_profile(ann.id, status).await.unwrap();
    let news = another.store.session_news().await.unwrap();
    assert_eq!((news.stale, news.ended), (vec![session], vec![]));
    one.store.end_session(session).await.unwrap();
    let news = another.store.session_news().await.unwrap();
    assert_eq!(news.ended, [session]);
}

/// However much has happened to sessions, a node hears of all of it, and never of so much at once that it does not fit.
#[tokio::test]
async fn news_come_in_pages() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let told = "INSERT INTO chinwag.session_news (at, key, ended)
                SELECT 0, sha256(number::text::bytea), 1 FROM generate_series($1::bigint, $2) AS number";
    let other = super::superuser(&server).await;
    // One transaction is larger than a page, and others come between.
    let mut later = super::superuser(&server).await;
    let open = later.transaction().await.unwrap();
    open.execute(told, &[&1i64, &100i64]).await.unwrap();
    other.execute(told, &[&101i64, &24_900i64]).await.unwrap();
    let mut heard = std::collections::HashSet::new();
    let first = subject.store.session_news().await.unwrap();
    assert!(first.more && first.ended.len() < 24_800, "{} at once", first.ended.len());
    heard.extend(first.ended);
    open.commit().await.unwrap();
    other.execute(told, &[&24_901i64, &25_000i64]).await.unwrap();
    for _ in 0..20 {
        heard.extend(subject.store.session_news().await.unwrap().ended);
    }
    assert_eq!(heard.len(), 25_000);
    let still = subject.store.session_news().await.unwrap();
    assert!(still.ended.is_empty() && !still.more, "{} are told again and again", still.ended.len());
}

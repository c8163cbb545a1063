//! Posts of many rooms in one transaction.

use std::time::{Duration, Instant};

use chinwag_store::{Posted, StoreError};
use xtask::Postgres;

use super::{node, superuser};
use crate::suite;

/// Less than anybody waits for a lock.
const SOON: Duration = Duration::from_secs(3);

/// Many rooms are posted to in one transaction while much is posted; one of them may be locked by another node.
#[tokio::test]
async fn a_room_that_is_locked_elsewhere_holds_up_no_other() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let mut rooms = Vec::new();
    for number in 0..20 {
        rooms.push(subject.room(&format!("Room {number}"), &ann).await);
    }
    let (other, connection) =
        tokio_postgres::connect(&server.superuser_url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let locked = rooms[7];
    other.batch_execute("BEGIN").await.unwrap();
    other.execute("SELECT 1 FROM chinwag.stream WHERE id = $1 FOR UPDATE", &[&locked.0]).await.unwrap();

    let (locked_posts, others): (Vec<_>, Vec<_>) =
        (0..200).map(|number| rooms[number % rooms.len()]).partition(|room| *room == locked);
    let others = others.iter().map(|room| subject.post(*room, &ann, "hello"));
    let mut waiting = std::pin::pin!(futures_util::future::join_all(
        locked_posts.iter().map(|room| subject.post(*room, &ann, "hello"))
    ));
    let mut others = std::pin::pin!(futures_util::future::join_all(others));
    let begun = Instant::now();
    tokio::select! {
        posted = &mut others => println!("{} posts beside it took {:?}", posted.len(), begun.elapsed()),
        _ = &mut waiting => panic!("a locked room was posted to"),
    }
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(waiting.await.len(), 10);
    for room in rooms {
        let head = subject.head(room).await;
        let page = subject.store.room_page(room, ann.id, None, 50).await.unwrap();
        assert_eq!(
            (page.messages.len(), page.messages.last().unwrap().seq),
            (11, head),
            "each once, without holes"
        );
    }
}

/// What is refused is answered in its place, whatever stands beside it.
#[tokio::test]
async fn each_message_of_a_batch_gets_its_own_answer() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let (ann, ben) = (subject.user("Ann").await, subject.user("Ben").await);
    let mut rooms = Vec::new();
    for number in 0..8 {
        rooms.push(subject.room(&format!("Room {number}"), &ann).await);
    }
    let nowhere = chinwag_model::RoomId(ann.id.0);
    let asked: Vec<_> = (0..400)
        .map(|number| match number % 5 {
            0 => (nowhere, &ann, number),
            1 => (rooms[number % 8], &ben, number),
            // The same nonce as the one before it in the same room.
            2 => (rooms[number / 5 % 8], &ann, number + 1),
            3 => (rooms[number / 5 % 8], &ann, number),
            _ => (rooms[number % 8], &ann, number),
        })
        .collect();
    let asked: Vec<_> =
        asked.into_iter().map(|(room, author, number)| (room, author, format!("nonce-{number}"))).collect();
    let posts = asked.iter().map(|(room, author, nonce)| subject.try_post(*room, author, nonce, nonce));
    let answers = futures_util::future::join_all(posts).await;
    let mut seen: std::collections::HashMap<_, Posted> = std::collections::HashMap::new();
    for ((room, author, nonce), answer) in asked.iter().zip(answers) {
        if *room == nowhere {
            assert!(matches!(suite::refused(answer), chinwag_model::Refusal::RoomUnknown));
        } else if author.id == ben.id {
            assert!(matches!(suite::refused(answer), chinwag_model::Refusal::NotAMember));
        } else {
            let posted = answer.unwrap();
            match seen.insert((*room, nonce.clone()), posted) {
                None => assert!(!posted.repeated, "{nonce}"),
                Some(first) => assert_eq!((first.seq, true), (posted.seq, posted.repeated), "{nonce}"),
            }
        }
    }
    let stored = server.query("SELECT count(*) FROM chinwag.message WHERE kind = 0").unwrap();
    assert_eq!(stored, seen.len().to_string());
}

/// However many rooms are locked elsewhere, the others never wait for them.
#[tokio::test]
async fn many_rooms_that_are_locked_elsewhere_hold_up_no_other() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let mut rooms = Vec::new();
    for number in 0..30 {
        rooms.push(subject.room(&format!("Room {number}"), &ann).await);
    }
    let (locked, free) = rooms.split_at(20);
    let other = superuser(&server).await;
    other.batch_execute("BEGIN").await.unwrap();
    let ids: Vec<_> = locked.iter().map(|room| room.0).collect();
    other.execute("SELECT 1 FROM chinwag.stream WHERE id = ANY($1) FOR UPDATE", &[&ids]).await.unwrap();

    let mut waiting = std::pin::pin!(futures_util::future::join_all(
        locked.iter().map(|room| subject.post(*room, &ann, "at last"))
    ));
    let begun = Instant::now();
    for _ in 0..20 {
        let posts =
            futures_util::future::join_all(free.iter().map(|room| subject.post(*room, &ann, "hello")));
        tokio::select! {
            _ = posts => {}
            _ = &mut waiting => panic!("a locked room was posted to"),
        }
    }
    println!("200 posts beside 20 locked rooms took {:?}", begun.elapsed());
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(waiting.await.len(), 20);
}

/// What PostgreSQL refuses of one room keeps no other from being stored.
#[tokio::test]
async fn a_room_that_cannot_be_written_is_alone_with_that() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let mut rooms = Vec::new();
    for number in 0..8 {
        rooms.push(subject.room(&format!("Room {number}"), &ann).await);
    }
    let damaged = rooms[3];
    let head = subject.head(damaged).await;
    let trigger = format!(
        "CREATE FUNCTION chinwag.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN RAISE EXCEPTION 'this block cannot be written' USING ERRCODE = 'data_corrupted'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON chinwag.message FOR EACH ROW
           WHEN (NEW.room = '{}') EXECUTE FUNCTION chinwag.refuse()",
        damaged.0
    );
    superuser(&server).await.batch_execute(&trigger).await.unwrap();
    let asked = (0..200).map(|number| rooms[number % rooms.len()]);
    let posts = asked.map(async |room| {
        let nonce = uuid::Uuid::new_v4().to_string();
        (room, subject.try_post(room, &ann, "hello", &nonce).await)
    });
    for (room, answer) in futures_util::future::join_all(posts).await {
        match answer {
            Ok(_) => assert_ne!(room, damaged),
            Err(error) => {
                assert_eq!(room, damaged, "{error}");
                assert!(matches!(error, StoreError::NotStored(_)), "{error:?}");
            }
        }
    }
    assert_eq!(subject.head(damaged).await, head, "nothing of it was stored");
}

/// Of rooms that were left out those that are free again need not wait for the others.
#[tokio::test]
async fn rooms_that_are_free_again_do_not_wait_for_those_that_are_not() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let mut rooms = Vec::new();
    for number in 0..6 {
        rooms.push(subject.room(&format!("Room {number}"), &ann).await);
    }
    let lock = "SELECT 1 FROM chinwag.stream WHERE id = ANY($1) FOR UPDATE";
    let (first, others) = (superuser(&server).await, superuser(&server).await);
    for (client, rooms) in [(&first, &rooms[..1]), (&others, &rooms[1..])] {
        let ids: Vec<_> = rooms.iter().map(|room| room.0).collect();
        client.batch_execute("BEGIN").await.unwrap();
        client.execute(lock, &[&ids]).await.unwrap();
    }
    let mut longest = std::pin::pin!(subject.post(rooms[0], &ann, "at last"));
    let mut free = std::pin::pin!(futures_util::future::join_all(
        rooms[1..].iter().map(|room| subject.post(*room, &ann, "hello"))
    ));
    // All wait for their locks, as many as may.
    let begun = Instant::now();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while server.query(waiting).unwrap() != "3" {
        tokio::select! {
            _ = &mut longest => panic!("a locked room was posted to"),
            _ = &mut free => panic!("a locked room was posted to"),
            () = tokio::time::sleep(Duration::from_millis(10)) => {}
        }
        assert!(begun.elapsed() < SOON, "fewer wait than may");
    }
    let begun = Instant::now();
    others.batch_execute("COMMIT").await.unwrap();
    tokio::select! {
        _ = &mut longest => panic!("a locked room was posted to"),
        _ = &mut free => println!("5 posts took {:?}", begun.elapsed()),
    }
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    first.batch_execute("COMMIT").await.unwrap();
    longest.await;
}

/// What waits for one room keeps nobody from what is none of its business.
#[tokio::test]
async fn commands_that_wait_for_a_locked_room_hold_up_no_other() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let (locked, free) = (subject.room("Garden", &ann).await, subject.room("Kitchen", &ann).await);
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(subject.user(&format!("Person {number}")).await);
    }
    let other = superuser(&server).await;
    other.batch_execute("BEGIN").await.unwrap();
    other.execute("SELECT 1 FROM chinwag.stream WHERE id = $1 FOR UPDATE", &[&locked.0]).await.unwrap();
    let joins = people.iter().map(|person| subject.store.join(locked, person.id, None));
    let mut joins = std::pin::pin!(futures_util::future::join_all(joins));
    let begun = Instant::now();
    let others = async {
        for person in &people {
            subject.store.join(free, person.id, None).await.unwrap();
        }
    };
    tokio::select! {
        () = others => println!("20 others joined another room within {:?}", begun.elapsed()),
        _ = &mut joins => panic!("a locked room was joined"),
    }
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    other.batch_execute("COMMIT").await.unwrap();
    for joined in joins.await {
        joined.unwrap();
    }
}

use uuid::Uuid;

use super::*;

fn person(name: &str) -> Arc<Person> {
    Arc::new(Person { id: UserId(Uuid::now_v7()), name: name.into(), avatar: 0, guest: false })
}

fn names(people: &[Arc<Person>]) -> Vec<&str> {
    let mut names: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
    names.sort_unstable();
    names
}

const ROOM: StreamId = StreamId(Uuid::nil());

#[tokio::test(start_paused = true)]
async fn two_connections_are_one_person() {
    let live = MemoryLive::new();
    let ann = person("Ann");
    live.enter(ROOM, &ann).await.unwrap();
    live.enter(ROOM, &ann).await.unwrap();
    let told = live.changed().await;
    assert_eq!((told.len(), told[0].online, names(&told[0].came)), (1, 1, vec!["Ann"]));
    live.leave(ROOM, ann.id).await.unwrap();
    let nothing = tokio::time::timeout(GRACE * 10, live.changed()).await;
    assert!(nothing.is_err(), "one connection is left");
    assert_eq!(live.here(ROOM, 10).await.unwrap().online, 1);
    live.leave(ROOM, ann.id).await.unwrap();
    let told = live.changed().await;
    assert_eq!((told[0].online, names(&told[0].went)), (0, vec!["Ann"]));
}

#[tokio::test(start_paused = true)]
async fn a_short_absence_is_not_told() {
    let live = MemoryLive::new();
    let ann = person("Ann");
    live.enter(ROOM, &ann).await.unwrap();
    live.changed().await;
    live.leave(ROOM, ann.id).await.unwrap();
    tokio::time::sleep(GRACE / 2).await;
    live.enter(ROOM, &ann).await.unwrap();
    assert!(tokio::time::timeout(GRACE * 10, live.changed()).await.is_err());
    assert_eq!(live.here(ROOM, 10).await.unwrap().online, 1);
}

#[tokio::test(start_paused = true)]
async fn each_absence_has_a_grace_of_its_own() {
    let live = MemoryLive::new();
    let ann = person("Ann");
    live.enter(ROOM, &ann).await.unwrap();
    live.changed().await;
    live.leave(ROOM, ann.id).await.unwrap();
    tokio::time::sleep(GRACE * 2 / 3).await;
    live.enter(ROOM, &ann).await.unwrap();
    live.leave(ROOM, ann.id).await.unwrap();
    let again = Instant::now();
    assert_eq!(names(&live.changed().await[0].went), ["Ann"]);
    assert!(again.elapsed() >= GRACE);
}

#[tokio::test(start_paused = true)]
async fn large_places_are_told_less_often() {
    let live = MemoryLive::new();
    for number in 0..1_000 {
        live.enter(ROOM, &person(&number.to_string())).await.unwrap();
    }
    assert_eq!(live.changed().await[0].came.len(), 1_000);
    let start = Instant::now();
    for number in 0..10 {
        live.enter(ROOM, &person(&number.to_string())).await.unwrap();
    }
    let told = live.changed().await;
    assert_eq!((told[0].online, told[0].came.len()), (1_010, 10), "all at once");
    assert!(start.elapsed() >= SETTLE_PER_PERSON * 1_000);
}

#[tokio::test(start_paused = true)]
async fn an_empty_place_takes_no_memory() {
    let live = MemoryLive::new();
    let ann = person("Ann");
    for _ in 0..3 {
        live.enter(ROOM, &ann).await.unwrap();
        live.changed().await;
        live.leave(ROOM, ann.id).await.unwrap();
        live.changed().await;
    }
    let state = live.presence.lock();
    assert!(state.places.is_empty() && state.dirty.is_empty() && state.leaving.is_empty());
}

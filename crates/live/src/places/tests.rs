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
    let places = Places::default();
    let ann = person("Ann");
    places.enter(ROOM, &ann);
    places.enter(ROOM, &ann);
    let told = places.changed().await;
    assert_eq!((told.len(), told[0].online, names(&told[0].came)), (1, 1, vec!["Ann"]));
    places.leave(ROOM, ann.id);
    let nothing = tokio::time::timeout(GRACE * 10, places.changed()).await;
    assert!(nothing.is_err(), "one connection is left");
    assert_eq!(places.here(ROOM, 10).online, 1);
    places.leave(ROOM, ann.id);
    let told = places.changed().await;
    assert_eq!((told[0].online, names(&told[0].went)), (0, vec!["Ann"]));
}

#[tokio::test(start_paused = true)]
async fn a_short_absence_is_not_told() {
    let places = Places::default();
    let ann = person("Ann");
    places.enter(ROOM, &ann);
    places.changed().await;
    places.leave(ROOM, ann.id);
    tokio::time::sleep(GRACE / 2).await;
    places.enter(ROOM, &ann);
    assert!(tokio::time::timeout(GRACE * 10, places.changed()).await.is_err());
    assert_eq!(places.here(ROOM, 10).online, 1);
}

#[tokio::test(start_paused = true)]
async fn each_absence_has_a_grace_of_its_own() {
    let places = Places::default();
    let ann = person("Ann");
    places.enter(ROOM, &ann);
    places.changed().await;
    places.leave(ROOM, ann.id);
    tokio::time::sleep(GRACE * 2 / 3).await;
    places.enter(ROOM, &ann);
    places.leave(ROOM, ann.id);
    let again = Instant::now();
    assert_eq!(names(&places.changed().await[0].went), ["Ann"]);
    assert!(again.elapsed() >= GRACE);
}

#[tokio::test(start_paused = true)]
async fn large_places_are_told_less_often() {
    let places = Places::default();
    for number in 0..1_000 {
        places.enter(ROOM, &person(&number.to_string()));
    }
    assert_eq!(places.changed().await[0].came.len(), 1_000);
    let start = Instant::now();
    for number in 0..10 {
        places.enter(ROOM, &person(&number.to_string()));
    }
    let told = places.changed().await;
    assert_eq!((told[0].online, told[0].came.len()), (1_010, 10), "all at once");
    assert!(start.elapsed() >= SETTLE_PER_PERSON * 1_000);
}

#[tokio::test(start_paused = true)]
async fn an_empty_place_takes_no_memory() {
    let places = Places::default();
    let ann = person("Ann");
    for _ in 0..3 {
        places.enter(ROOM, &ann);
        places.changed().await;
        places.leave(ROOM, ann.id);
        places.changed().await;
    }
    let state = places.lock();
    assert!(state.places.is_empty() && state.dirty.is_empty() && state.leaving.is_empty());
}

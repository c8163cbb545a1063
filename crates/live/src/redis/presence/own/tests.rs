use uuid::Uuid;

use super::*;

const PLACE: StreamId = StreamId(Uuid::nil());

fn person(number: u128) -> Arc<Person> {
    let id = UserId(Uuid::from_u128(number));
    Arc::new(Person { id, name: number.to_string(), avatar: 0, guest: false })
}

/// What is to be told: from where to where, how many came and went, and how many are to be written anew.
fn told(own: &mut Own) -> Vec<(u64, u64, usize, usize, Option<usize>)> {
    let changes = own.take_changes().into_iter();
    changes
        .map(|change| {
            let everybody = change.everybody.map(|people| people.len());
            (change.from, change.to, change.came.len(), change.went.len(), everybody)
        })
        .collect()
}

#[test]
fn a_person_is_told_once_and_a_reload_not_at_all() {
    let (mut own, now) = (Own::default(), Instant::now());
    assert!(own.enter(PLACE, &person(1)));
    assert!(!own.enter(PLACE, &person(1)), "another tab");
    assert_eq!(told(&mut own), [(0, 1, 1, 0, Some(1))]);
    own.is_written(PLACE, 1, now);
    assert!(!own.leave(PLACE, person(1).id, now));
    assert!(own.leave(PLACE, person(1).id, now) && own.enter(PLACE, &person(1)));
    assert_eq!(told(&mut own), []);
    own.enter(PLACE, &person(2));
    assert_eq!(told(&mut own), [(1, 2, 1, 0, None)]);
}

#[test]
fn an_empty_place_is_at_nothing_and_left_after_a_while() {
    let (mut own, now) = (Own::default(), Instant::now());
    own.enter(PLACE, &person(1));
    told(&mut own);
    own.is_written(PLACE, 1, now);
    own.leave(PLACE, person(1).id, now);
    assert_eq!(told(&mut own), [(1, 0, 0, 1, None)]);
    assert!(own.take_idle(now + LINGER / 2).is_empty() && own.follows(PLACE));
    assert_eq!(own.take_idle(now + LINGER), [PLACE]);
    assert!(own.places.is_empty() && own.renewals.is_empty() && own.changed.is_empty());
    // A number is never used again.
    own.enter(PLACE, &person(1));
    assert_eq!(told(&mut own), [(0, 3, 1, 0, Some(1))]);
}

#[test]
fn many_at_once_are_told_in_parts() {
    let mut own = Own::default();
    for number in 0..=u128::try_from(AT_ONCE).unwrap() {
        own.enter(PLACE, &person(number));
    }
    assert_eq!(told(&mut own), [(0, 1, AT_ONCE, 0, Some(AT_ONCE + 1))]);
    own.is_written(PLACE, 1, Instant::now());
    assert_eq!(told(&mut own), [(1, 2, 1, 0, None)]);
    assert_eq!(told(&mut own), []);
}

#[test]
fn what_redis_does_not_have_is_written_anew() {
    let (mut own, now) = (Own::default(), Instant::now());
    own.enter(PLACE, &person(1));
    told(&mut own);
    own.is_not_written(PLACE);
    assert_eq!(told(&mut own), [], "not before it is tried again");
    own.write_again();
    assert_eq!(told(&mut own), [(1, 1, 0, 0, Some(1))]);
    own.is_written(PLACE, 1, now);
    own.nothing_is_written();
    assert_eq!(told(&mut own), [(1, 1, 0, 0, Some(1))]);
}

#[test]
fn each_place_is_renewed_in_its_turn() {
    let (mut own, now) = (Own::default(), Instant::now());
    own.enter(PLACE, &person(1));
    told(&mut own);
    let later = |seconds| now + Duration::from_secs(seconds);
    own.is_written(PLACE, 1, later(5));
    own.is_written(PLACE, 1, later(9));
    assert_eq!(own.take_renewals(now, later(20), 10), []);
    assert_eq!(own.take_renewals(later(5), later(20), 10), [(PLACE, 1)]);
    assert_eq!(own.take_renewals(later(9), later(20), 10), []);
    own.renew_all(now);
    assert_eq!(own.take_renewals(now, later(20), 10), [(PLACE, 1)]);
}

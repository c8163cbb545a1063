use std::sync::Arc;

use super::*;
use crate::encoded::Encoded;
use crate::hub::Target;
use crate::id::SocketId;

fn to(room: &str) -> Target {
    Target { rooms: vec![room.to_owned()], ..Target::default() }
}

#[test]
fn stays_say_what_was_meant_for_whom() {
    let id = SocketId::random().unwrap();
    let mut stays = Stays::default();
    stays.join(&"hall".into(), 3);
    stays.join(&"hall".into(), 4);
    stays.leave("hall", 6, 1);
    stays.join(&"hall".into(), 8);
    stays.join(&"attic".into(), 9);
    stays.leave("attic", 12, 1);
    stays.leave("cellar", 12, 1);
    let meant: Vec<u64> = (0..14).filter(|number| stays.was_meant(id, *number, &to("hall"))).collect();
    assert_eq!(meant, [3, 4, 5, 8, 9, 10, 11, 12, 13]);
    let meant: Vec<u64> = (0..14).filter(|number| stays.was_meant(id, *number, &to("attic"))).collect();
    assert_eq!(meant, [9, 10, 11]);
    assert!(stays.was_meant(id, 1, &to(&id.to_string())), "a socket is in the room of its id");
    assert!(stays.was_meant(id, 1, &Target::default()));
    let except = Target { except: vec!["hall".into()], ..Target::default() };
    assert!(!stays.was_meant(id, 4, &except) && stays.was_meant(id, 7, &except));
    assert_eq!(stays.rooms().map(|room| &**room).collect::<Vec<_>>(), ["hall"]);
}

#[test]
fn coming_and_going_without_an_event_between_leaves_nothing() {
    let mut stays = Stays::default();
    let empty = stays.size();
    for _ in 0..10_000 {
        stays.join(&"hall".into(), 7);
        stays.leave("hall", 7, 1);
    }
    assert_eq!(stays.size(), empty);
    // Nor does leaving for a moment in which there was none.
    stays.join(&"hall".into(), 7);
    let there = stays.size();
    for _ in 0..10_000 {
        stays.leave("hall", 8, 1);
        stays.join(&"hall".into(), 8);
    }
    assert_eq!(stays.size(), there);
    assert!(stays.was_meant(SocketId::random().unwrap(), 7, &to("hall")));
}

#[test]
fn who_hops_too_much_is_known_again_when_that_is_past() {
    let mut stays = Stays::default();
    let mut largest = 0;
    for number in 0..10_000 {
        stays.join(&"hall".into(), 2 * number);
        stays.leave("hall", 2 * number + 1, 0);
        largest = largest.max(stays.size());
    }
    assert!(largest < 20_000, "{largest}");
    assert!(!stays.is_known_from(1_000));
    assert!(stays.is_known_from(20_000));
    // What ended before the log begins is forgotten in time.
    let mut stays = Stays::default();
    for number in 0..10_000 {
        stays.join(&"hall".into(), 2 * number);
        stays.leave("hall", 2 * number + 1, 2 * number);
    }
    assert!(stays.is_known_from(0));
}

#[test]
fn all_logs_together_are_bounded() {
    let all = Arc::new(Holdings::default());
    let settings = Recovery::new().max_bytes(10_000).window(Duration::from_millis(100));
    let mut logs = [0; 3].map(|_| Log::new(settings, all.clone()));
    let packet = Encoded::event("/", "n", &"x".repeat(1_000)).unwrap();
    for log in &mut logs {
        for _ in 0..20 {
            log.append(&packet, &Target::default(), true, 0);
        }
    }
    let kept = logs.each_ref().map(|log| log.next() - log.first());
    assert!(kept.iter().sum::<u64>() <= 7 && kept[0] > 0, "{kept:?}");
    // What is too old goes from each, and then there is room for the others.
    logs[0].trim(101);
    assert_eq!(logs[0].first(), logs[0].next());
    for _ in 0..20 {
        logs[1].append(&packet, &Target::default(), true, 101);
    }
    assert!(logs[1].next() - logs[1].first() >= 6);
    drop(logs);
    let mut log = Log::new(settings, all);
    log.append(&packet, &Target::default(), true, 102);
    assert_eq!(log.next() - log.first(), 1);
}

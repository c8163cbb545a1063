use uuid::Uuid;

use super::*;

const PLACE: StreamId = StreamId(Uuid::nil());
const NODE: NodeId = NodeId(7);
const LEASE: Duration = Duration::from_secs(10);

fn person(number: u128) -> Person {
    Person { id: UserId(Uuid::from_u128(number)), name: number.to_string(), avatar: 0, guest: false }
}

struct Seen {
    others: Others,
    places: Places,
    now: Instant,
}

impl Seen {
    fn new() -> Self {
        let now = Instant::now();
        let mut others = Others::default();
        assert!(others.lives(NODE, now + LEASE, 2));
        Self { others, places: Places::default(), now }
    }

    fn changed(&mut self, from: u64, to: u64, came: &[u128], went: &[u128]) {
        let went: Vec<_> = went.iter().map(|number| person(*number).id).collect();
        let came = came.iter().map(|number| person(*number)).collect();
        self.others.changed((PLACE, NODE), (from, to), came, &went, self.now, &self.places);
    }

    fn read(&mut self, at: u64, people: &[u128]) {
        let people = people.iter().map(|number| person(*number)).collect();
        self.others.read(PLACE, NODE, at, people, self.now, &self.places);
    }

    /// Who is believed to have a connection there.
    fn people(&self) -> Vec<u128> {
        let nodes = self.others.places.get(&PLACE).and_then(|nodes| nodes.get(&NODE));
        let mut people: Vec<_> =
            nodes.iter().flat_map(|seen| &seen.people).map(|user| user.0.as_u128()).collect();
        people.sort_unstable();
        people
    }

    fn is_to_be_read(&mut self) -> bool {
        !self.others.take_to_read(10).is_empty()
    }
}

#[test]
fn what_follows_is_applied_and_a_hole_is_read() {
    let mut seen = Seen::new();
    seen.changed(0, 3, &[1, 2], &[]);
    seen.changed(3, 5, &[3], &[1]);
    assert_eq!(seen.people(), [2, 3]);
    assert!(!seen.is_to_be_read());
    seen.changed(6, 9, &[4], &[]);
    assert_eq!(seen.people(), [2, 3]);
    assert!(seen.is_to_be_read());
    seen.read(9, &[3, 4]);
    assert_eq!(seen.people(), [3, 4]);
    // What was under way while it was read.
    seen.changed(5, 6, &[9], &[]);
    seen.changed(9, 10, &[5], &[]);
    assert_eq!(seen.people(), [3, 4, 5]);
    assert!(!seen.is_to_be_read());
}

#[test]
fn what_was_read_late_changes_nothing() {
    let mut seen = Seen::new();
    seen.changed(0, 4, &[1], &[]);
    seen.read(2, &[2]);
    assert_eq!(seen.people(), [1]);
}

#[test]
fn a_place_that_is_empty_begins_anew() {
    let mut seen = Seen::new();
    seen.changed(0, 3, &[1], &[]);
    seen.changed(3, 0, &[], &[1]);
    assert!(seen.people().is_empty() && seen.others.places.is_empty());
    seen.changed(0, 8, &[2], &[]);
    assert_eq!(seen.people(), [2]);
    // The end was missed.
    seen.changed(0, 12, &[3], &[]);
    assert!(seen.is_to_be_read());
}

#[test]
fn who_stands_elsewhere_is_read() {
    let mut seen = Seen::new();
    seen.others.stands(PLACE, NODE, 0, seen.now);
    assert!(!seen.is_to_be_read());
    seen.others.stands(PLACE, NODE, 4, seen.now);
    assert!(seen.is_to_be_read());
    seen.read(4, &[1]);
    seen.others.stands(PLACE, NODE, 4, seen.now);
    assert!(!seen.is_to_be_read());
    seen.others.stands(PLACE, NODE, 0, seen.now);
    assert!(seen.is_to_be_read());
}

#[test]
fn people_go_with_their_node_and_with_what_nobody_confirms() {
    let mut seen = Seen::new();
    seen.changed(0, 1, &[1], &[]);
    assert_eq!(seen.others.end_leases(seen.now, &seen.places), 0);
    // A longer lease counts, a shorter one does not.
    seen.others.lives(NODE, seen.now, 2);
    assert_eq!(seen.others.end_leases(seen.now + LEASE / 2, &seen.places), 0);
    assert_eq!(seen.others.end_leases(seen.now + LEASE, &seen.places), 1);
    assert!(seen.people().is_empty());
    seen.read(5, &[1]);
    assert!(seen.people().is_empty(), "it has ended meanwhile");

    seen.others.lives(NODE, seen.now + LEASE, 2);
    seen.changed(0, 9, &[1], &[]);
    seen.others.doubt(seen.now + LEASE, LEASE * 2, &seen.places);
    assert_eq!(seen.people(), [1]);
    seen.others.doubt(seen.now + LEASE * 2, LEASE * 2, &seen.places);
    assert!(seen.people().is_empty());
}

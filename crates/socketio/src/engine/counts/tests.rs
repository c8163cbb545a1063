use super::*;

#[test]
fn threads_count_together() {
    let counts = Counts::default();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..1000).for_each(|_| counts.one(Count::EventsIn)));
        }
    });
    counts.add(Count::Waiting, 2);
    std::thread::scope(|scope| {
        scope.spawn(|| counts.add(Count::Waiting, 1_u64.wrapping_neg()));
    });
    assert_eq!((counts.get(Count::EventsIn), counts.get(Count::Waiting)), (8000, 1));
    assert_eq!(counts.all().iter().sum::<u64>(), 8001);
}

/// One thread's row has been read before it counted up, and another's after it counted down.
#[test]
fn there_are_never_fewer_than_none() {
    let counts = Counts::default();
    counts.add(Count::Waiting, 1_u64.wrapping_neg());
    assert_eq!(counts.now(Count::Waiting), 0);
}

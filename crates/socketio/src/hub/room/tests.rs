use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

proptest! {
    /// Whoever comes and goes between the slices of a walk: who was there before and stays is reached, and nobody twice.
    #[test]
    fn who_stays_is_reached_once(
        begin in 0_usize..60,
        slice in 1_usize..8,
        changes in proptest::collection::vec((any::<bool>(), 0_usize..100), 0..80),
        each in 1_usize..6,
    ) {
        let ids: Vec<SocketId> = (0..100).map(|_| SocketId::random().unwrap()).collect();
        let room = Room::default();
        for (number, id) in ids.iter().enumerate().take(begin) {
            room.write(|members| members.insert(*id, || number));
        }
        let mut changes = changes.chunks(each);
        for _ in 0..3 {
            let mut stay: BTreeSet<usize> = room.read(|members| members.iter().copied().collect());
            let mut reached: BTreeMap<usize, usize> = BTreeMap::new();
            let turn = room.turn();
            let mut left = usize::MAX;
            while left > 0 {
                left = turn.slice(left, slice, |number| *reached.entry(*number).or_default() += 1);
                for (comes, number) in changes.next().unwrap_or_default() {
                    if *comes {
                        room.write(|members| members.insert(ids[*number], || *number));
                    } else {
                        room.write(|members| members.remove(ids[*number]));
                        stay.remove(number);
                    }
                }
            }
            prop_assert!(reached.values().all(|times| *times == 1), "{reached:?}");
            prop_assert!(stay.iter().all(|number| reached.contains_key(number)), "{stay:?} {reached:?}");
        }
        room.read(|members| {
            for number in members.iter() {
                assert_eq!(members.get(ids[*number]), Some(number));
            }
        });
    }
}

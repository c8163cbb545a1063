use super::Random;

#[test]
fn the_same_seed_gives_the_same_numbers() {
    let (mut one, mut other) = (Random::seeded(7), Random::seeded(7));
    let numbers: Vec<u64> = (0..100).map(|_| one.below(10)).collect();
    assert_eq!(numbers, (0..100).map(|_| other.below(10)).collect::<Vec<_>>());
    assert!((0..10).all(|number| numbers.contains(&number)));
}

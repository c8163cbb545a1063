use super::*;

#[test]
fn a_chunk_is_filled_by_its_last_revision() {
    let filled = |from, to| fills_chunk(Rev(from), Rev(to));
    assert!(filled(1_022, 1_023) && filled(0, 1_023) && filled(1_000, 3_000) && filled(2_046, 2_047));
    assert!(!filled(1_021, 1_022) && !filled(1_023, 1_024) && !filled(1_023, 2_046) && !filled(5, 5));
}

#[test]
fn places_are_stored_in_order_and_read_again() {
    let mut places = Places::default();
    for seq in [2_047, 1_024, 1_026, 1_300, 1_026] {
        places.add(Rev(seq));
    }
    places.remove(Rev(1_300));
    assert_eq!(places.to_bytes(), [0, 0, 0, 2, 3, 255]);
    assert_eq!(Places::of(&places.to_bytes()), places);
    assert_eq!(places.newest_first(1).collect::<Vec<_>>(), [Rev(2_047), Rev(1_026), Rev(1_024)]);
}

#[test]
fn what_is_wanted_of_several_words_is_what_all_have() {
    let of = |places: &[u8]| Places::of(&places.iter().flat_map(|place| [0, *place]).collect::<Vec<_>>());
    let mut places = of(&[1, 2, 3]);
    places.add_all(of(&[5]));
    places.keep(&of(&[2, 4, 5]));
    assert_eq!(places, of(&[2, 5]));
    places.keep(&of(&[]));
    assert!(places.is_empty());
}

use proptest::prelude::*;

use super::*;

fn example() -> Trailer {
    Trailer {
        chinwag_backup: VERSION,
        chinwag: "0.1.0".into(),
        format: 1,
        epoch: Epoch(7),
        made_at: Millis(1_795_219_200_000),
        bytes: 4_096,
        sha256: digits(Sha256::new_with_prefix("content")),
    }
}

/// With that in place of the first line, the last one fitting.
fn ending_in(line: &str) -> Vec<u8> {
    format!("{line}\n{}", end_of(format!("{line}\n").as_bytes())).into_bytes()
}

fn decode(tail: &[u8], before: u64) -> Result<Trailer, Fault> {
    Trailer::decode(tail, before + tail.len() as u64)
}

#[test]
fn what_is_written_is_as_documented() {
    let text = String::from_utf8(example().encode().unwrap()).unwrap();
    let (first, last) = text.split_at(text.rfind("chinwag-backup-end").unwrap());
    assert_eq!(
        first,
        "\n{\"chinwag_backup\":1,\"chinwag\":\"0.1.0\",\"format\":1,\"epoch\":\"0000000000000007\",\
         \"made_at\":1795219200000,\"bytes\":4096,\
         \"sha256\":\"ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73\"}\n"
    );
    let digest = digits(Sha256::new_with_prefix(first));
    assert_eq!(last, format!("chinwag-backup-end {:08} {digest}\n", first.len()));
    assert_eq!(last.len(), 93);
}

#[test]
fn a_newer_version_is_told_from_damage_whatever_else_it_says() {
    for line in ["{\"chinwag_backup\":2}", "{\"chinwag_backup\":4000,\"bytes\":\"many\",\"more\":[1]}"] {
        assert!(matches!(decode(&ending_in(line), 4_096), Err(Fault::Newer(2 | 4_000))), "{line}");
    }
    for line in ["", "{}", "{\"chinwag_backup\":1}", "{\"chinwag_backup\":-1}", "{\"chinwag_backup\":\"2\"}"]
    {
        assert!(matches!(decode(&ending_in(line), 4_096), Err(Fault::Damaged)), "{line}");
    }
}

#[test]
fn the_length_of_what_comes_before_must_be_right() {
    let encoded = example().encode().unwrap();
    assert_eq!(decode(&encoded, 4_096).unwrap(), example());
    for wrong in [0, 4_095, 4_097, 8_192] {
        assert!(matches!(decode(&encoded, wrong), Err(Fault::Damaged)), "{wrong}");
    }
}

#[test]
fn a_length_that_reaches_beyond_the_file_is_damage() {
    let end = format!("{MAGIC}99999999 {}\n", "0".repeat(64));
    assert!(matches!(decode(end.as_bytes(), 0), Err(Fault::Damaged)));
    let end = format!("{MAGIC}+0000001 {}\n", "0".repeat(64));
    assert!(matches!(decode(end.as_bytes(), 0), Err(Fault::Damaged)));
}

proptest! {
    #[test]
    fn what_was_written_is_read_again(
        chinwag in "[ -~é]{0,40}",
        format in any::<i64>(),
        (epoch, made_at, bytes) in (any::<u64>(), any::<i64>(), 0..1_u64 << 40),
        before in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let trailer = Trailer {
            chinwag, format, epoch: Epoch(epoch), made_at: Millis(made_at), bytes, ..example()
        };
        let mut tail = before;
        let length = bytes + trailer.encode().unwrap().len() as u64;
        tail.extend(trailer.encode().unwrap());
        prop_assert_eq!(Trailer::decode(&tail, length).unwrap(), trailer);
    }

    #[test]
    fn no_flipped_bit_and_no_cut_goes_unnoticed(at in any::<prop::sample::Index>(), bit in 0..8) {
        let encoded = example().encode().unwrap();
        let at = at.index(encoded.len());
        let mut flipped = encoded.clone();
        flipped[at] ^= 1_u8 << bit;
        prop_assert!(decode(&flipped, 4_096).is_err());
        prop_assert!(decode(&encoded[..at], 4_096).is_err());
        prop_assert!(decode(&encoded[at + 1..], 4_096 + at as u64 + 1).is_err());
    }

    #[test]
    fn any_bytes_are_refused_and_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(decode(&bytes, 0).is_err());
        let mut ending = bytes;
        ending.extend_from_slice(end_of(&ending).as_bytes());
        prop_assert!(decode(&ending, 0).is_err());
    }
}

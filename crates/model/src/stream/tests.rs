use super::*;

const NOW: Epoch = Epoch(7);

fn standing(epoch: u64, rev: u64) -> Standing {
    Cursor { epoch: Epoch(epoch), rev: Rev(rev) }.standing(NOW, Rev(10), Rev(20), Rev(12))
}

#[test]
fn a_cursor_is_continued_only_where_nothing_can_be_missing() {
    assert_eq!(standing(7, 20), Standing::UpToDate);
    assert_eq!(standing(7, 19), Standing::Behind);
    assert_eq!(standing(7, 12), Standing::Behind);
    assert_eq!(standing(7, 11), Standing::Reset, "before the present membership");
    assert_eq!(standing(7, 9), Standing::Reset, "below the floor");
    assert_eq!(standing(7, 21), Standing::Reset, "beyond the head");
    assert_eq!(standing(8, 20), Standing::Reset, "another epoch");
}

#[test]
fn an_epoch_is_sixteen_digits_on_the_wire() {
    let text = serde_json::to_string(&Epoch(0xBEEF)).unwrap();
    assert_eq!(text, "\"000000000000beef\"");
    assert_eq!(serde_json::from_str::<Epoch>(&text).unwrap(), Epoch(0xBEEF));
    for bad in ["\"beef\"", "\"+00000000000beef\"", "\"000000000000BEEF\"", "7", "\"\""] {
        assert!(serde_json::from_str::<Epoch>(bad).is_err(), "{bad}");
    }
}

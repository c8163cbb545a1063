use super::header;

/// A server's frame with a length written in this way.
fn frame(length: &[u8], payload: usize) -> Vec<u8> {
    [&[0x81], length, &vec![b'x'; payload][..]].concat()
}

#[test]
fn headers_have_three_forms() {
    assert_eq!(header(&frame(&[0], 0)), Some((2, 0)));
    assert_eq!(header(&frame(&[125], 125)), Some((2, 125)));
    assert_eq!(header(&frame(&[126, 0x01, 0x02], 0x102)), Some((4, 0x102)));
    assert_eq!(header(&frame(&[127, 0, 0, 0, 0, 0, 1, 0, 0], 0x1_0000)), Some((10, 0x1_0000)));
    // What comes behind it belongs to the next.
    assert_eq!(header(&frame(&[3], 70)), Some((2, 3)));
}

#[test]
fn a_part_of_a_frame_is_none() {
    let forms =
        [frame(&[125], 125), frame(&[126, 0, 200], 200), frame(&[127, 0, 0, 0, 0, 0, 0, 0, 200], 200)];
    for whole in forms {
        for length in 0..whole.len() {
            assert_eq!(header(&whole[..length]), None, "{length} of {}", whole.len());
        }
    }
}

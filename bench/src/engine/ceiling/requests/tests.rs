use super::*;

#[test]
fn what_the_load_generator_writes_is_understood() {
    let mut bytes = Vec::new();
    protocol::connect(&mut bytes, 12, None);
    protocol::post(&mut bytes, 5, 6);
    protocol::connect(&mut bytes, 13, Some("elsewhere"));
    protocol::client_frame(&mut bytes, &[b"3"]);
    let mut wanted = Vec::new();
    let mut rest = bytes.as_mut_slice();
    while let Some((used, payload)) = frame(rest) {
        wanted.push(match request(&rest[payload]) {
            Request::Connect(name) => String::from_utf8_lossy(name).into_owned(),
            Request::Post(text) => format!("{} bytes", text.len()),
            Request::Other => "other".to_owned(),
        });
        rest = &mut rest[used..];
    }
    assert!(rest.is_empty());
    assert_eq!(wanted, ["user00012", "100 bytes", "user00013", "other"]);
}

#[test]
fn a_part_of_a_frame_waits_for_the_rest() {
    for payload in [3, 200] {
        let mut whole = Vec::new();
        protocol::client_frame(&mut whole, &[&vec![b'x'; payload]]);
        for length in 0..whole.len() {
            let before = whole.clone();
            assert_eq!(frame(&mut whole[..length]), None, "{length}");
            assert_eq!(whole, before, "nothing is unmasked too early");
        }
        assert!(frame(&mut whole).is_some());
    }
}

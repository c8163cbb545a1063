use super::*;

fn server(host: &str, port: u16) -> Server {
    Server { host: host.into(), port }
}

#[test]
fn slots_are_those_of_the_specification() {
    assert_eq!(crc16(b"123456789"), 0x31c3);
    assert_eq!(slot(b"foo"), 12_182);
    assert_eq!(slot(b"{user1000}.following"), slot(b"{user1000}.followers"));
    assert_eq!(slot(b"foo{bar}{zap}"), slot(b"bar"));
    assert_eq!(slot(b"foo{{bar}}zap"), slot(b"{bar"));
    assert_eq!(hashed_part(b"foo{}{bar}"), b"foo{}{bar}");
    assert_eq!(hashed_part(b"foo{bar"), b"foo{bar");
}

#[test]
fn every_slot_of_a_single_server_is_its() {
    let map = Map::single(server("a", 1));
    for key in ["", "foo", "{bar}", "123456789"] {
        assert_eq!(map.owner(key.as_bytes()).unwrap().host, "a");
    }
    assert_eq!(map.servers().len(), 1);
    assert_eq!(Map::default().owner(b"foo"), None);
}

#[test]
fn the_answer_of_a_cluster_is_understood() {
    let text = |text: &str| Value::BulkString(text.into());
    let entry = |first, last, host: Value, port| {
        let master = Value::Array(vec![host, Value::Int(port), text("id"), Value::Array(vec![])]);
        let replica = Value::Array(vec![text("replica"), Value::Int(9), text("id")]);
        Value::Array(vec![Value::Int(first), Value::Int(last), master, replica])
    };
    let asked = server("asked", 1);
    let answer = Value::Array(vec![
        entry(12_000, 16_383, Value::Nil, 7_002),
        entry(0, 5_000, text("10.0.0.1"), 7_001),
        entry(5_001, 11_000, text(""), 7_003),
    ]);
    let map = Map::from_answer(&answer, &asked).unwrap();
    assert_eq!(map.owner(b"foo").unwrap().to_string(), "asked:7002");
    assert_eq!(map.servers().len(), 3);
    // Slots 11001 to 11999 are nobody's.
    let lost =
        (0..).map(|number: u32| number.to_string()).find(|key| slot(key.as_bytes()) == 11_500).unwrap();
    assert_eq!(map.owner(lost.as_bytes()), None);
    for wrong in [
        Value::Nil,
        Value::Array(vec![]),
        Value::Array(vec![Value::Int(1)]),
        Value::Array(vec![entry(-1, 5, text("a"), 1)]),
        Value::Array(vec![entry(0, 70_000, text("a"), 1)]),
        Value::Array(vec![entry(0, 5, text("a"), 70_000)]),
        Value::Array(vec![entry(0, 5, Value::Int(1), 1)]),
    ] {
        assert_eq!(Map::from_answer(&wrong, &asked), None, "{wrong:?}");
    }
}

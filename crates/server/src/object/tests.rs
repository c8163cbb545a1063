use super::*;

#[derive(Debug, Deserialize)]
struct Secret {
    room: u8,
}

fn read(json: &str) -> Result<Object<Secret>, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn only_objects_are_read_and_nothing_names_itself() {
    assert_eq!(read("{\"room\": 1, \"more\": 2}").unwrap().0.room, 1);
    for other in ["[1]", "null", "5", "\"room\"", "[]"] {
        let error = read(other).err().unwrap();
        assert!(error.contains("an object as documented"), "{error}");
        assert!(!error.contains("Secret"), "{error}");
    }
    assert!(read("{}").err().unwrap().contains("missing field `room`"));
}

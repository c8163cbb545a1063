use super::*;

#[derive(Debug, Deserialize)]
struct Secret {
    #[allow(dead_code, reason = "only read")]
    room: u8,
}

fn read(json: &str) -> Result<Object<Secret>, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn only_objects_are_read_and_nothing_names_itself() {
    assert!(read("{\"room\": 1, \"more\": 2}").is_ok());
    for other in ["[1]", "null", "5", "\"room\"", "[]"] {
        let error = read(other).err().unwrap();
        assert!(error.contains("an object as documented"), "{error}");
        assert!(!error.contains("Secret"), "{error}");
    }
    assert!(read("{}").err().unwrap().contains("missing field `room`"));
}

use uuid::Uuid;

use super::*;

fn message(body: Body) -> String {
    let author = Person { id: UserId(Uuid::nil()), name: "Ann".into(), avatar: 0, guest: false };
    serde_json::to_string(&Message { seq: Rev(3), rev: Rev(5), author, at: Millis(1), body }).unwrap()
}

const START: &str =
    r#"{"seq":3,"rev":5,"author":{"id":"00000000-0000-0000-0000-000000000000","name":"Ann"},"at":1,"#;

#[test]
fn each_kind_of_line_has_its_own_fields() {
    let about = Person { id: UserId(Uuid::max()), name: "Bob".into(), avatar: 2, guest: true };
    for (body, rest) in [
        (Body::Text { text: "a\"b".into(), edited_at: None }, r#""text":"a\"b"}"#),
        (Body::Text { text: "x".into(), edited_at: Some(Millis(9)) }, r#""text":"x","edited_at":9}"#),
        (Body::Deleted, r#""deleted":true}"#),
        (Body::Joined, r#""kind":"joined"}"#),
        (Body::Left, r#""kind":"left"}"#),
        (
            Body::Removed { about: about.clone() },
            r#""kind":"removed","about":{"id":"ffffffff-ffff-ffff-ffff-ffffffffffff","name":"Bob","avatar":2,"guest":true}}"#,
        ),
        (
            Body::Added { about },
            r#""kind":"added","about":{"id":"ffffffff-ffff-ffff-ffff-ffffffffffff","name":"Bob","avatar":2,"guest":true}}"#,
        ),
        (
            Body::Retention { days: Days::new(30).ok(), from: Millis(9) },
            r#""kind":"retention","days":30,"from":9}"#,
        ),
        (Body::Retention { days: None, from: Millis(1) }, r#""kind":"retention","days":null,"from":1}"#),
    ] {
        assert_eq!(message(body), format!("{START}{rest}"));
    }
}

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// The same over a value that was built.
fn fits(value: &Value, attachments: usize) -> bool {
    match value {
        Value::Array(list) => list.iter().all(|value| fits(value, attachments)),
        Value::Object(map) => {
            let number = map.get("num").and_then(Value::as_u64);
            let this = map.get("_placeholder") != Some(&Value::Bool(true))
                || number.is_some_and(|number| number < attachments as u64);
            this && map.values().all(|value| fits(value, attachments))
        }
        _ => true,
    }
}

#[test]
fn each_has_its_attachment() {
    for (json, attachments, expected) in [
        (r#"["n",{"_placeholder":true,"num":0}]"#, 1, true),
        (r#"["n",{"_placeholder":true,"num":1}]"#, 1, false),
        (r#"["n",{"num":1,"_placeholder":true}]"#, 1, false),
        (r#"["n",{"num" : 0 , "_placeholder" : true}]"#, 1, true),
        (r#"["n",{"_placeholder":true}]"#, 1, false),
        (r#"["n",{"_placeholder":true,"num":null}]"#, 1, false),
        (r#"["n",{"_placeholder":true,"num":-0}]"#, 1, false),
        (r#"["n",{"_placeholder":true,"num":0.0}]"#, 1, false),
        (r#"["n",{"_placeholder":true,"num":0e0}]"#, 1, false),
        (r#"["n",{"_placeholder":true,"num":99999999999999999999}]"#, 1, false),
        (r#"["n",{"_placeholder":true,"num":"0"}]"#, 1, false),
        (r#"["n",{"_placeholder":false,"num":5}]"#, 1, true),
        (r#"["n",{"_placeholder":"true","num":5}]"#, 1, true),
        (r#"["n",{"\u005fplaceholder":true,"n\u0075m":5}]"#, 1, false),
        (r#"["_placeholder",true,"num",5]"#, 1, true),
        (r#"["\\\"{\"_placeholder\":true,\"num\":5}"]"#, 1, true),
        // Within each other.
        (r#"[{"_placeholder":true,"x":{"num":5},"num":0}]"#, 1, true),
        (r#"[{"_placeholder":true,"num":{"num":0}}]"#, 1, false),
        (r#"[{"num":0,"x":[{"_placeholder":true,"num":3}],"_placeholder":true}]"#, 3, false),
        // Half of a surrogate pair is no reason to refuse what is beside it.
        (r#"["\ud83d",{"_placeholder":true,"num":0}]"#, 1, true),
        (r#"[{"\ud83d":1,"_placeholder":true,"num":2}]"#, 1, false),
    ] {
        assert_eq!(fit(json.as_bytes(), attachments), expected, "{json}");
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({ "_placeholder": true, "num": 0 })),
        Just(json!({ "_placeholder": true, "num": 2 })),
        Just(json!(true)),
        Just(json!("num")),
        Just(json!("_placeholder")),
        any::<u8>().prop_map(|number| json!(number)),
        any::<i8>().prop_map(|number| json!(f64::from(number) / 4.0)),
        "[\"\\\\{}\\[\\],:a]{0,8}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(5, 30, 4, |inner| {
        let key = prop_oneof![
            Just("_placeholder".to_owned()),
            Just("num".to_owned()),
            "[\"\\\\{}:a]{0,3}".prop_map(String::from),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((key, inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn says_the_same_as_a_value_that_was_built(value in value(), attachments in 0_usize..4, pretty: bool) {
        let json = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) };
        prop_assert_eq!(fit(&json.unwrap(), attachments), fits(&value, attachments));
    }
}

use super::*;
use serde_json::json;

fn metadata(name: &str, dependency: &Value) -> Value {
    json!({"packages": [{"name": name, "dependencies": [dependency]}]})
}

#[test]
fn a_dependency_that_is_not_allowed_is_named() {
    let store_on_live =
        metadata("chinwag-store", &json!({"name": "chinwag-live", "path": "x", "kind": null}));
    assert_eq!(dependencies(&store_on_live), ["chinwag-store must not depend on chinwag-live"]);
    let store_on_model =
        metadata("chinwag-store", &json!({"name": "chinwag-model", "path": "x", "kind": null}));
    assert!(dependencies(&store_on_model).is_empty());
    let model_on_tokio = metadata("chinwag-model", &json!({"name": "tokio", "kind": null}));
    assert_eq!(dependencies(&model_on_tokio).len(), 1);
    let store_on_xtask = |kind: Value| {
        dependencies(&metadata("chinwag-store", &json!({"name": "xtask", "path": "x", "kind": kind}))).len()
    };
    assert_eq!((store_on_xtask(json!("dev")), store_on_xtask(Value::Null)), (0, 1));
    let unknown = metadata("chinwag-more", &json!({"name": "tokio", "kind": null}));
    assert_eq!(dependencies(&unknown).len(), 1);
}

#[test]
fn a_back_end_is_found_in_paths_and_groups() {
    let faults = |source| back_ends(Path::new("x.rs"), source).len();
    assert_eq!(faults("use chinwag_store::sqlite::Sqlite;"), 1);
    assert_eq!(faults("use chinwag_store::{\n    Store,\n    sqlite::Sqlite,\n};"), 1);
    assert_eq!(faults("let live = chinwag_live::memory::start();"), 1);
    assert_eq!(faults("use chinwag_store::{Store, Error};\nlet memory = sqlite;"), 0);
    assert_eq!(faults("//! As chinwag_store::sqlite does it."), 0);
}

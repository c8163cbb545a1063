use super::*;

#[test]
fn the_shared_files_are_there_in_any_case() {
    let css = asset(base_css()).expect("the style sheet is an asset");
    assert_eq!(css.content_type, "text/css; charset=utf-8");
    assert!(css.immutable);
    assert!(css.bytes.starts_with(b"/*"));
    assert!(favicon().bytes.starts_with(b"<svg"));
    assert!(!favicon().immutable);
    assert_eq!(web_manifest().content_type, "application/manifest+json");
}

#[test]
fn a_client_is_there_or_missing_with_a_reason() {
    assert_eq!(available(), missing().is_none());
    assert_eq!(available(), entry().is_some());
    assert!(missing().is_none_or(|reason| !reason.is_empty()));
}

#[test]
fn everything_that_a_page_loads_is_an_asset() {
    let Some(entry) = entry() else { return };
    assert_eq!(asset(entry.script).map(|script| script.content_type), Some("text/javascript; charset=utf-8"));
    assert!(!entry.styles.is_empty());
    for path in entry.styles.iter().chain(entry.preloads) {
        assert!(asset(path).is_some_and(|asset| asset.immutable), "{path}");
    }
}

#[test]
fn paths_are_looked_up_exactly() {
    assert!(asset("").is_none());
    assert!(asset("../table.rs").is_none());
    assert!(asset("base.css").is_none());
    for (path, asset) in assets() {
        assert!(super::asset(path).is_some_and(|found| std::ptr::eq(found, asset)), "{path}");
        assert!(!asset.bytes.is_empty(), "{path}");
        assert!(!path.ends_with(".map"), "{path} is a source map");
    }
}

/// What must be loaded before the first message can be on the screen: see the budget in `web/README.md`.
#[test]
fn the_client_keeps_to_its_budget() {
    let Some(entry) = entry() else { return };
    let scripts = [entry.script].into_iter().chain(entry.preloads.iter().copied());
    let size: usize = scripts.filter_map(asset).filter_map(|script| script.gzip).map(<[u8]>::len).sum();
    assert!(size > 0);
    assert!(size <= 60_000, "{size} bytes of compressed JavaScript");
}

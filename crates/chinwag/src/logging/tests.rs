use tracing::Level;

use super::LogFilter;

fn enabled(filter: &str, target: &str, level: Level) -> bool {
    filter.parse::<LogFilter>().unwrap().0.would_enable(target, &level)
}

#[test]
fn a_level_alone_is_for_our_own_parts() {
    assert!(enabled("info", "chinwag_server::http", Level::INFO));
    assert!(!enabled("info", "chinwag_server::http", Level::DEBUG));
    assert!(!enabled("info", "hyper::proto", Level::INFO));
    assert!(enabled("info", "tower_http::trace", Level::ERROR));
    assert!(!enabled("error", "hyper", Level::WARN));
    assert!(enabled("trace", "chinwag", Level::TRACE));
    assert!(!enabled("trace", "hyper", Level::DEBUG));
}

#[test]
fn a_list_says_it_for_each_part() {
    let filter = "warn, chinwag_store=debug";
    assert!(enabled(filter, "chinwag_store::sqlite", Level::DEBUG));
    assert!(!enabled(filter, "chinwag_server", Level::INFO));
    assert!(enabled(filter, "chinwag_server", Level::WARN));
}

#[test]
fn words_that_are_no_levels_are_refused() {
    for text in ["", "loud", "chinwag=loud", "info,chinwag_store", ",", "INFO "] {
        assert!(text.parse::<LogFilter>().is_err(), "{text:?}");
    }
}

#[test]
fn what_would_tell_secrets_is_not_logged_whatever_is_asked_for() {
    for filter in ["trace,tower_http=trace", "tower_http::csrf=trace", "debug"] {
        let filter = filter.parse::<LogFilter>().unwrap().without_secrets();
        assert!(!filter.would_enable("tower_http::csrf::service", &Level::DEBUG));
        assert!(!filter.would_enable("lapin::returned_messages", &Level::WARN));
    }
}

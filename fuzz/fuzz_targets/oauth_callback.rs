//! The query that a browser comes back with: whatever is read is within its bounds, and what was written is read as the same.
#![no_main]

use chinwag_providers::{Callback, ProviderError};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    match Callback::parse(input) {
        Ok(callback) => {
            if let Some(state) = callback.state() {
                assert!((1..=128).contains(&state.len()) && state.bytes().all(|b| b.is_ascii_graphic()));
            }
            let _ = callback.without_pending();
        }
        Err(error) => assert_eq!(error, ProviderError::CallbackInvalid),
    }
    let Some((state, code)) = input.split_once('\n') else { return };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("state", state).append_pair("code", code).finish();
    let right = (1..=128).contains(&state.len())
        && state.bytes().all(|b| b.is_ascii_graphic())
        && (1..=8_192).contains(&code.len())
        && code.bytes().all(|b| matches!(b, b' '..=b'~'));
    match Callback::parse(&query) {
        Ok(callback) => assert!(right && callback.state() == Some(state)),
        Err(_) => assert!(!right || query.len() > 16_384),
    }
});

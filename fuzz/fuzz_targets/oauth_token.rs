//! The answer to a code: a token can be sent in a header, and what stands in the log of an error is short and in one line.
#![no_main]

use chinwag_providers::wire::token::Answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| match Answer::read(input) {
    Ok(Answer::Granted(granted)) => {
        let token = granted.access_token.expose();
        assert!((1..=16_384).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic()));
        // What is shown in place of it is shorter than that.
        assert!(token.len() < 80 || !format!("{granted:?}").contains(token));
    }
    Ok(Answer::Refused(complaint)) => {
        let _ = complaint.token_error();
        short(&complaint.to_string());
    }
    Err(unusable) => short(&unusable.to_string()),
});

fn short(text: &str) {
    assert!(text.chars().count() < 1_000 && !text.chars().any(char::is_control), "{text:?}");
}

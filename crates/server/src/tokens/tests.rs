use std::collections::HashSet;

use super::*;

#[test]
fn tokens_are_256_random_bits() {
    let tokens: HashSet<String> = (0..1_000).map(|_| Token::random().unwrap().expose().to_owned()).collect();
    assert_eq!(tokens.len(), 1_000);
    let mut ones = 0;
    for token in &tokens {
        assert_eq!(token.len(), Token::CHARS);
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
        assert_eq!(bytes.len(), 32);
        ones += bytes.iter().map(|byte| byte.count_ones()).sum::<u32>();
    }
    // Half of 256,000 bits; a hundred times the deviation that chance has is 25,000.
    assert!((103_000..153_000).contains(&ones), "{ones} of 256,000 bits are set");
}

#[test]
fn what_cannot_be_a_token_is_none() {
    let token = Token::random().unwrap();
    assert_eq!(Token::parse(token.expose()).unwrap().key(), token.key());
    for bad in
        ["", "x", &"=".repeat(Token::CHARS), &"x".repeat(Token::CHARS + 1), &"é".repeat(Token::CHARS / 2)]
    {
        assert!(Token::parse(bad).is_none(), "{bad}");
    }
    assert!(!format!("{token:?}").contains(token.expose()));
}

use std::collections::HashSet;

use uuid::Uuid;

use super::*;

fn hash_of(user: UserId, text: &str) -> Option<Vec<u8>> {
    check(user, text).map(|proof| match proof {
        SecondProof::RecoveryCode(hash) => hash,
        SecondProof::Code { .. } => panic!("a recovery code"),
    })
}

#[test]
fn what_is_shown_is_what_is_stored() {
    let user = UserId(Uuid::from_u128(1));
    let codes = RecoveryCodes::random(user).unwrap();
    assert_eq!((codes.shown.len(), codes.hashes.len()), (10, 10));
    for (shown, hash) in codes.shown.iter().zip(&codes.hashes) {
        assert_eq!(shown.len(), 19);
        assert_eq!(hash_of(user, shown).as_ref(), Some(hash));
        assert_ne!(hash_of(UserId(Uuid::from_u128(2)), shown).as_ref(), Some(hash), "another's is another");
    }
    assert_eq!(codes.hashes.iter().collect::<HashSet<_>>().len(), 10);
}

#[test]
fn it_does_not_matter_how_they_are_typed() {
    let user = UserId(Uuid::from_u128(1));
    let wanted = hash_of(user, "abol-2345-67xy-zabc");
    assert!(wanted.is_some());
    for typed in ["ABOL234567XYZABC", " ab0l 2345 67xy\tzabc ", "ab01-2345-67xy-zabc"] {
        assert_eq!(hash_of(user, typed), wanted, "{typed}");
    }
    assert_eq!(hash_of(user, "8bol-2345-67xy-zabc"), hash_of(user, "bbol-2345-67xy-zabc"));
}

#[test]
fn what_cannot_be_one_is_none() {
    let user = UserId(Uuid::from_u128(1));
    for text in [
        "",
        "123456",
        "abol-2345-67xy-zab",
        "abol-2345-67xy-zabcd",
        "abol-2345-67xy-zab9",
        "äbol-2345-67xy-zabc",
    ] {
        assert_eq!(hash_of(user, text), None, "{text:?}");
    }
}

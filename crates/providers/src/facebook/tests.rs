use super::*;

/// RFC 4231, section 4.3.
#[test]
fn the_proof_is_the_token_signed_by_the_secret() {
    let proof = proof(&Secret::new("Jefe"), &Secret::new("what do ya want for nothing?"));
    assert_eq!(proof, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

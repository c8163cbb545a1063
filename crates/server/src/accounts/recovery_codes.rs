//! Codes for whoever has lost their app: 80 random bits each, in letters and digits that nobody confuses, good for once.

use chinwag_model::UserId;
use chinwag_store::SecondProof;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::random_bytes;
use crate::error::Error;

#[cfg(test)]
mod tests;

/// How many somebody has.
const COUNT: usize = 10;
/// Random bytes in each.
const BYTES: usize = 10;
/// How many characters that makes in base32 (RFC 4648, section 6), and after how many of them there is a dash.
const CHARS: usize = BYTES * 8 / 5;
const GROUP: usize = 4;

/// Fresh codes: as they are shown, once, and as they are stored.
pub(super) struct RecoveryCodes {
    pub(super) shown: Vec<String>,
    pub(super) hashes: Vec<Vec<u8>>,
}

impl RecoveryCodes {
    /// Fresh ones for somebody.
    pub(super) fn random(user: UserId) -> Result<Self, Error> {
        let mut codes = Self { shown: Vec::new(), hashes: Vec::new() };
        for _ in 0..COUNT {
            let code = BASE32_NOPAD.encode(&random_bytes::<BYTES>()?).to_ascii_lowercase();
            codes.hashes.push(hash(user, &code));
            codes.shown.push(in_groups(&code));
        }
        Ok(codes)
    }
}

/// What a text proves if it is one of somebody's codes, which is for the store to say.
pub(super) fn check(user: UserId, text: &str) -> Option<SecondProof> {
    let code = normal(text)?;
    Some(SecondProof::RecoveryCode(hash(user, &code)))
}

/// A code as it was made, of what was typed: dashes and spaces do not matter, nor do capitals, and what base32 does not have
/// is what it looks like.
fn normal(text: &str) -> Option<String> {
    let mut code = String::with_capacity(CHARS);
    for typed in text.chars().filter(|typed| !typed.is_whitespace() && *typed != '-') {
        let typed = match typed.to_ascii_lowercase() {
            '0' => 'o',
            '1' => 'l',
            '8' => 'b',
            typed => typed,
        };
        if code.len() == CHARS || !matches!(typed, 'a'..='z' | '2'..='7') {
            return None;
        }
        code.push(typed);
    }
    (code.len() == CHARS).then_some(code)
}

fn in_groups(code: &str) -> String {
    let mut shown = String::with_capacity(CHARS + CHARS / GROUP);
    for (place, letter) in code.chars().enumerate() {
        if place > 0 && place % GROUP == 0 {
            shown.push('-');
        }
        shown.push(letter);
    }
    shown
}

/// What is stored of a code. 80 random bits cannot be tried, so that a quick hash is enough; whose it is goes into it as well.
fn hash(user: UserId, code: &str) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(b"chinwag recovery code");
    hasher.update(user.0.as_bytes());
    hasher.update(code.as_bytes());
    hasher.finalize().to_vec()
}

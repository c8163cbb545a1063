//! Codes of an app that change with the time (TOTP, RFC 6238): six digits, every 30 seconds another, by SHA-1, which is what
//! every app can do.

use chinwag_model::Millis;
use chinwag_store::{AuthenticatorSecret, SecondProof};
use totp_rs::{Builder, Totp};

use super::random_bytes;
use crate::error::Error;

#[cfg(test)]
mod tests;

/// Random bytes in a secret: as many as SHA-1 gives (RFC 4226, section 4, R6).
const SECRET_BYTES: usize = 20;
/// How many a code has (RFC 4226, section 5.3), which is what the crate makes.
const DIGITS: usize = 6;
/// How many steps a clock may be wrong, before and after (RFC 6238, section 5.2).
const STEPS_OFF: u16 = 1;

/// A fresh secret.
pub(super) fn random() -> Result<AuthenticatorSecret, Error> {
    Ok(AuthenticatorSecret(random_bytes::<SECRET_BYTES>()?.to_vec()))
}

/// What an app is given.
pub(super) struct ForApp {
    /// The secret, to be typed.
    pub(super) secret: String,
    /// The same and whose it is, as a link that apps understand.
    pub(super) link: String,
}

/// What an app is given for an account of this name, at this host.
pub(super) fn for_app(secret: &AuthenticatorSecret, host: &str, name: &str) -> Result<ForApp, Error> {
    // Neither may have a colon, which stands between them.
    let plain = |text: &str| text.replace(':', " ").trim().to_owned();
    let issuer = plain(&format!("Chinwag {host}"));
    let totp = made(of(secret).with_issuer(Some(issuer)).with_account_name(plain(name)))?;
    let link = totp.to_url().map_err(|error| internal(&error))?;
    Ok(ForApp { secret: totp.secret().to_base32(), link })
}

/// What a code proves that an app shows at this time, if it is one: that it can be used up is for the store to say.
pub(super) fn check(
    secret: &AuthenticatorSecret,
    code: &str,
    now: Millis,
) -> Result<Option<SecondProof>, Error> {
    // Apps show codes with a space in the middle.
    let code: String = code.chars().filter(|typed| !typed.is_whitespace()).take(DIGITS + 1).collect();
    let seconds = u64::try_from(now.0 / 1_000).unwrap_or_default();
    let step = made(of(secret))?.check(&code, seconds);
    Ok(step.map(|step| SecondProof::Code { secret: secret.clone(), step }))
}

fn of(secret: &AuthenticatorSecret) -> Builder {
    Builder::new().with_secret(secret.0.clone()).with_skew(STEPS_OFF)
}

fn made(builder: Builder) -> Result<Totp, Error> {
    builder.build().map_err(|error| internal(&error))
}

fn internal(error: &totp_rs::TotpError) -> Error {
    tracing::error!(%error, "codes cannot be made of a secret");
    Error::Internal
}

//! Who somebody is elsewhere.

use crate::failure::Failure;

#[cfg(test)]
mod tests;

/// Most bytes of a subject. OpenID Connect allows 255 ASCII characters (Core, section 2).
const SUBJECT_BYTES: usize = 255;
/// Most characters of a name or handle; the rest is cut off.
const NAME_CHARS: usize = 200;
/// Most bytes of an e-mail address (RFC 5321, section 4.5.3.1.3, without the brackets).
const EMAIL_BYTES: usize = 254;

/// Somebody, as a provider knows them. `issuer` and `subject` together are who they are; everything else may change, and may be
/// another's tomorrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who says so, and never changes: the `iss` of OpenID Connect, otherwise the address of the provider.
    pub issuer: String,
    /// Who they are there: 1 to 255 bytes without control characters, compared byte by byte.
    pub subject: String,
    /// What they are called there, for display: 1 to 200 characters without control characters.
    pub name: Option<String>,
    /// What they sign in with there, or are mentioned by; in the same form.
    pub handle: Option<String>,
    /// Their e-mail address there.
    pub email: Option<Email>,
}

/// An e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// The address: at most 254 bytes, something before and after its last `@`, without white space and control characters. Whether
    /// it is one that receives anything is not known by that.
    pub address: String,
    /// Whether the provider says that it has made sure whose it is.
    pub verified: bool,
}

impl Person {
    /// Somebody of whom nothing else is known yet.
    pub(crate) fn new(issuer: &str, subject: &str) -> Result<Self, Failure> {
        let fits = (1..=SUBJECT_BYTES).contains(&subject.len()) && !subject.chars().any(char::is_control);
        if !fits {
            return Err(Failure::token_invalid("the subject is empty, too long or has control characters"));
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            name: None,
            handle: None,
            email: None,
        })
    }
}

/// A name or handle as it is passed on; nothing if there is nothing to see in it.
pub(crate) fn name(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut name = String::new();
    let mut room = NAME_CHARS;
    for word in words {
        if !name.is_empty() {
            name.push(' ');
            room -= 1;
        }
        let before = name.len();
        name.extend(word.chars().take(room));
        room -= name.get(before..).unwrap_or_default().chars().count();
        if room <= 1 {
            break;
        }
    }
    (!name.is_empty()).then_some(name)
}

impl Email {
    /// Takes what a provider says; nothing if it is no address.
    pub(crate) fn new(address: &str, verified: bool) -> Option<Self> {
        let (local, domain) = address.rsplit_once('@')?;
        let fits = !local.is_empty()
            && !domain.is_empty()
            && address.len() <= EMAIL_BYTES
            && !address.chars().any(|c| c.is_whitespace() || c.is_control());
        fits.then(|| Self { address: address.to_owned(), verified })
    }
}

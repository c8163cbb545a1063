//! Where to go after signing in.

use http::Uri;

#[cfg(test)]
mod tests;

/// Where everybody goes who wants nothing else.
pub(super) const HOME: &str = "/";

/// A path of ours to go to: what was asked for if it is one, else home. Never another site.
pub(super) fn safe(next: Option<&str>) -> String {
    let next = next.unwrap_or(HOME);
    // Browsers take a backslash for a slash, drop tabs and line ends, and put `.` and `..` in order, also where they are
    // written in hexadecimal; what is left could be the address of a host. So only what is plainly a path passes.
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let plain = path.starts_with('/')
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && !path.contains("//")
        && !path.split('/').any(is_dots)
        && !path.starts_with("/sign-");
    if plain && next.parse::<Uri>().is_ok_and(|uri| uri.authority().is_none()) {
        next.to_owned()
    } else {
        HOME.to_owned()
    }
}

/// Whether a part of a path is `.` or `..`, however it is written.
fn is_dots(part: &str) -> bool {
    let plain = part.replace("%2e", ".").replace("%2E", ".");
    plain == "." || plain == ".."
}

/// The way to the sign-in page and back here. What can only be sent to, not gone to, leads to the page that it is on.
pub(super) fn sign_in_then(here: &Uri) -> String {
    let path = here.path_and_query().map_or(HOME, |path| path.as_str());
    let only_sent_to = ["/join", "/leave", "/remove"];
    let path = only_sent_to.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
    if path == HOME { "/sign-in".to_owned() } else { format!("/sign-in?next={}", encode(path)) }
}

/// Writes a text into a query.
pub(super) fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

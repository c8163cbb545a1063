//! The built browser client, embedded: its files with their compressed forms, and what a page has to load of them.
//!
//! `build.rs` builds `web/` with Vite; see there for `CHINWAG_WEB`. The style sheet that the plain pages share with the
//! client, the icon and the web manifest need no build and are there in any case. Where the client itself is not,
//! [`available`] says so, [`missing`] says why, and the server serves its plain pages alone.
//!
//! All paths are relative to [`BASE`].

/// The path below which the server must serve [`asset`]s; the client's build refers to its own files by it.
pub const BASE: &str = "/assets/";

/// A file to serve.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// The file itself.
    pub bytes: &'static [u8],
    /// The same, compressed with Brotli, where that is smaller.
    pub br: Option<&'static [u8]>,
    /// The same, compressed with gzip, where that is smaller.
    pub gzip: Option<&'static [u8]>,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The value of `ETag` of the file itself, quotes included. A compressed form is another representation: a server
    /// that sends one makes this weak or adds to it.
    pub etag: &'static str,
    /// Whether the path names this very content, so that it may be cached for ever.
    pub immutable: bool,
}

/// What a page has to load for the client to start on it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The module to load by `<script type="module">`.
    pub script: &'static str,
    /// The style sheets to link, beside [`base_css`].
    pub styles: &'static [&'static str],
    /// The modules that `script` will ask for, to be named by `<link rel="modulepreload">`.
    pub preloads: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// The file at a path relative to [`BASE`], such as `main-B2fA9xYz.js`.
#[must_use]
pub fn asset(path: &str) -> Option<&'static Asset> {
    let index = ASSETS.binary_search_by(|(known, _)| (*known).cmp(path)).ok()?;
    ASSETS.get(index).map(|(_, asset)| asset)
}

/// All files and their paths relative to [`BASE`].
pub fn assets() -> impl Iterator<Item = (&'static str, &'static Asset)> {
    ASSETS.iter().map(|(path, asset)| (*path, asset))
}

/// What a page has to load, unless the client is missing.
#[must_use]
pub fn entry() -> Option<Entry> {
    ENTRY
}

/// The path of the style sheet that plain pages and client share. It is an [`asset`] and is always there.
#[must_use]
pub fn base_css() -> &'static str {
    BASE_CSS
}

/// The icon, to be served at `/favicon.svg`.
#[must_use]
pub fn favicon() -> &'static Asset {
    &FAVICON
}

/// The web app manifest, to be served at `/manifest.webmanifest`. It names the icon by its path.
#[must_use]
pub fn web_manifest() -> &'static Asset {
    &WEB_MANIFEST
}

/// Whether the client was built in.
#[must_use]
pub fn available() -> bool {
    MISSING.is_none()
}

/// Why the client was not built in, in words for a person; `None` if it was.
#[must_use]
pub fn missing() -> Option<&'static str> {
    MISSING
}

#[cfg(test)]
mod tests;

//! A link as a picture for the cameras of phones.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

/// White cells around it, which readers need (ISO/IEC 18004, 6.3.8).
const QUIET: i32 = 4;

/// The picture as SVG, or nothing if there is no room for so long a text. `label` is what it is for those who do not see it;
/// it is part of the markup.
pub(super) fn svg(text: &str, label: &'static str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    let side = code.size() + 2 * QUIET;
    Some(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

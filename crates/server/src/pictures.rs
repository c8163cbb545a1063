//! Pictures of people: what is uploaded is decoded with limits and written again, so that nothing of the file itself is
//! ever handed on; who has uploaded none gets one drawn from the name.

use std::io::Cursor;

use chinwag_model::UserId;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use crate::error::Error;

#[cfg(test)]
mod tests;

/// Width and height of a kept picture, in pixels.
const SIDE: u32 = 256;
/// Width and height of its small form: twice what lists show, for dense screens.
const SMALL_SIDE: u32 = 80;
/// Most pixels on a side of what is uploaded.
const MOST_SIDE: u32 = 8_192;
/// Most bytes that a decoded picture may take. The part of it that is kept is a copy, so it takes up to twice as much.
const MOST_BYTES: u64 = 64 * 1_024 * 1_024;

/// Makes a square PNG of what somebody has uploaded. Takes up to a second and twice [`MOST_BYTES`]: do it where that disturbs
/// nobody.
pub(crate) fn square(upload: &[u8]) -> Result<Vec<u8>, Error> {
    let (picture, orientation) = decode(upload).map_err(|error| {
        tracing::debug!(%error, "a picture was refused");
        Error::PictureInvalid
    })?;
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    let square = picture.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    let mut square = square.resize_exact(SIDE, SIDE, imageops::FilterType::Triangle);
    // Turned once it is small: turning makes another picture of the same size.
    square.apply_orientation(orientation);
    written(square).map_err(|error| {
        tracing::error!(%error, "a picture could not be written");
        Error::Internal
    })
}

/// The small form of a kept picture, for lists.
///
/// # Errors
/// It is no PNG of ours.
pub(crate) fn small(png: &[u8]) -> image::ImageResult<Vec<u8>> {
    let (picture, _) = decode(png)?;
    written(picture.resize_exact(SMALL_SIDE, SMALL_SIDE, imageops::FilterType::Triangle))
}

/// As a PNG.
fn written(picture: DynamicImage) -> image::ImageResult<Vec<u8>> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive);
    picture.into_rgba8().write_with_encoder(encoder)?;
    Ok(png)
}

/// The picture, and how it has to be turned.
fn decode(upload: &[u8]) -> image::ImageResult<(DynamicImage, Orientation)> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    let mut reader = ImageReader::new(Cursor::new(upload)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    // What the decoded picture itself takes counts as well.
    limits.check_dimensions(decoder.dimensions().0, decoder.dimensions().1)?;
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    Ok((DynamicImage::from_decoder(decoder)?, orientation))
}

/// A picture drawn from a name: its first letters on a colour of the person's own. SVG.
pub(crate) fn drawn(id: UserId, name: &str) -> String {
    let letters: String = name.split(' ').filter_map(first_letter).take(2).collect();
    let letters = if letters.is_empty() { "?".to_owned() } else { letters };
    // The last bits of a UUID of version 7 are random.
    let hue = id.0.as_u128() % 360;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\"><rect width=\"64\" height=\"64\" \
         fill=\"hsl({hue} 45% 38%)\"/><text x=\"32\" y=\"42\" font-family=\"system-ui,sans-serif\" \
         font-size=\"28\" font-weight=\"600\" text-anchor=\"middle\" fill=\"#fff\">{letters}</text></svg>\n"
    )
}

/// The first letter or digit of a word, as a capital. Letters alone, so that nothing of SVG's own can be among them.
fn first_letter(word: &str) -> Option<char> {
    word.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().next().unwrap_or(c))
}

use image::{GenericImageView, ImageFormat, Rgb, RgbImage};
use uuid::Uuid;

use super::*;

fn file(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Red on the left half, blue on the right.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
}

#[test]
fn whatever_is_uploaded_becomes_a_square_png() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        for (width, height) in [(900, 300), (300, 900), (1, 1), (256, 256)] {
            let png = square(&file(&halves(width, height), format)).unwrap();
            let made = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap();
            assert_eq!(made.dimensions(), (SIDE, SIDE), "{format:?} {width}x{height}");
        }
    }
    let made = image::load_from_memory(&square(&file(&halves(900, 300), ImageFormat::Png)).unwrap()).unwrap();
    assert_eq!(made.get_pixel(10, 10).0, [255, 0, 0, 255], "the middle of it");
    assert_eq!(made.get_pixel(245, 10).0, [0, 0, 255, 255]);
}

#[test]
fn the_small_form_is_the_same_picture() {
    let kept = square(&file(&halves(900, 300), ImageFormat::Jpeg)).unwrap();
    let made = small(&kept).unwrap();
    assert!(made.len() < kept.len(), "{} and {}", made.len(), kept.len());
    let made = image::load_from_memory_with_format(&made, ImageFormat::Png).unwrap();
    assert_eq!(made.dimensions(), (SMALL_SIDE, SMALL_SIDE));
    let reddish = |x| made.get_pixel(x, 10).0[0] > 200;
    assert!(reddish(5) && !reddish(75));
    assert!(small(b"no picture").is_err());
}

/// A PNG that says that it is this large, with nothing in it.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = file(&halves(2, 2), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// The checksum of a part of a PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 },
        )
    })
}

#[test]
fn bombs_and_what_is_no_picture_are_refused() {
    let small = bomb(2, 2);
    assert!(square(&small).is_ok(), "the checksum is right");
    for (width, height) in [(60_000, 60_000), (MOST_SIDE, MOST_SIDE), (MOST_SIDE + 1, 1), (0, 5)] {
        assert!(matches!(square(&bomb(width, height)), Err(Error::PictureInvalid)), "{width}x{height}");
    }
    let whole = file(&halves(64, 64), ImageFormat::Png);
    let cut = &whole[..whole.len() / 2];
    for bad in [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", cut] {
        assert!(matches!(square(bad), Err(Error::PictureInvalid)));
    }
}

#[test]
fn a_picture_is_drawn_from_the_name() {
    let draw = |name: &str| drawn(UserId(Uuid::nil()), name);
    assert!(draw("ada king lovelace").contains(">AK</text>"));
    assert!(draw("'&<").contains(">?</text>"));
    assert!(draw("(élan) & co").contains(">ÉC</text>"));
}

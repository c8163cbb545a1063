//! The first words of TLS 1.2 (RFC 5246), in which a certificate is not yet hidden.

use super::*;

/// What the server says before it waits for our key.
pub(super) fn answer(rabbit: &RabbitMq) -> Vec<u8> {
    let mut stream = connect(&rabbit.ports.clients).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(&hello()).unwrap();
    let mut heard = Vec::new();
    // Its last message, ServerHelloDone (14), which says nothing.
    while !heard.ends_with(&[14, 0, 0, 0]) {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).unwrap();
        assert_ne!(length, 0, "{heard:02x?}");
        heard.extend_from_slice(&part[..length]);
    }
    heard
}

/// A ClientHello (1) in a record of the handshake (22).
fn hello() -> Vec<u8> {
    // ECDSA with AES in GCM, the curve P-256 (10, 11) and ECDSA with SHA-256 (13).
    let ciphers = [0xC0, 0x2B, 0xC0, 0x2C];
    let curves = extension(10, &sized(&[0, 23]));
    let forms = extension(11, &[1, 0]);
    let signatures = extension(13, &sized(&[4, 3]));
    let extensions = [curves, forms, signatures].concat();
    let random = [7; 32];
    // No session to go on with; nothing compressed.
    let body = [&[3, 3][..], &random, &[0], &sized(&ciphers), &[1, 0], &sized(&extensions)].concat();
    let message = [&[1, 0][..], &sized(&body)].concat();
    [&[22, 3, 1][..], &sized(&message)].concat()
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &sized(content)].concat()
}

fn sized(content: &[u8]) -> Vec<u8> {
    [&u16::try_from(content.len()).unwrap().to_be_bytes()[..], content].concat()
}

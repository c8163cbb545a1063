//! Puts packets with attachments together again (Socket.IO protocol 5, "Packet encoding", binary events).

use bytes::Bytes;

use super::decode::{Body, DecodeError, Limits, Packet, decode};

/// Turns the messages of one connection into packets.
///
/// ```
/// use chinwag_socketio::socket_io::{Assembler, Body, Incoming, Limits};
///
/// let (mut assembler, limits) = (Assembler::default(), Limits::default());
/// let text = r#"51-["file",{"_placeholder":true,"num":0}]"#;
/// assert_eq!(assembler.text(&text.into(), &limits)?, Incoming::Partial);
/// let Incoming::Packet(packet) = assembler.binary(vec![1, 2, 3].into(), &limits)? else { unreachable!() };
/// let Body::Event { name, arguments } = packet.body else { unreachable!() };
/// assert_eq!((name, arguments.attachments().len()), ("file".into(), 1));
/// # Ok::<_, chinwag_socketio::socket_io::Refused>(())
/// ```
#[derive(Debug, Default)]
pub struct Assembler {
    // Boxed, because nearly always there is nothing here.
    partial: Option<Box<Partial>>,
}

#[derive(Debug)]
struct Partial {
    packet: Packet,
    attachments: Vec<Bytes>,
    bytes: usize,
}

/// What a message led to.
///
/// ```
/// use chinwag_socketio::socket_io::{Assembler, Incoming, Limits};
///
/// let incoming = Assembler::default().text(&r#"2["n"]"#.into(), &Limits::default());
/// assert!(matches!(incoming, Ok(Incoming::Packet(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A whole packet.
    Packet(Packet),
    /// Attachments are still to come.
    Partial,
}

/// A message that cannot be taken. After it, nothing of the connection can be understood.
///
/// ```
/// use chinwag_socketio::socket_io::{Assembler, Limits, Refused};
///
/// let refused = Assembler::default().binary("not asked for".into(), &Limits::default());
/// assert_eq!(refused, Err(Refused::NoneDue));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no packet.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Text where an attachment was due.
    #[error("text in place of an attachment")]
    TextDue,
    /// An attachment where none was due.
    #[error("an attachment without a packet")]
    NoneDue,
    /// The attachments of one packet are over [`Limits::attachment_bytes`].
    #[error("the attachments are too large")]
    TooLarge,
}

impl Assembler {
    /// Takes a text message.
    ///
    /// ```
    /// # use chinwag_socketio::socket_io::{Assembler, Limits};
    /// assert!(Assembler::default().text(&"40".into(), &Limits::default()).is_ok());
    /// ```
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn text(&mut self, text: &Bytes, limits: &Limits) -> Result<Incoming, Refused> {
        if self.partial.is_some() {
            return Err(Refused::TextDue);
        }
        let packet = decode(text, limits)?;
        if packet.attachments == 0 {
            return Ok(Incoming::Packet(packet));
        }
        let attachments = Vec::with_capacity(packet.attachments);
        self.partial = Some(Box::new(Partial { packet, attachments, bytes: 0 }));
        Ok(Incoming::Partial)
    }

    /// Takes a binary message.
    ///
    /// ```
    /// # use chinwag_socketio::socket_io::{Assembler, Incoming, Limits};
    /// let (mut assembler, limits) = (Assembler::default(), Limits::default());
    /// assembler.text(&r#"51-["n",{"_placeholder":true,"num":0}]"#.into(), &limits)?;
    /// assert!(matches!(assembler.binary(vec![7].into(), &limits)?, Incoming::Packet(_)));
    /// # Ok::<_, chinwag_socketio::socket_io::Refused>(())
    /// ```
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn binary(&mut self, bytes: Bytes, limits: &Limits) -> Result<Incoming, Refused> {
        let mut partial = self.partial.take().ok_or(Refused::NoneDue)?;
        partial.bytes = partial.bytes.saturating_add(bytes.len());
        if partial.bytes > limits.attachment_bytes {
            return Err(Refused::TooLarge);
        }
        partial.attachments.push(bytes);
        if partial.attachments.len() < partial.packet.attachments {
            self.partial = Some(partial);
            return Ok(Incoming::Partial);
        }
        let Partial { mut packet, attachments, .. } = *partial;
        if let Body::Event { arguments, .. } | Body::Ack(arguments) = &mut packet.body {
            arguments.attach(attachments);
        }
        Ok(Incoming::Packet(packet))
    }
}

//! Which encoding the packets of a connection have.

use crate::engine_io::Message;
use crate::socket_io::{Assembler, DecodeError, Incoming, Limits, Refused, message_pack};

/// In which encodings packets may be ([`Builder::parser`](crate::Builder::parser)).
///
/// ```
/// use chinwag_socketio::{Namespace, Parser, SocketIo};
///
/// let io = SocketIo::builder().parser(Parser::Either).namespace(Namespace::new("/")).build()?;
/// # Ok::<_, chinwag_socketio::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parser {
    /// The default one of all clients: JSON, with binary values after it.
    #[default]
    Json,
    /// That of `socket.io-msgpack-parser`, which clients must be given, too.
    MessagePack,
    /// Each client has one or the other: the first thing that it says tells. Clients of Socket.IO 1 and 2, to whom the
    /// server speaks first, have JSON.
    Either,
}

/// Reads the packets of one connection.
#[derive(Debug)]
pub(crate) enum Reader {
    /// The client has not said anything yet.
    Undecided,
    Json(Assembler),
    MessagePack,
}

impl Reader {
    /// For a client. `first`: it waits to be spoken to.
    pub(crate) fn new(parser: Parser, first: bool) -> Self {
        match parser {
            Parser::MessagePack => Self::MessagePack,
            Parser::Either if !first => Self::Undecided,
            Parser::Json | Parser::Either => Self::Json(Assembler::default()),
        }
    }

    pub(crate) fn is_undecided(&self) -> bool {
        matches!(self, Self::Undecided)
    }

    pub(crate) fn is_message_pack(&self) -> bool {
        matches!(self, Self::MessagePack)
    }

    /// Takes a message.
    pub(crate) fn read(&mut self, message: Message, limits: &Limits) -> Result<Incoming, Refused> {
        if let Self::Undecided = self {
            *self = match &message {
                Message::Text(_) => Self::Json(Assembler::default()),
                Message::Binary(_) => Self::MessagePack,
            };
        }
        match (self, message) {
            (Self::Json(assembler), Message::Text(text)) => assembler.text(&text, limits),
            (Self::Json(assembler), Message::Binary(bytes)) => assembler.binary(bytes, limits),
            (_, Message::Binary(bytes)) => message_pack::decode(&bytes, limits).map(Incoming::Packet),
            (_, Message::Text(_)) => Err(DecodeError::MessagePack.into()),
        }
    }
}

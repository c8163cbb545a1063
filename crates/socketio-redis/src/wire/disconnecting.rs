//! How sockets are ended.
//!
//! The format knows `close` alone: false ends the socket, true its connection as well, and JavaScript clients come back
//! from neither. The engine has more ways, of which two are for clients that are to come back. They are said in fields
//! that Node does not look at, so that they arrive between servers of ours.

use chinwag_socketio::Closing;
use chinwag_socketio::adapter::Farewell;
use serde::{Deserialize, Serialize};

/// The fields of a request.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct Disconnecting {
    #[serde(skip_serializing_if = "Option::is_none")]
    close: Option<bool>,
    /// What is said before the connection is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    closing: Option<Said>,
    /// The connection is closed without a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    quietly: Option<bool>,
}

#[derive(Serialize, Deserialize)]
struct Said {
    code: String,
    retry_ms: u64,
}

impl Disconnecting {
    pub(super) fn new(how: &Farewell) -> Self {
        let close = Some(!matches!(how, Farewell::Kick));
        match how {
            Farewell::Kick | Farewell::KickAndClose => Self { close, ..Self::default() },
            Farewell::Close => Self { close, quietly: Some(true), closing: None },
            Farewell::Closing(Closing { code, retry_ms }) => {
                let closing = Some(Said { code: code.to_string(), retry_ms: *retry_ms });
                Self { close, closing, quietly: None }
            }
        }
    }

    pub(super) fn read(self) -> Farewell {
        match self {
            Self { closing: Some(Said { code, retry_ms }), .. } => {
                Farewell::Closing(Closing::new(code, retry_ms))
            }
            Self { quietly: Some(true), .. } => Farewell::Close,
            Self { close: Some(true), .. } => Farewell::KickAndClose,
            Self { .. } => Farewell::Kick,
        }
    }
}

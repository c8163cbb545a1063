//! What one client did and heard.

use crate::picture::Picture;
use crate::seen::{Frame, Message};

/// What one client did and heard, in its order.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What faults call this client.
    pub client: String,
    /// The id of the user that it was.
    pub user: String,
    /// What happened.
    pub events: Vec<Event>,
    /// What it knew in the end, once nothing more happened; `None` if it was not waited for.
    pub picture: Option<Picture>,
}

/// Something that a client did or heard.
#[derive(Clone, Debug)]
pub enum Event {
    /// A new connection: what is heard live begins afresh.
    Connected,
    /// A command was sent, perhaps once more.
    Sent {
        /// The client's name for it, the same for each try.
        nonce: String,
        /// What it asks for.
        command: Command,
    },
    /// A command was answered.
    Answered {
        /// Which.
        nonce: String,
        /// How.
        answer: Answer,
    },
    /// Changes came live.
    Heard(Frame),
    /// Changes came by asking for what differs.
    CaughtUp(Frame),
    /// Everything that was known was asked for, and what differed has come: from here on all is heard live.
    Synced,
    /// A stream was loaded afresh, as it was at `rev`; of a room, with these messages of its history.
    Loaded {
        /// Which.
        stream: String,
        /// Of this history of the store.
        epoch: String,
        /// Everything up to here is known by it.
        rev: u64,
        /// What was shown.
        messages: Vec<Message>,
    },
    /// A room was told, in answer to a question, not to be theirs any more.
    Gone(String),
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Post a message.
    Post {
        /// Where.
        room: String,
        /// Unlike every other text of all histories.
        text: String,
    },
    /// Replace a message's text.
    Edit {
        /// Where.
        room: String,
        /// Which.
        seq: u64,
        /// Unlike every other text of all histories.
        text: String,
    },
    /// Delete a message.
    Delete {
        /// Where.
        room: String,
        /// Which.
        seq: u64,
    },
    /// Become a member.
    Join {
        /// Of what.
        room: String,
    },
    /// End one's own membership.
    Leave {
        /// Of what.
        room: String,
    },
    /// End another's membership.
    Remove {
        /// Of what.
        room: String,
        /// Whose.
        user: String,
    },
    /// Make a room.
    CreateRoom {
        /// Unlike every other room's.
        name: String,
    },
}

/// What a client was told about a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is stored.
    Done {
        /// The revision at which it took effect.
        rev: u64,
        /// Whether an earlier try had been stored; only posts tell.
        repeated: bool,
        /// The room that was made, if one was.
        room: Option<String>,
    },
    /// It was decided against, with this code.
    Refused(String),
    /// Nothing was changed by this try; it may be tried again.
    NotStored,
    /// Whether it is stored is not known; a retry tells.
    Unknown,
}

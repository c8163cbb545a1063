//! What can be wrong.

/// A breach of the delivery rule. `client` names the history that shows it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each sentence says what its fields are")]
pub enum Fault {
    #[error("{client} was told that {what} is stored, and it is not")]
    Missing { client: String, what: String },
    #[error("{client} was told that {what} is not stored, and it is")]
    StoredAllTheSame { client: String, what: String },
    #[error(
        "in {room}, {what} changed at {revs:?}, and those whose commands may have done it cannot account for that"
    )]
    NobodyAsked { room: String, what: String, revs: Vec<u64> },
    #[error(
        "in {room}, the message {seq} says \"{text}\" in its version {rev}, and its author did not say that there"
    )]
    NeverSaid { room: String, seq: u64, rev: u64, text: String },
    #[error("the membership of {user} in {room} is not as its changes say: {what}")]
    MembershipWrong { room: String, user: String, what: String },
    #[error("{client} was answered differently for one command ({nonce}): {first}, then {second}")]
    AnsweredDifferently { client: String, nonce: String, first: String, second: String },
    #[error("in {room}, \"{text}\" is stored {times} times")]
    StoredTwice { room: String, text: String, times: usize },
    #[error("in {room}, {stored} messages of {user} are stored, and at most {sent} were sent")]
    TooMany { room: String, user: String, stored: usize, sent: usize },
    #[error("in {room}, two commands were both told that they are revision {rev}")]
    SharedRevision { room: String, rev: u64 },
    #[error("the stream {stream} has no revision {rev} below its head {head}")]
    RevisionMissing { stream: String, rev: u64, head: u64 },
    #[error("the stream {stream} has the revision {rev} twice")]
    RevisionTwice { stream: String, rev: u64 },
    #[error("the stream {stream} has the revision {rev} beyond its head {head}")]
    RevisionBeyondHead { stream: String, rev: u64, head: u64 },
    #[error("in {room}, the message {seq} has the version {rev}, and its last change is {last:?}")]
    VersionWrong { room: String, seq: u64, rev: u64, last: Option<u64> },
    #[error("in {room}, the time of the message {seq} is before that of the one before it")]
    TimeBackwards { room: String, seq: u64 },
    #[error("{room} says that it has {told} members and has {found}")]
    MembersMiscounted { room: String, told: u64, found: u64 },
    #[error(
        "in {room}, {client} posted {second} after {first} was acknowledged, and it does not come after it"
    )]
    SeqNotRising { client: String, room: String, first: u64, second: u64 },
    #[error("{client} heard {stream} from {from} on, and had heard it up to {known}: a hole")]
    Hole { client: String, stream: String, known: u64, from: u64 },
    #[error("{client} heard {stream} from {from} to {rev}, and had heard it up to {known}: a duplicate")]
    Duplicate { client: String, stream: String, known: u64, from: u64, rev: u64 },
    #[error("{client} heard {stream}: revision {rev} after {before}")]
    Reordered { client: String, stream: String, before: u64, rev: u64 },
    #[error("{client} left {room} at {left} and heard {rev} after that")]
    HeardAfterLeaving { client: String, room: String, left: u64, rev: u64 },
    #[error("{client} saw {what}, which is not stored")]
    SeenNotStored { client: String, what: String },
    #[error("{client} saw {what}, and somebody was shown it otherwise")]
    TwoTruths { client: String, what: String },
    #[error("the picture of {client} differs: {what}")]
    PictureDiffers { client: String, what: String },
}

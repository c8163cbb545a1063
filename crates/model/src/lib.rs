//! Chinwag's words: ids, names, messages, rooms, changes, permissions, and the rules about what is valid.
//!
//! Everything here is pure: no I/O, no async, no clock and no randomness. What a value of these types says has been
//! checked, so that the rest of the house need not check again: a [`RoomName`] is a good name, a [`MessageText`] has
//! something to see in it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`id`] | ids of users, rooms and streams |
//! | [`name`] | names of users and rooms, and when two of them look alike |
//! | [`text`] | the text of a message |
//! | [`words`] | the words that messages are found by |
//! | [`line`] | short texts in one line |
//! | [`nonce`] | the client's own name for a command |
//! | [`session`] | what a session is known by |
//! | [`scope`] | what an access token may be used for |
//! | [`token`] | tokens as texts, and what a short-lived one claims |
//! | [`stream`] | revisions, epochs and cursors |
//! | [`message`], [`room`], [`user`] | what clients are shown |
//! | [`retention`] | for how long a room keeps its messages |
//! | [`change`] | what may change in a stream |
//! | [`workspace`] | what administrators decide |
//! | [`permission`] | who may do what |
//! | [`refusal`] | why a command is refused: stable codes and sentences |

pub mod change;
pub mod id;
pub mod line;
pub mod message;
pub mod name;
pub mod nonce;
pub mod password;
pub mod permission;
pub mod refusal;
pub mod retention;
pub mod room;
pub mod scope;
pub mod session;
pub mod stream;
pub mod text;
pub mod token;
pub mod user;
pub mod words;
pub mod workspace;

pub use change::{Change, ChangeKind};
pub use id::{RoomId, StreamId, UserId};
pub use line::Line;
pub use message::{Body, Message, Person};
pub use name::{RoomName, UserName};
pub use nonce::Nonce;
pub use password::Password;
pub use refusal::Refusal;
pub use retention::{Days, Retention};
pub use room::{Member, MemberRole, Room, RoomKind};
pub use scope::{Scope, Scopes};
pub use session::{SessionId, SessionKey};
pub use stream::{Cursor, Epoch, Millis, Rev};
pub use text::MessageText;
pub use user::{Role, Standing, User};
pub use words::Query;
pub use workspace::{DeletedAccounts, Limits, SecondFactorRule, SignUp, WorkspaceSettings};

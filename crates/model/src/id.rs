//! Ids. Rooms and users are named by UUIDs of version 7, whose first bits are the time at which they were made, so that
//! new rows land side by side in every index. Making one needs a clock and randomness, so it is not done here.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id's 16 bytes, as they are stored.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// A person with an account.
    UserId
);
id!(
    /// A room.
    RoomId
);
id!(
    /// A stream of changes: a room's, a user's or the workspace's. A room's stream has the room's id, a user's the
    /// user's; the workspace's id is made when the installation is.
    StreamId
);

impl From<UserId> for StreamId {
    fn from(user: UserId) -> Self {
        Self(user.0)
    }
}

impl From<RoomId> for StreamId {
    fn from(room: RoomId) -> Self {
        Self(room.0)
    }
}

impl StreamId {
    /// The room whose stream this is, if it is a room's.
    pub const fn as_room(self) -> RoomId {
        RoomId(self.0)
    }

    /// The user whose stream this is, if it is a user's.
    pub const fn as_user(self) -> UserId {
        UserId(self.0)
    }
}

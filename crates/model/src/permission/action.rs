//! Everything that can be allowed or refused.

/// Makes the enum, the list of all of its values, and what the document says of each: an action cannot be left out of
/// either.
macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// What somebody wants to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Action {
            /// All of them, in the order of the document.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What it is, for people.
            pub const fn describe(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

actions! {
    // === In a room ===
    /// Read its history, and see its members and who is there.
    Read,
    /// Become a member by oneself.
    Join,
    /// Stop being one.
    Leave,
    /// Post a message.
    Post,
    /// Show that one is typing.
    Type,
    /// Edit one's own message.
    EditOwn,
    /// Edit another's message.
    EditOther,
    /// Delete one's own message.
    DeleteOwn,
    /// Delete another's message.
    DeleteOther,
    /// Bring somebody in who has an account.
    Add,
    /// Bring a guest in.
    AddGuest,
    /// Remove a member.
    Remove,
    /// Remove an owner of the room.
    RemoveOwner,
    /// Make a member an owner of the room.
    MakeOwner,
    /// Make an owner of the room a member.
    UnmakeOwner,
    /// Make a guest an owner of the room.
    MakeGuestOwner,
    /// Change its name.
    Rename,
    /// Set for how long it keeps its messages.
    SetRetention,

    // === In the workspace ===
    /// See the open rooms.
    SeeOpenRooms,
    /// Look for people by name.
    SeePeople,
    /// Make an open or a closed room.
    MakeRoom,
    /// Open a direct conversation.
    OpenDirect,
    /// Change one's own name, status and picture.
    ChangeProfile,
    /// Change one's own password.
    ChangePassword,
    /// Set up, renew or remove one's own second factor.
    SecondFactor,
    /// Link accounts at other services to one's own, and unlink them.
    LinkIdentity,
    /// See one's own sessions and end them.
    OwnSessions,
    /// See, make and revoke one's own access tokens.
    OwnTokens,
    /// Take out one's own data.
    Export,
    /// Delete one's own account.
    DeleteAccount,

    // === Keeping order ===
    /// See everybody's account, its standing included.
    ListPeople,
    /// Mute somebody, or let them speak again.
    Mute,
    /// Suspend somebody, or lift it.
    Suspend,
    /// Ban somebody, with or without what they wrote, or lift it.
    Ban,
    /// Give somebody another role; both the old and the new one must be below one's own.
    SetRole,
    /// Make a link with which somebody sets a new password.
    MakeResetLink,
    /// Take the second factor from somebody who has lost it.
    TakeSecondFactor,
    /// See, make and revoke invitations.
    Invite,
    /// See all rooms but direct conversations, by name.
    ListRooms,
    /// See and change the settings of the workspace.
    Settings,
    /// See who did what.
    SeeAudit,
}

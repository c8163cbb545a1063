//! Why a command is refused: a stable code for programs, a sentence for people that says what to do.

use crate::password::{PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS};
use crate::retention::RETENTION_DAYS_MAX;
use crate::room::{DIRECT_MAX, DIRECT_MIN};
use crate::text::MESSAGE_CHARS;

/// A refusal. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name is not allowed; the sentence says what is.
    #[error("{0}")]
    NameInvalid(String),
    /// The name, or one that looks like it, is in use.
    #[error("This name, or one that looks like it, is taken. Choose another.")]
    NameTaken,
    /// Fewer characters than a password must have.
    #[error(
        "A password has at least {PASSWORD_MIN_CHARS} characters. A few words that only you put together are good."
    )]
    PasswordTooShort,
    /// More characters than a password may have.
    #[error("A password has at most {PASSWORD_MAX_CHARS} characters.")]
    PasswordTooLong,
    /// Among the passwords that are tried first.
    #[error(
        "This is one of the passwords that everybody tries first. A few words that only you put together are good."
    )]
    PasswordCommon,
    /// Nothing to see.
    #[error("There is nothing to see in this message. Write something first.")]
    MessageEmpty,
    /// Too many characters.
    #[error(
        "A message has at most {MESSAGE_CHARS} characters; this one has {chars}. Shorten it or send it in parts."
    )]
    MessageTooLong {
        /// How many it has.
        chars: usize,
    },
    /// Contains U+0000.
    #[error("A message cannot contain the character U+0000. Take it out and send it again.")]
    MessageInvalid,
    /// No word to look for.
    #[error("There is no word to look for in this. Write one, or the beginning of one.")]
    SearchEmpty,
    /// Not a good nonce.
    #[error("A nonce is 1 to 64 visible ASCII characters; a fresh UUID is a good one.")]
    NonceInvalid,
    /// The nonce was used for another command.
    #[error("This nonce was used for something else. Use a fresh one for each command.")]
    NonceReused,
    /// The room does not exist, or may not be seen.
    #[error("There is no such room, or you may not see it.")]
    RoomUnknown,
    /// The message does not exist in this room.
    #[error("There is no such message in this room.")]
    MessageUnknown,
    /// The person does not exist, or is not in this room.
    #[error("There is no such person here.")]
    UserUnknown,
    /// Joining the room would help.
    #[error("You are not in this room. Join it first.")]
    NotAMember,
    /// Not theirs to do.
    #[error("This is not yours to do.")]
    Forbidden,
    /// It would be theirs if they were not muted.
    #[error("You are muted: you can read, but not write, until it is lifted or its time is over.")]
    Muted,
    /// There is a second factor already.
    #[error("There is a second factor already. Turn it off before you set another one up.")]
    SecondFactorExists,
    /// The account at the other service is linked to another's account here.
    #[error(
        "This account at the other service belongs to another account here. Sign in by it, or use another one."
    )]
    IdentityTaken,
    /// Nothing else would let somebody in.
    #[error("Nothing else lets you in. Set a password or link another service first.")]
    LastWayIn,
    /// More accounts at other services than there may be.
    #[error("No more services can be linked to your account. Unlink one first.")]
    TooManyIdentities,
    /// Suspended or banned.
    #[error("This account is suspended. Ask who runs this server.")]
    Suspended,
    /// Nobody else would be left who may decide about everything.
    #[error("This is the last owner. Make somebody else an owner first.")]
    LastOwner,
    /// Accounts cannot be made in this way here.
    #[error("Accounts are not made this way here. Ask who runs this server for an invitation.")]
    SignUpClosed,
    /// The invitation cannot be used.
    #[error("This invitation has expired, has been used up or was revoked. Ask for a new one.")]
    InvitationInvalid,
    /// The link cannot be used.
    #[error("This link has expired or has been used. Ask for a new one.")]
    ResetInvalid,
    /// There is no such invitation.
    #[error("There is no such invitation.")]
    InvitationUnknown,
    /// Guests are not let in here.
    #[error("Guests are not let in here. Sign in, or ask for an invitation.")]
    GuestsClosed,
    /// Too few or too many people for a direct conversation.
    #[error(
        "A direct conversation is between {DIRECT_MIN} to {DIRECT_MAX} people with accounts here, you included."
    )]
    PeopleInvalid,
    /// Not a number of days for which messages can be kept.
    #[error("Messages are kept for 1 to {RETENTION_DAYS_MAX} days, or for ever.")]
    RetentionInvalid,
    /// A text in one line is too long or holds what cannot be shown.
    #[error("{what} is one line of at most {max} characters. Shorten it.")]
    LineInvalid {
        /// What it is, as a sentence begins.
        what: &'static str,
        /// Most characters.
        max: usize,
    },
    /// The message has changed since the version that was edited.
    #[error("The message has changed since you began to edit it. Look at it as it is now and edit again.")]
    EditConflict {
        /// The message as it is now.
        current: Box<crate::message::Message>,
    },
    /// One more room than one may be in.
    #[error("You are in as many rooms as one may be. Leave one first.")]
    TooManyRooms,
    /// One more access token than one may have.
    #[error("You have as many access tokens as one may. Revoke one first.")]
    TooManyTokens,
    /// There is no such access token.
    #[error("You have no such access token. It may have ended.")]
    TokenUnknown,
    /// There is no such job.
    #[error("There is no such job. It may have been done.")]
    JobUnknown,
    /// A worker shows a lease of a job that is not theirs any more.
    #[error(
        "This lease is lost: the job has gone to another worker, was given up, or is not there any more."
    )]
    LeaseLost,
}

impl Refusal {
    /// The stable code, as documented in `docs/api.md`. `job_unknown` and `lease_lost` are of workers and operators, and
    /// come in no answer to a client.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NameInvalid(_) => "name_invalid",
            Self::NameTaken => "name_taken",
            Self::PasswordTooShort => "password_too_short",
            Self::PasswordTooLong => "password_too_long",
            Self::PasswordCommon => "password_common",
            Self::MessageEmpty => "message_empty",
            Self::MessageTooLong { .. } => "message_too_long",
            Self::MessageInvalid => "message_invalid",
            Self::SearchEmpty => "search_empty",
            Self::NonceInvalid => "nonce_invalid",
            Self::NonceReused => "nonce_reused",
            Self::RoomUnknown => "room_unknown",
            Self::MessageUnknown => "message_unknown",
            Self::UserUnknown => "user_unknown",
            Self::NotAMember => "not_a_member",
            Self::Forbidden => "forbidden",
            Self::Muted => "muted",
            Self::SecondFactorExists => "second_factor_exists",
            Self::IdentityTaken => "identity_taken",
            Self::LastWayIn => "last_way_in",
            Self::TooManyIdentities => "too_many_identities",
            Self::Suspended => "suspended",
            Self::LastOwner => "last_owner",
            Self::SignUpClosed => "sign_up_closed",
            Self::InvitationInvalid => "invitation_invalid",
            Self::ResetInvalid => "reset_invalid",
            Self::InvitationUnknown => "invitation_unknown",
            Self::GuestsClosed => "guests_closed",
            Self::PeopleInvalid => "people_invalid",
            Self::RetentionInvalid => "retention_invalid",
            Self::LineInvalid { .. } => "line_invalid",
            Self::EditConflict { .. } => "edit_conflict",
            Self::TooManyRooms => "too_many_rooms",
            Self::TooManyTokens => "too_many_tokens",
            Self::TokenUnknown => "token_unknown",
            Self::JobUnknown => "job_unknown",
            Self::LeaseLost => "lease_lost",
        }
    }
}

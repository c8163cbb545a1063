//! Why somebody could not sign in: a stable code for programs, a sentence for people that says what to do.

/// Why it cannot be said who somebody is elsewhere. Nothing that a provider wrote is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ProviderError {
    /// The person said no, or did not say yes.
    #[error("You did not let the other site say who you are. Begin again if that was not meant.")]
    Refused,
    /// What the browser came back with cannot be read, or is not from this provider.
    #[error("This is not how the other site sends people back. Begin again on the page for signing in.")]
    CallbackInvalid,
    /// It does not belong to what was begun.
    #[error(
        "This sign-in was not begun in this browser, was finished already or has taken too long. Begin again on the page for \
         signing in."
    )]
    StateUnknown,
    /// The authorization code was used, has expired, or is not of this client.
    #[error("This has taken too long, or the page was loaded twice. Begin again on the page for signing in.")]
    CodeExpired,
    /// The provider cannot be reached, is down, or answers what cannot be understood.
    #[error(
        "The other site does not answer as it should. Try again in a few minutes, or sign in another way."
    )]
    Unavailable,
    /// Its clock and ours differ by more than a minute.
    #[error(
        "The clocks of this server and of the other site differ, so that what it says cannot be believed. Ask who runs this \
         server to look at its clock."
    )]
    ClocksDiffer,
    /// The ID token, or what goes with it, is not one to believe.
    #[error(
        "What the other site says about you cannot be believed. Begin again; if it stays so, tell who runs this server."
    )]
    TokenInvalid,
    /// The provider does not accept us as its client, or what we ask of it.
    #[error(
        "Signing in by this site is not set up as it should be. Tell who runs this server, or sign in another way."
    )]
    Misconfigured,
    /// The provider wants an address to be confirmed with it first.
    #[error("The other site wants you to confirm your e-mail address there. Do that, and begin again.")]
    EmailUnconfirmed,
}

impl ProviderError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused => "provider_refused",
            Self::CallbackInvalid => "provider_callback_invalid",
            Self::StateUnknown => "provider_state_unknown",
            Self::CodeExpired => "provider_code_expired",
            Self::Unavailable => "provider_unavailable",
            Self::ClocksDiffer => "provider_clocks_differ",
            Self::TokenInvalid => "provider_token_invalid",
            Self::Misconfigured => "provider_misconfigured",
            Self::EmailUnconfirmed => "provider_email_unconfirmed",
        }
    }

    /// Whether it is for who runs the server to look at, and not only for the person.
    pub(crate) const fn is_for_operators(self) -> bool {
        match self {
            Self::Refused
            | Self::CallbackInvalid
            | Self::StateUnknown
            | Self::CodeExpired
            | Self::EmailUnconfirmed => false,
            Self::Unavailable | Self::ClocksDiffer | Self::TokenInvalid | Self::Misconfigured => true,
        }
    }
}

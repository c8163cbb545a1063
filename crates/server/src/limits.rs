//! Every rate limit there is, in one place: what is counted, and how much of it there may be.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use chinwag_live::{Penalty, Quota};
use chinwag_model::{Role, User, UserId};

use crate::app::App;
use crate::error::Error;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// For each try that an address has with one account it has this many with all: several people may share it.
const ADDRESS_FACTOR: u32 = 3;
/// For each try that an address has with one account all addresses together have this many, those left out at which
/// somebody is signed in to it: whoever has many addresses cannot guess much more often, and does not lock the owner out
/// where they are at home.
const ACCOUNT_FACTOR: u32 = 10;
/// For each room that somebody may make in an hour they may decide this often about rooms: names, owners, removals.
const DECISIONS_FACTOR: u32 = 2;
/// For each room that somebody may make in an hour they may come or go this often; guests, who make none, once.
const MEMBERSHIP_FACTOR: u32 = 4;

/// What failing to give a password costs, at one account from one address, or a code, at one account: the fourth failure in a row costs a second, and
/// each further one twice as much as the one before.
const WRONG: Penalty =
    Penalty { free: 3, first: Duration::from_secs(1), longest: Duration::from_secs(15 * 60), memory: HOUR };

/// Something of which there may only be so much.
pub(crate) enum Limited<'a> {
    /// A try to sign in, from this address.
    SignIn(IpAddr),
    /// The same, to the account whose name looks like this, from this address.
    SignInTo(IpAddr, &'a str),
    /// The same, from any address.
    SignInFromAnywhere(&'a str),
    /// Somebody sent to another service to sign in there, from this address.
    Provider(IpAddr),
    /// The same, from any address: what is kept until they come back is bounded by that.
    ProviderFromAnywhere,
    /// Going on with something that takes two steps, from this address.
    Step(IpAddr),
    /// An account, or a guest, made from this address.
    Account(IpAddr),
    /// A message, an edit or a deletion, by this person.
    Message(&'a User),
    /// That somebody types.
    Typing(UserId),
    /// A room or a direct conversation that is made, or somebody who is brought in.
    Room(UserId),
    /// A room's name, owner or member that is changed.
    RoomDecision(UserId),
    /// Coming into a room, or leaving it.
    Membership(&'a User),
    /// A try of one's own password, by somebody who is signed in.
    OwnPassword(UserId),
    /// A second factor that somebody begins to set up.
    SecondFactor(UserId),
    /// A change of one's own name, status or picture.
    Profile(UserId),
    /// A page of something that is looked for by name or by words.
    Search(UserId),
    /// One's own data, taken out.
    Export(UserId),
    /// An access token that is made.
    Token(UserId),
    /// A short-lived token that is made.
    ShortToken(UserId),
    /// A decision about somebody else, or about the workspace.
    Administration(UserId),
}

impl Limited<'_> {
    fn key(&self) -> String {
        match self {
            Self::SignIn(address) => format!("sign-in:address:{}", address_key(*address)),
            Self::SignInTo(address, look) => format!("sign-in:account:{}:{look}", address_key(*address)),
            Self::SignInFromAnywhere(look) => format!("sign-in:account:{look}"),
            Self::Provider(address) => format!("provider:address:{}", address_key(*address)),
            Self::ProviderFromAnywhere => "provider".to_owned(),
            Self::Step(address) => format!("step:{}", address_key(*address)),
            Self::Account(address) => format!("account:{}", address_key(*address)),
            Self::Message(user) => format!("message:{}", user.id),
            Self::Typing(user) => format!("typing:{user}"),
            Self::Room(user) => format!("room:{user}"),
            Self::RoomDecision(user) => format!("room-decision:{user}"),
            Self::Membership(user) => format!("membership:{}", user.id),
            Self::OwnPassword(user) => format!("own-password:{user}"),
            Self::SecondFactor(user) => format!("second-factor:{user}"),
            Self::Profile(user) => format!("profile:{user}"),
            Self::Search(user) => format!("search:{user}"),
            Self::Export(user) => format!("export:{user}"),
            Self::Token(user) => format!("token:{user}"),
            Self::ShortToken(user) => format!("short-token:{user}"),
            Self::Administration(user) => format!("administration:{user}"),
        }
    }

    fn quota(&self, app: &App) -> Quota {
        let limits = app.rules.now().limits;
        let (burst, per) = match self {
            Self::SignIn(_) => (limits.sign_in_per_minute.saturating_mul(ADDRESS_FACTOR), MINUTE),
            Self::SignInTo(..) => (limits.sign_in_per_minute, MINUTE),
            Self::SignInFromAnywhere(_) => (limits.sign_in_per_minute.saturating_mul(ACCOUNT_FACTOR), MINUTE),
            Self::Provider(_) => (limits.sign_in_per_minute.saturating_mul(ADDRESS_FACTOR), MINUTE),
            Self::ProviderFromAnywhere => (6_000, MINUTE),
            Self::Step(_) => (120, MINUTE),
            Self::Account(_) => (limits.accounts_per_hour, HOUR),
            Self::Message(user) if user.role == Role::Guest => (limits.guest_messages_per_minute, MINUTE),
            Self::Message(_) => (limits.messages_per_minute, MINUTE),
            // Clients repeat it every 3 s and say when it ends.
            Self::Typing(_) => (10, Duration::from_secs(10)),
            Self::Room(_) => (limits.rooms_per_hour, HOUR),
            Self::RoomDecision(_) => (limits.rooms_per_hour.saturating_mul(DECISIONS_FACTOR), HOUR),
            Self::Membership(user) if user.role == Role::Guest => (limits.rooms_per_hour, HOUR),
            Self::Membership(_) => (limits.rooms_per_hour.saturating_mul(MEMBERSHIP_FACTOR), HOUR),
            Self::OwnPassword(_) => (10, MINUTE),
            Self::Profile(_) | Self::SecondFactor(_) => (30, HOUR),
            Self::Search(_) => (120, MINUTE),
            // Who cleans up after a flood of spam does much at once.
            Self::Administration(_) => (600, MINUTE),
            Self::Export(_) => (10, HOUR),
            Self::Token(_) => (30, HOUR),
            Self::ShortToken(_) => (120, MINUTE),
        };
        Quota { burst, per }
    }
}

/// Counts one of something, or says how long to wait. Where the limits are away nobody is locked out.
pub(crate) async fn take(app: &App, limited: Limited<'_>) -> Result<(), Error> {
    match app.live.take(&limited.key(), limited.quota(app)).await {
        Ok(None) => Ok(()),
        Ok(Some(wait)) => Err(refuse(app, wait)),
        Err(error) => {
            tracing::warn!(%error, "a rate limit could not be asked");
            Ok(())
        }
    }
}

/// Tries of a password or of codes, at one account.
pub(crate) struct Tries(String);

impl Tries {
    /// From this address, at the account whose name looks like this.
    pub(crate) fn at(address: IpAddr, look: &str) -> Self {
        Self(format!("password:{}:{look}", address_key(address)))
    }

    /// By somebody who is signed in, at their own.
    pub(crate) fn own(user: UserId) -> Self {
        Self(format!("password:own:{user}"))
    }

    /// Of codes, by somebody who has shown who they are.
    pub(crate) fn of_codes(user: UserId) -> Self {
        Self(format!("code:{user}"))
    }

    /// Begins a try, which counts as a failure until it has succeeded. Refuses who has to wait because of earlier ones.
    pub(crate) async fn begin(&self, app: &App) -> Result<(), Error> {
        match app.live.attempt(&self.0, WRONG).await {
            Ok(None) => Ok(()),
            Ok(Some(wait)) => Err(refuse(app, wait)),
            Err(error) => {
                tracing::warn!(%error, "a penalty could not be asked");
                Ok(())
            }
        }
    }

    /// It came to no end: whoever tried is not to blame.
    pub(crate) async fn came_to_nothing(&self, app: &App) {
        if let Err(error) = app.live.take_back(&self.0, WRONG).await {
            tracing::warn!(%error, "a try could not be taken back");
        }
    }

    /// It was right: earlier failures are forgotten.
    pub(crate) async fn succeeded(&self, app: &App) {
        if let Err(error) = app.live.pardon(&self.0).await {
            tracing::warn!(%error, "failures could not be forgotten");
        }
    }
}

fn refuse(app: &App, wait: Duration) -> Error {
    app.metrics.rate_limited.inc();
    Error::RateLimited(wait)
}

/// What an address is counted as. One customer has a whole /64 of IPv6.
pub(crate) fn address_key(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        },
    }
}

//! The second factor: the second step of signing in, setting one up, and doing without it again.

use chinwag_model::permission::{self, Action, Case};
use chinwag_model::{Refusal, SecondFactorRule, User, UserId};
use chinwag_store::{
    AuthenticatorSecret, FirstProof, NewSecondFactor, Proof, Purpose, SecondFactor, SecondProof,
};
use serde::{Deserialize, Serialize};

use super::authenticator::{self, ForApp};
use super::confirm::{confirm, not_confirmed};
use super::recovery_codes::{self, RecoveryCodes};
use super::{Entered, SignedIn, end, new_session, now, pending, settle};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited, Tries};
use crate::tokens::Token;
use crate::visitor::Visitor;

/// Signing in, of which the first step is done.
const SIGN_IN: Purpose = Purpose("second-factor");
/// Setting one up, of which the app has the secret.
const SET_UP: Purpose = Purpose("second-factor-set-up");
/// How many codes may be tried before one has to begin again.
const TRIES: u32 = 10;

/// Somebody who has shown who they are, and not yet their second factor.
#[derive(Serialize, Deserialize)]
struct HalfWay {
    user: UserId,
    first: FirstProof,
}

/// A secret that somebody's app may have by now.
#[derive(Serialize, Deserialize)]
struct SetUp {
    user: UserId,
    secret: Vec<u8>,
}

/// Lets somebody in who has shown who they are or, if they have a second factor, half-way.
pub(crate) async fn enter(
    app: &App,
    visitor: &Visitor,
    user: User,
    has_second_factor: bool,
    first: FirstProof,
) -> Result<Entered, Error> {
    if has_second_factor {
        let half_way = HalfWay { user: user.id, first };
        return Ok(Entered::HalfWay(pending::begin(app, SIGN_IN, &half_way).await?));
    }
    let (token, session) = new_session(app, visitor)?;
    let proof = Proof { first, second: None };
    let ended = app.store.create_session(user.id, proof, session).await?.ok_or(Error::BadCredentials)?;
    end(app, ended).await;
    Ok(Entered::In(SignedIn { user, token }))
}

/// The second step of signing in: by a code of the app, or one for whoever has lost it.
pub(crate) async fn second_step(
    app: &App,
    visitor: &Visitor,
    half_way: &Token,
    code: &str,
) -> Result<SignedIn, Error> {
    limits::take(app, Limited::Step(visitor.address)).await?;
    let begun = pending::attempt(app, half_way, SIGN_IN, TRIES).await?;
    let HalfWay { user, first } = begun.ok_or(Error::SignInOver)?;
    let second = check(app, user, code).await?;
    let known = app.store.person(user).await?.ok_or(Refusal::UserUnknown)?;
    let (token, session) = new_session(app, visitor)?;
    let proof = Proof { first, second: Some(second) };
    let Some(ended) = app.store.create_session(user, proof, session).await? else {
        return Err(Error::CodeWrong);
    };
    // They are in, whatever becomes of what is left to do.
    Tries::of_codes(user).succeeded(app).await;
    end(app, ended).await;
    pending::forget(app, half_way, SIGN_IN).await;
    Ok(SignedIn { user: known, token })
}

/// What a code proves. That it was not used before is for the store to say, so only then is it known whether the try was one of
/// too many. A recovery code cannot be guessed; who has one does not wait for what others have tried.
async fn check(app: &App, user: UserId, code: &str) -> Result<SecondProof, Error> {
    if let Some(proof) = recovery_codes::check(user, code) {
        return Ok(proof);
    }
    // Whoever has come so far knows the password, so that nobody else can make its owner wait.
    Tries::of_codes(user).begin(app).await?;
    let secret = app.store.authenticator(user).await?.ok_or(Error::CodeWrong)?;
    authenticator::check(&secret, code, now())?.ok_or(Error::CodeWrong)
}

/// One's own second factor, if there is one.
pub(crate) async fn own_second_factor(app: &App, who: &Who) -> Result<Option<SecondFactor>, Error> {
    Ok(app.store.second_factor(who.user.id).await?)
}

/// A second factor that is being set up.
pub(crate) struct Begun {
    /// With which it goes on.
    pub(crate) token: Token,
    /// What the app is to be given, to be typed.
    pub(crate) secret: String,
    /// The same as a link.
    pub(crate) link: String,
}

/// Begins to set one up, for an app that will show codes for this host.
pub(crate) async fn begin_second_factor(app: &App, who: &Who, host: &str) -> Result<Begun, Error> {
    // It is decided when it is set up; until then nothing has changed.
    permission::check(Action::SecondFactor, Case::of(who.user.role, false))?;
    limits::take(app, Limited::SecondFactor(who.user.id)).await?;
    let secret = authenticator::random()?;
    let ForApp { secret: typed, link } = authenticator::for_app(&secret, host, &who.user.name)?;
    let set_up = SetUp { user: who.user.id, secret: secret.0 };
    let token = pending::begin(app, SET_UP, &set_up).await?;
    Ok(Begun { token, secret: typed, link })
}

/// The secret that is being set up, again.
pub(crate) async fn begun_second_factor(
    app: &App,
    who: &Who,
    token: &Token,
    host: &str,
) -> Result<Begun, Error> {
    let secret = being_set_up(app, who, token).await?;
    let ForApp { secret, link } = authenticator::for_app(&secret, host, &who.user.name)?;
    Ok(Begun { token: token.clone(), secret, link })
}

async fn being_set_up(app: &App, who: &Who, token: &Token) -> Result<AuthenticatorSecret, Error> {
    // Each try is asked for twice: to check it, and to show the form again.
    let begun: Option<SetUp> = pending::attempt(app, token, SET_UP, 2 * TRIES).await?;
    let begun = begun.filter(|begun| begun.user == who.user.id).ok_or(Error::SetUpOver)?;
    Ok(AuthenticatorSecret(begun.secret))
}

/// Sets it up, if the app has the secret; answers codes for whoever loses it, which are shown this once.
pub(crate) async fn set_second_factor(
    app: &App,
    who: &Who,
    token: &Token,
    code: &str,
    password: Option<String>,
) -> Result<Vec<String>, Error> {
    let secret = being_set_up(app, who, token).await?;
    let Some(SecondProof::Code { step, .. }) = authenticator::check(&secret, code, now())? else {
        return Err(Error::CodeWrong);
    };
    let confirmation = confirm(app, who, password).await?;
    let codes = RecoveryCodes::random(who.user.id)?;
    let new = NewSecondFactor { secret, step, recovery_codes: codes.hashes };
    let set = app.store.set_second_factor(who.user.id, confirmation.clone(), new).await?;
    settle(app, set.ok_or_else(|| not_confirmed(&confirmation))?).await;
    pending::forget(app, token, SET_UP).await;
    tracing::info!(user = %who.user.id, "a second factor was set up");
    Ok(codes.shown)
}

/// Replaces the codes for whoever loses their app; answers them, this once.
pub(crate) async fn renew_recovery_codes(
    app: &App,
    who: &Who,
    code: &str,
    password: Option<String>,
) -> Result<Vec<String>, Error> {
    let confirmation = confirm(app, who, password).await?;
    let second = check(app, who.user.id, code).await?;
    let codes = RecoveryCodes::random(who.user.id)?;
    if !app.store.renew_recovery_codes(who.user.id, confirmation, second, codes.hashes).await? {
        return Err(Error::CodeWrong);
    }
    Tries::of_codes(who.user.id).succeeded(app).await;
    Ok(codes.shown)
}

/// Does without it again.
pub(crate) async fn remove_second_factor(
    app: &App,
    who: &Who,
    code: &str,
    password: Option<String>,
) -> Result<(), Error> {
    let confirmation = confirm(app, who, password).await?;
    let second = check(app, who.user.id, code).await?;
    let removed = app.store.remove_second_factor(who.user.id, confirmation, second).await?;
    settle(app, removed.ok_or(Error::CodeWrong)?).await;
    Tries::of_codes(who.user.id).succeeded(app).await;
    tracing::info!(user = %who.user.id, "a second factor was removed");
    Ok(())
}

/// Whether somebody may go on: not if the role that they have now needs a second factor that they do not have now. A socket may
/// be older than either.
pub(crate) async fn is_ready(app: &App, who: &Who) -> bool {
    let rule = app.rules.now().second_factor;
    if rule == SecondFactorRule::Nobody {
        return true;
    }
    if let Some(session) = app.live.cached(who.session).await {
        return session.has_second_factor || !rule.is_for(session.user.role);
    }
    // If nobody can say, they have to come back.
    let session = app.store.session(who.session).await.ok().flatten();
    session.is_some_and(|session| session.has_second_factor || !rule.is_for(session.user.role))
}

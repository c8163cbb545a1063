//! Signing in by another service: away to it, back from it, and what follows.
//!
//! What is begun is known by the state that the service sends back, is used once, and belongs to the browser that began it:
//! only that has the cookie. An account at a service leads into the account here to which it is linked. If there is none, its
//! owner makes one, under the same rules as everybody; it is linked to one that there is by whoever is signed in to that, and
//! never because an address or a name is the same.

use chinwag_model::{Refusal, SessionKey, Standing, UserId, UserName};
use chinwag_providers::{Callback, Pending, Person, ProviderError};
use chinwag_store::{FirstProof, NewIdentity, Purpose};
use serde::{Deserialize, Serialize};

use super::confirm::{confirm, not_confirmed};
use super::second_factor::enter;
use super::{Entered, Key, NewAccount, SignedIn, admit, make_account, new_token, pending};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};
use crate::tokens::Token;
use crate::visitor::Visitor;

#[cfg(test)]
mod tests;

/// Away at the service.
const AWAY: Purpose = Purpose("provider");
/// Back from it, with no account here.
const NEWCOMER: Purpose = Purpose("newcomer");
/// How many names a newcomer may try.
const TRIES: u32 = 30;

/// What somebody goes away for.
#[derive(Serialize, Deserialize)]
pub(crate) enum Errand {
    /// To sign in, or to make an account, with an invitation if they have one.
    SignIn { next: String, invitation: Option<[u8; 32]> },
    /// To link their account there to the one that they are signed in to.
    Link { user: UserId, session: [u8; 32] },
}

/// What is kept while somebody is away.
#[derive(Serialize, Deserialize)]
struct Away {
    provider: String,
    nonce: String,
    verifier: String,
    /// By what their browser is known.
    browser: [u8; 32],
    errand: Errand,
}

/// Somebody who has no account here yet.
#[derive(Serialize, Deserialize)]
struct Newcomer {
    provider: String,
    issuer: String,
    subject: String,
    name: String,
    suggestion: String,
    next: String,
    invitation: Option<[u8; 32]>,
}

/// Where somebody is sent, and how their browser is known when it comes back.
pub(crate) struct Leaving {
    pub(crate) title: String,
    pub(crate) url: String,
    pub(crate) browser: Token,
}

/// Who has come back.
pub(crate) enum CameBack {
    /// Somebody with an account here, who goes on to `next`.
    Known { entered: Entered, next: String },
    /// Somebody without one, who makes one with this token.
    Newcomer(Token),
    /// Somebody whose account there is linked now.
    Linked,
}

/// Somebody who is making an account.
pub(crate) struct Suggested {
    /// The service that they come by.
    pub(crate) title: String,
    /// What they are called there.
    pub(crate) name: String,
    /// What they could be called here.
    pub(crate) suggestion: String,
    /// Where they go on to.
    pub(crate) next: String,
}

/// Sends somebody away.
pub(crate) async fn leave(
    app: &App,
    visitor: &Visitor,
    name: &str,
    errand: Errand,
) -> Result<Leaving, Error> {
    let known = app.providers.named(name).ok_or(Error::PageUnknown)?;
    limits::take(app, Limited::Provider(visitor.address)).await?;
    limits::take(app, Limited::ProviderFromAnywhere).await?;
    let begun = known.provider.begin(&redirect_uri(app, visitor, name)).await?;
    let Pending { state, nonce, verifier } = begun.pending;
    let state = Token::parse(&state).ok_or(Error::Internal)?;
    let browser = new_token()?;
    let away = Away { provider: name.to_owned(), nonce, verifier, browser: browser.key().0, errand };
    pending::begin_with(app, &state, AWAY, &away).await?;
    Ok(Leaving { title: known.provider.title().to_owned(), url: begun.url, browser })
}

/// Takes somebody back, with the query that their browser came with.
pub(crate) async fn come_back(
    app: &App,
    visitor: &Visitor,
    name: &str,
    query: &str,
    browser: Option<&Token>,
    who: Option<&Who>,
) -> Result<CameBack, Error> {
    let known = app.providers.named(name).ok_or(Error::PageUnknown)?;
    let callback = Callback::parse(query)?;
    limits::take(app, Limited::Step(visitor.address)).await?;
    let state = callback.state().and_then(Token::parse);
    let away: Option<Away> = match &state {
        Some(state) => pending::take(app, state, AWAY).await?,
        None => None,
    };
    let (Some(away), Some(state)) = (away, state) else { return Err(callback.without_pending().into()) };
    // A link that somebody else has begun would let their account in here, or give them ours.
    let same_browser = browser.is_some_and(|browser| browser.key() == SessionKey(away.browser));
    if !same_browser || away.provider != name {
        return Err(ProviderError::StateUnknown.into());
    }
    let begun = Pending { state: state.expose().to_owned(), nonce: away.nonce, verifier: away.verifier };
    let person = known.provider.finish(&redirect_uri(app, visitor, name), &callback, &begun).await?;
    if !known.lets_in(&person) {
        return Err(Error::EmailNotAllowed);
    }
    let identity = identity_of(&person);
    match away.errand {
        Errand::Link { user, session } => {
            let who = who.filter(|who| who.user.id == user && who.session.0 == session);
            let who = who.ok_or(Error::Unauthenticated)?;
            let linked = app.store.link_identity(user, who.session, identity).await?;
            linked.ok_or(Error::Unauthenticated)?;
            tracing::info!(%user, provider = name, "an account at another service was linked");
            Ok(CameBack::Linked)
        }
        Errand::SignIn { next, invitation } => {
            let NewIdentity { issuer, subject, name } = identity;
            if let Some(found) = app.store.credentials_by_identity(&issuer, &subject).await? {
                if found.standing != Standing::Active {
                    return Err(Refusal::Suspended.into());
                }
                let first = FirstProof::Identity { issuer, subject, name };
                let entered = enter(app, visitor, found.user, found.has_second_factor, first).await?;
                return Ok(CameBack::Known { entered, next });
            }
            let provider = away.provider;
            let suggestion = suggested_name(&person).unwrap_or_default();
            let newcomer = Newcomer { provider, issuer, subject, name, suggestion, next, invitation };
            Ok(CameBack::Newcomer(pending::begin(app, NEWCOMER, &newcomer).await?))
        }
    }
}

/// What somebody is told who is making an account.
pub(crate) async fn suggested(app: &App, visitor: &Visitor, token: &Token) -> Result<Suggested, Error> {
    limits::take(app, Limited::Step(visitor.address)).await?;
    let newcomer: Newcomer =
        pending::attempt(app, token, NEWCOMER, TRIES).await?.ok_or(ProviderError::StateUnknown)?;
    Ok(suggested_to(app, newcomer))
}

/// Makes the account, under the name that its owner has chosen, and signs them in. Says as well where they go on to, or what
/// they are told if the name cannot be theirs.
pub(crate) async fn make_account_by_provider(
    app: &App,
    visitor: &Visitor,
    token: &Token,
    name: &str,
) -> Result<(SignedIn, String), (Error, Option<Suggested>)> {
    if let Err(error) = limits::take(app, Limited::Step(visitor.address)).await {
        return Err((error, None));
    }
    let begun: Result<Option<Newcomer>, Error> = pending::attempt(app, token, NEWCOMER, TRIES).await;
    let newcomer = match begun {
        Ok(Some(newcomer)) => newcomer,
        Ok(None) => return Err((ProviderError::StateUnknown.into(), None)),
        Err(error) => return Err((error, None)),
    };
    let identity = NewIdentity {
        issuer: newcomer.issuer.clone(),
        subject: newcomer.subject.clone(),
        name: newcomer.name.clone(),
    };
    let kind = NewAccount::Member(newcomer.invitation.map(SessionKey));
    let made = async {
        let admitted = admit(app, kind).await?;
        make_account(app, visitor, admitted, UserName::parse(name)?, Key::Identity(identity)).await
    };
    match made.await {
        Ok(signed_in) => {
            pending::forget(app, token, NEWCOMER).await;
            Ok((signed_in, newcomer.next))
        }
        Err(error) => Err((error, Some(suggested_to(app, newcomer)))),
    }
}

/// Takes an account at another service from one's own.
pub(crate) async fn unlink(
    app: &App,
    who: &Who,
    issuer: String,
    subject: String,
    password: Option<String>,
) -> Result<(), Error> {
    let confirmation = confirm(app, who, password).await?;
    let unlinked = app.store.unlink_identity(who.user.id, confirmation.clone(), issuer, subject).await?;
    unlinked.ok_or_else(|| not_confirmed(&confirmation))
}

fn suggested_to(app: &App, newcomer: Newcomer) -> Suggested {
    let Newcomer { provider, name, suggestion, next, .. } = newcomer;
    let known = app.providers.named(&provider);
    let title = known.map_or(provider, |known| known.provider.title().to_owned());
    Suggested { title, name, suggestion, next }
}

/// Where the service sends browsers back to.
fn redirect_uri(app: &App, visitor: &Visitor, name: &str) -> String {
    visitor.link(&app.settings, &format!("/sign-in/with/{name}/callback"))
}

fn identity_of(person: &Person) -> NewIdentity {
    let shown = person.handle.as_ref().or(person.name.as_ref());
    let verified = person.email.as_ref().filter(|email| email.verified).map(|email| &email.address);
    let name = shown.or(verified).unwrap_or(&person.subject).clone();
    NewIdentity { issuer: person.issuer.clone(), subject: person.subject.clone(), name }
}

/// What somebody could be called here: the first of their names there that can be one.
fn suggested_name(person: &Person) -> Option<String> {
    let local =
        person.email.as_ref().and_then(|email| email.address.rsplit_once('@')).map(|(local, _)| local);
    let names = [person.handle.as_deref(), person.name.as_deref(), local];
    names.into_iter().flatten().find_map(|name| UserName::parse(name).ok()).map(Into::into)
}

//! Sessions, and what lets somebody into them.

use async_trait::async_trait;
use chinwag_model::{SessionId, SessionKey, UserId};

use super::BackEnd;
use crate::commands::{self, now};
use crate::questions;
use crate::{
    AuthenticatorSecret, Changed, Confirmation, Credentials, Identities, Identity, ListedSession,
    ListedToken, NewIdentity, NewPending, NewSecondFactor, NewSession, NewSigningKey, NewToken, Pending,
    Proof, Purpose, Result, SecondFactor, SecondFactors, SecondProof, Session, SessionNews, Sessions,
    SigningKey, Tokens, Use, Which,
};

#[async_trait]
impl<B: BackEnd> Sessions for B {
    async fn create_session(
        &self,
        user: UserId,
        proof: Proof,
        session: NewSession,
    ) -> Result<Option<Vec<SessionKey>>> {
        self.carry_out(commands::CreateSession { user, proof, session }).await
    }

    async fn session(&self, key: SessionKey) -> Result<Option<Session>> {
        self.ask(move |database| questions::session(database, key, now())).await
    }

    async fn use_session(&self, used: Use) -> Result<bool> {
        self.carry_out(commands::UseSession(used)).await
    }

    async fn end_session(&self, key: SessionKey) -> Result<Option<Changed>> {
        self.carry_out(commands::EndSession(key)).await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<ListedSession>> {
        self.ask(move |database| questions::sessions(database, user, now())).await
    }

    async fn end_sessions(&self, user: UserId, which: Which) -> Result<Vec<SessionKey>> {
        self.carry_out(commands::EndSessions { user, which }).await
    }

    async fn session_news(&self) -> Result<SessionNews> {
        self.read_session_news().await
    }

    async fn sweep_sessions(&self) -> Result<Vec<SessionKey>> {
        let at = now();
        if self.ask(move |database| questions::any_session_over(database, at)).await? {
            self.carry_out(commands::SweepSessions { at }).await
        } else {
            Ok(Vec::new())
        }
    }
}

#[async_trait]
impl<B: BackEnd> Pending for B {
    async fn begin_pending(&self, new: NewPending) -> Result<()> {
        self.carry_out(commands::BeginPending(new)).await
    }

    async fn try_pending(&self, key: SessionKey, purpose: Purpose, most: u32) -> Result<Option<Vec<u8>>> {
        self.carry_out(commands::TryPending { key, purpose, most }).await
    }

    async fn take_pending(&self, key: SessionKey, purpose: Purpose) -> Result<Option<Vec<u8>>> {
        self.carry_out(commands::TakePending { key, purpose }).await
    }
}

#[async_trait]
impl<B: BackEnd> SecondFactors for B {
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>> {
        self.ask(move |database| questions::second_factor(database, user)).await
    }

    async fn authenticator(&self, user: UserId) -> Result<Option<AuthenticatorSecret>> {
        self.ask(move |database| questions::authenticator(database, user)).await
    }

    async fn set_second_factor(
        &self,
        user: UserId,
        confirmation: Confirmation,
        new: NewSecondFactor,
    ) -> Result<Option<Changed>> {
        self.carry_out(commands::SetSecondFactor { user, confirmation, new }).await
    }

    async fn renew_recovery_codes(
        &self,
        user: UserId,
        confirmation: Confirmation,
        second: SecondProof,
        recovery_codes: Vec<Vec<u8>>,
    ) -> Result<bool> {
        self.carry_out(commands::RenewRecoveryCodes { user, confirmation, second, recovery_codes }).await
    }

    async fn remove_second_factor(
        &self,
        user: UserId,
        confirmation: Confirmation,
        second: SecondProof,
    ) -> Result<Option<Changed>> {
        self.carry_out(commands::RemoveSecondFactor { user, confirmation, second }).await
    }

    async fn take_second_factor(&self, by: Option<UserId>, user: UserId) -> Result<Changed> {
        self.carry_out(commands::TakeSecondFactor { by, user }).await
    }
}

#[async_trait]
impl<B: BackEnd> Identities for B {
    async fn credentials_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<Credentials>> {
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        self.ask(move |database| questions::credentials_by_identity(database, &issuer, &subject)).await
    }

    async fn identities(&self, user: UserId) -> Result<Vec<Identity>> {
        self.ask(move |database| questions::identities(database, user)).await
    }

    async fn link_identity(
        &self,
        user: UserId,
        session: SessionKey,
        identity: NewIdentity,
    ) -> Result<Option<()>> {
        self.carry_out(commands::LinkIdentity { user, session, identity }).await
    }

    async fn unlink_identity(
        &self,
        user: UserId,
        confirmation: Confirmation,
        issuer: String,
        subject: String,
    ) -> Result<Option<()>> {
        self.carry_out(commands::UnlinkIdentity { user, confirmation, issuer, subject }).await
    }
}

#[async_trait]
impl<B: BackEnd> Tokens for B {
    async fn make_token(&self, user: UserId, by: SessionKey, token: NewToken) -> Result<bool> {
        self.carry_out(commands::MakeToken { user, by, token }).await
    }

    async fn tokens(&self, user: UserId) -> Result<Vec<ListedToken>> {
        self.ask(move |database| questions::tokens(database, user, now())).await
    }

    async fn revoke_token(&self, user: UserId, id: SessionId) -> Result<SessionKey> {
        self.carry_out(commands::RevokeToken { user, id }).await
    }

    async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        self.ask(|database| questions::signing_keys(database)).await
    }

    async fn renew_signing_key(&self, fresh: NewSigningKey) -> Result<Vec<SigningKey>> {
        self.carry_out(commands::RenewSigningKey(fresh)).await
    }
}

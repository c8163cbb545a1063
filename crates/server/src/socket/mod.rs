//! The Socket.IO side: who may connect, and which event is which action.

mod connect;
mod connected;
mod expiries;
mod message_send;
mod token_refresh;
mod typing;

use std::sync::Arc;

use chinwag_socketio::{Namespace, Payload, Reply, State};
use serde::Serialize;

use crate::accounts::is_ready;
use crate::actions::{
    AccountDelete, AccountPassword, AccountProfile, Action, AuditList, CommandList, DirectOpen, IdentityList,
    IdentityUnlink, InvitationList, InvitationMake, InvitationRevoke, MeLoad, MessageDelete, MessageEdit,
    MessageSend, PersonBan, PersonList, PersonLoad, PersonMute, PersonReset, PersonRestore, PersonSearch,
    PersonSetRole, PersonSuspend, PersonTakeSecondFactor, PresenceList, RoomAdd, RoomCreate, RoomJoin,
    RoomLeave, RoomList, RoomLoad, RoomMembers, RoomRemove, RoomRename, RoomSearch, RoomSetRetention,
    RoomSetRole, SecondFactorBegin, SecondFactorLoad, SecondFactorRemove, SecondFactorRenew, SecondFactorSet,
    SessionEnd, SessionList, SettingsChange, SettingsLoad, Success, Sync, TokenList, TokenMake, TokenRevoke,
    TokenShort, WorkspaceLoad,
};
use crate::app::App;
use crate::error::{Error, Failure};
use crate::fan_out::NAMESPACE;
use crate::object::Object;

use connected::Caller;

pub(crate) use connect::may_connect;
pub(crate) use expiries::{Expiries, end_expired};

/// The namespace with everything that happens in it.
pub(crate) fn namespace(app: &Arc<App>) -> Namespace {
    let namespace = Namespace::new(NAMESPACE)
        .connect({
            let app = app.clone();
            move |handshake| connect::authenticate(app.clone(), handshake)
        })
        .on_connect({
            let app = app.clone();
            move |socket| connect::welcome(app.clone(), socket)
        })
        .on_disconnect({
            let app = app.clone();
            move |socket, reason| connect::farewell(app.clone(), socket, reason)
        })
        .on("token:refresh", token_refresh::refresh)
        .on("typing:set", typing::set);
    let namespace = on::<MeLoad>(namespace);
    let namespace = on::<WorkspaceLoad>(namespace);
    let namespace = on::<Sync>(namespace);
    let namespace = on::<PresenceList>(namespace);
    administration(account(messages(rooms(namespace))))
}

fn rooms(namespace: Namespace) -> Namespace {
    let namespace = on::<RoomCreate>(namespace);
    let namespace = on::<DirectOpen>(namespace);
    let namespace = on::<RoomJoin>(namespace);
    let namespace = on::<RoomLeave>(namespace);
    let namespace = on::<RoomAdd>(namespace);
    let namespace = on::<RoomRemove>(namespace);
    let namespace = on::<RoomSetRole>(namespace);
    let namespace = on::<RoomRename>(namespace);
    let namespace = on::<RoomSetRetention>(namespace);
    let namespace = on::<RoomLoad>(namespace);
    let namespace = on::<RoomSearch>(namespace);
    on::<RoomMembers>(namespace)
}

fn messages(namespace: Namespace) -> Namespace {
    let namespace = namespace.on(MessageSend::EVENT, message_send::send);
    let namespace = on::<MessageEdit>(namespace);
    let namespace = on::<MessageDelete>(namespace);
    on::<CommandList>(namespace)
}

fn account(namespace: Namespace) -> Namespace {
    let namespace = on::<AccountProfile>(namespace);
    let namespace = on::<AccountPassword>(namespace);
    let namespace = on::<AccountDelete>(namespace);
    let namespace = on::<IdentityList>(namespace);
    let namespace = on::<IdentityUnlink>(namespace);
    let namespace = on::<SecondFactorLoad>(namespace);
    let namespace = on::<SecondFactorBegin>(namespace);
    let namespace = on::<SecondFactorSet>(namespace);
    let namespace = on::<SecondFactorRenew>(namespace);
    let namespace = on::<SecondFactorRemove>(namespace);
    let namespace = on::<SessionList>(namespace);
    let namespace = on::<SessionEnd>(namespace);
    let namespace = on::<TokenList>(namespace);
    let namespace = on::<TokenMake>(namespace);
    let namespace = on::<TokenRevoke>(namespace);
    let namespace = on::<TokenShort>(namespace);
    on::<PersonSearch>(namespace)
}

fn administration(namespace: Namespace) -> Namespace {
    let namespace = on::<PersonList>(namespace);
    let namespace = on::<PersonLoad>(namespace);
    let namespace = on::<PersonMute>(namespace);
    let namespace = on::<PersonSuspend>(namespace);
    let namespace = on::<PersonRestore>(namespace);
    let namespace = on::<PersonBan>(namespace);
    let namespace = on::<PersonSetRole>(namespace);
    let namespace = on::<PersonReset>(namespace);
    let namespace = on::<PersonTakeSecondFactor>(namespace);
    let namespace = on::<RoomList>(namespace);
    let namespace = on::<InvitationList>(namespace);
    let namespace = on::<InvitationMake>(namespace);
    let namespace = on::<InvitationRevoke>(namespace);
    let namespace = on::<SettingsLoad>(namespace);
    let namespace = on::<SettingsChange>(namespace);
    on::<AuditList>(namespace)
}

type Answer<T> = Result<Reply<Success<T>>, Reply<Failure>>;

fn on<A: Action>(namespace: Namespace) -> Namespace {
    namespace.on(
        A::EVENT,
        |State(app): State<App>, Caller(who): Caller, Payload(Object(action)): Payload<Object<A>>| async move {
            if !is_ready(&app, &who).await {
                return answer(Err(Error::SecondFactorMissing));
            }
            answer(action.run(&app, &who).await)
        },
    )
}

fn answer<T: Serialize>(outcome: Result<T, Error>) -> Answer<T> {
    outcome.map(|answer| Reply(Success::new(answer))).map_err(|error| Reply(error.failure()))
}

/// The payload of `session:ended`.
#[derive(Serialize)]
pub(crate) struct SessionEnded {
    code: &'static str,
    message: &'static str,
}

/// Says that a session is over.
pub(crate) fn session_ended() -> SessionEnded {
    SessionEnded { code: "session_ended", message: "You have been signed out. Sign in again." }
}

//! What each action is over the socket and over HTTP. The matches have no catch-all: an action that is not asked for here
//! does not compile.

use chinwag_model::Role;
use chinwag_model::permission::Action;
use chinwag_tests::api::nonce;
use hyper::Method;
use serde_json::{Value, json};

use super::cast::Cast;
use super::stage::Stage;

/// How an order reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Socket,
    Http,
}

impl Over {
    pub(super) const BOTH: [Self; 2] = [Self::Socket, Self::Http];
}

/// One command, in both forms as far as it has them.
pub(super) struct Order {
    pub(super) event: Option<(&'static str, Value)>,
    pub(super) http: Option<(Method, String, Option<Value>)>,
}

impl Order {
    fn new(event: &'static str, payload: Value, method: Method, path: &str, body: Option<Value>) -> Self {
        Self { event: Some((event, payload)), http: Some((method, format!("/api/v1{path}"), body)) }
    }

    /// Whether there is such a way.
    pub(super) fn goes(&self, over: Over) -> bool {
        match over {
            Over::Socket => self.event.is_some(),
            Over::Http => self.http.is_some(),
        }
    }
}

/// What is done in a room.
pub(super) fn in_room(action: Action, stage: &Stage, cast: &mut Cast) -> Order {
    let Stage { room, own, other, target } = stage;
    let member = |who: &str| format!("/rooms/{room}/members/{who}");
    let message = |seq: &u64| format!("/rooms/{room}/messages/{seq}");
    let edit = |seq: &u64| {
        let payload = json!({"room": room, "seq": seq, "version": seq, "text": "edited"});
        let body = json!({"version": seq, "text": "edited"});
        Order::new("message:edit", payload, Method::PATCH, &message(seq), Some(body))
    };
    let delete = |seq: &u64| {
        Order::new("message:delete", json!({"room": room, "seq": seq}), Method::DELETE, &message(seq), None)
    };
    let add = |who: &str| {
        Order::new("room:add", json!({"room": room, "user": who}), Method::PUT, &member(who), None)
    };
    let remove = |who: &str| {
        Order::new("room:remove", json!({"room": room, "user": who}), Method::DELETE, &member(who), None)
    };
    let set_role = |who: &str, role: &str| {
        let payload = json!({"room": room, "user": who, "role": role});
        let path = format!("{}/role", member(who));
        Order::new("room:set_role", payload, Method::PUT, &path, Some(json!({"role": role})))
    };
    match action {
        Action::Read => {
            Order::new("room:load", json!({"room": room}), Method::GET, &format!("/rooms/{room}"), None)
        }
        Action::Join => Order::new("room:join", json!({"room": room}), Method::PUT, &member("me"), None),
        Action::Leave => Order::new("room:leave", json!({"room": room}), Method::DELETE, &member("me"), None),
        Action::Post => {
            let body = json!({"text": "hello", "nonce": nonce()});
            let payload = json!({"room": room, "text": "hello", "nonce": nonce()});
            Order::new("message:send", payload, Method::POST, &format!("/rooms/{room}/messages"), Some(body))
        }
        // Who types is told live or not at all.
        Action::Type => {
            Order { event: Some(("typing:set", json!({"room": room, "typing": true}))), http: None }
        }
        Action::EditOwn => edit(own),
        Action::EditOther => edit(other),
        Action::DeleteOwn => delete(own),
        Action::DeleteOther => delete(other),
        Action::Add => add(&cast.target(Role::Moderator).id),
        Action::AddGuest => add(&cast.target(Role::Guest).id),
        Action::Remove | Action::RemoveOwner => remove(target),
        Action::MakeOwner => set_role(target, "owner"),
        Action::UnmakeOwner => set_role(target, "member"),
        Action::MakeGuestOwner => set_role(&cast.target(Role::Guest).id, "owner"),
        Action::Rename => {
            let name = cast.fresh("renamed");
            let payload = json!({"room": room, "name": name});
            Order::new(
                "room:rename",
                payload,
                Method::PATCH,
                &format!("/rooms/{room}"),
                Some(json!({"name": name})),
            )
        }
        Action::SetRetention => {
            let payload = json!({"room": room, "days": 30});
            let path = format!("/rooms/{room}/retention");
            Order::new("room:set_retention", payload, Method::PUT, &path, Some(json!({"days": 30})))
        }
        Action::SeeOpenRooms
        | Action::SeePeople
        | Action::MakeRoom
        | Action::OpenDirect
        | Action::ChangeProfile
        | Action::ChangePassword
        | Action::SecondFactor
        | Action::LinkIdentity
        | Action::OwnSessions
        | Action::OwnTokens
        | Action::Export
        | Action::DeleteAccount
        | Action::ListPeople
        | Action::Mute
        | Action::Suspend
        | Action::Ban
        | Action::SetRole
        | Action::MakeResetLink
        | Action::TakeSecondFactor
        | Action::Invite
        | Action::ListRooms
        | Action::Settings
        | Action::SeeAudit => unreachable!("{action:?} is done in no room"),
    }
}

/// The role that somebody with this one is to be given.
pub(super) fn other_role(role: Role) -> Role {
    if role == Role::Member { Role::Moderator } else { Role::Member }
}

/// What is done elsewhere: to somebody with the role `target`, or to oneself.
pub(super) async fn in_workspace(action: Action, role: Role, target: Option<Role>, cast: &mut Cast) -> Order {
    let user = match target {
        Some(target) => cast.target(target).id.clone(),
        None => cast.actor(role).id.clone(),
    };
    let person = |rest: &str| format!("/administration/people/{user}{rest}");
    let fresh = cast.fresh("made");
    match action {
        Action::SeeOpenRooms => Order::new("workspace:load", json!({}), Method::GET, "/rooms", None),
        Action::SeePeople => {
            Order::new("person:search", json!({"text": "h"}), Method::GET, "/people?text=h", None)
        }
        Action::MakeRoom => {
            let again = json!({"name": format!("{fresh} again")});
            Order::new("room:create", json!({"name": fresh}), Method::POST, "/rooms", Some(again))
        }
        Action::OpenDirect => {
            let people = json!({"people": [cast.host.id]});
            Order::new("direct:open", people.clone(), Method::POST, "/direct", Some(people))
        }
        Action::ChangeProfile => {
            let status = json!({"status": fresh});
            Order::new("account:profile", status.clone(), Method::PATCH, "/account", Some(status))
        }
        Action::ChangePassword => {
            let same = json!({"present": cast.password(), "new": cast.password()});
            Order::new("account:password", same.clone(), Method::PUT, "/account/password", Some(same))
        }
        Action::SecondFactor => Order::new(
            "second_factor:begin",
            json!({}),
            Method::POST,
            "/account/second-factor/begin",
            Some(json!({})),
        ),
        Action::LinkIdentity => {
            let of = json!({"issuer": "https://id.example", "subject": "1", "password": cast.password()});
            Order::new("identity:unlink", of.clone(), Method::DELETE, "/account/services", Some(of))
        }
        Action::OwnSessions => Order::new("session:list", json!({}), Method::GET, "/sessions", None),
        Action::OwnTokens => Order::new("token:list", json!({}), Method::GET, "/tokens", None),
        // A file is not sent over the socket.
        Action::Export => {
            Order { event: None, http: Some((Method::GET, "/api/v1/account/export".into(), None)) }
        }
        Action::DeleteAccount => {
            let password = json!({"password": cast.password()});
            Order::new("account:delete", password.clone(), Method::DELETE, "/account", Some(password))
        }
        Action::ListPeople => {
            Order::new("person:list", json!({}), Method::GET, "/administration/people", None)
        }
        Action::Mute => {
            let until = 32_503_680_000_000_u64;
            let payload = json!({"user": user, "until": until});
            Order::new("person:mute", payload, Method::PUT, &person("/mute"), Some(json!({"until": until})))
        }
        Action::Suspend => Order::new(
            "person:suspend",
            json!({"user": user}),
            Method::PUT,
            &person("/suspension"),
            Some(json!({})),
        ),
        Action::Ban => {
            Order::new("person:ban", json!({"user": user}), Method::PUT, &person("/ban"), Some(json!({})))
        }
        Action::SetRole => {
            let role = other_role(target.unwrap_or(role)).as_str();
            let payload = json!({"user": user, "role": role});
            Order::new("person:set_role", payload, Method::PUT, &person("/role"), Some(json!({"role": role})))
        }
        Action::MakeResetLink => {
            Order::new("person:reset", json!({"user": user}), Method::POST, &person("/reset"), None)
        }
        Action::TakeSecondFactor => {
            let path = person("/second-factor");
            Order::new("person:take_second_factor", json!({"user": user}), Method::DELETE, &path, None)
        }
        Action::Invite => {
            let invitation = json!({"uses": 1, "hours": 1});
            let path = "/administration/invitations";
            Order::new("invitation:make", invitation.clone(), Method::POST, path, Some(invitation))
        }
        Action::ListRooms => Order::new("room:list", json!({}), Method::GET, "/administration/rooms", None),
        Action::Settings => {
            let path = "/administration/settings";
            Order::new("settings:change", json!({"settings": {}}), Method::PUT, path, Some(json!({})))
        }
        Action::SeeAudit => Order::new("audit:list", json!({}), Method::GET, "/administration/audit", None),
        Action::Read
        | Action::Join
        | Action::Leave
        | Action::Post
        | Action::Type
        | Action::EditOwn
        | Action::EditOther
        | Action::DeleteOwn
        | Action::DeleteOther
        | Action::Add
        | Action::AddGuest
        | Action::Remove
        | Action::RemoveOwner
        | Action::MakeOwner
        | Action::UnmakeOwner
        | Action::MakeGuestOwner
        | Action::Rename
        | Action::SetRetention => unreachable!("{action:?} is done in a room"),
    }
}

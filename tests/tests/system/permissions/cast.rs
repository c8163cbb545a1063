//! Who takes part: for each role somebody who acts and somebody to whom it is done.

use std::collections::HashMap;

use chinwag_model::Role;
use chinwag_model::permission::Action;
use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::{Value, json};

use super::orders::{Order, Over};

/// A time in the year 3000.
const FAR: u64 = 32_503_680_000_000;

/// Somebody who acts.
struct Actor {
    person: Person,
    socket: Socket,
}

/// Everybody.
pub(super) struct Cast {
    server: Server,
    actors: HashMap<Role, Actor>,
    targets: HashMap<Role, Person>,
    /// Owners who put everything back, each in their turn: there is a limit on what one does.
    stagehands: [Person; 4],
    /// An ordinary member who makes the rooms.
    pub(super) host: Person,
    count: usize,
}

impl Cast {
    /// Starts a server with all of them.
    pub(super) async fn gather() -> Self {
        let server = Server::with().env("CHINWAG_GUESTS", "yes").env("CHINWAG_LOG", "warn").start().await;
        let host = Person::sign_up(&server, "Host").await;
        let stagehands = [
            Person::with_role(&server, "Stagehand", "owner").await,
            Person::with_role(&server, "Prompter", "owner").await,
            Person::with_role(&server, "Lighting", "owner").await,
            Person::with_role(&server, "Sound", "owner").await,
        ];
        let (actors, targets) = (HashMap::new(), HashMap::new());
        let mut cast = Self { server, actors, targets, stagehands, host, count: 0 };
        for role in Role::ALL {
            let actor = cast.newcomer(role).await;
            cast.take_the_part(role, actor).await;
            let target = cast.newcomer(role).await;
            cast.targets.insert(role, target);
        }
        cast
    }

    fn stagehand(&mut self) -> &mut Person {
        self.count += 1;
        let turn = self.count % self.stagehands.len();
        &mut self.stagehands[turn]
    }

    async fn take_the_part(&mut self, role: Role, person: Person) {
        let mut socket = Socket::connect(&self.server.address(), &person.token).await;
        socket.event_named("session:ready").await;
        self.actors.insert(role, Actor { person, socket });
    }

    /// Something that is not said twice.
    pub(super) fn fresh(&mut self, what: &str) -> String {
        self.count += 1;
        format!("{what} {}", self.count)
    }

    async fn newcomer(&mut self, role: Role) -> Person {
        let name = self.fresh(role.as_str());
        if role == Role::Guest {
            return Person::guest(&self.server, &name).await;
        }
        let person = Person::sign_up(&self.server, &name).await;
        self.set_role(&person.id.clone(), role).await;
        person
    }

    /// Who acts with this role.
    pub(super) fn actor(&mut self, role: Role) -> &mut Person {
        &mut self.actors.get_mut(&role).unwrap().person
    }

    /// To whom it is done.
    pub(super) fn target(&mut self, role: Role) -> &mut Person {
        self.targets.get_mut(&role).unwrap()
    }

    /// Has an order carried out by who has this role.
    pub(super) async fn ask(&mut self, role: Role, order: &Order, over: Over) -> Value {
        let actor = self.actors.get_mut(&role).unwrap();
        match over {
            Over::Socket => {
                let (event, payload) = order.event.as_ref().unwrap();
                match actor.socket.ask(event, payload).await {
                    Ok(answer) => answer,
                    // Who deletes their account is signed out, perhaps before the answer is written.
                    Err(_) if *event == "account:delete" => json!({"ok": true}),
                    Err(_) => panic!("{event}: the connection ended"),
                }
            }
            Over::Http => {
                let (method, path, body) = order.http.clone().unwrap();
                let bytes = body.as_ref().map(Value::to_string).unwrap_or_default();
                let kind = body.is_some().then_some("application/json");
                let reply = actor.person.http.send(method, &path, kind, bytes.into()).await;
                let answer: Value = serde_json::from_slice(&reply.body).unwrap();
                // A file has no `ok`.
                if reply.status == 200 && answer["ok"].is_null() { json!({"ok": true}) } else { answer }
            }
        }
    }

    /// Asks for an order without a session.
    pub(super) async fn ask_as_a_stranger(&self, order: &Order) -> Value {
        let (method, path, body) = order.http.clone().unwrap();
        let bytes = body.as_ref().map(Value::to_string).unwrap_or_default();
        let kind = body.is_some().then_some("application/json");
        self.server.http().send(method, &path, kind, bytes.into()).await.json()
    }

    pub(super) async fn mute(&mut self, role: Role) {
        let path = format!("/api/v1/administration/people/{}/mute", self.actor(role).id);
        self.stagehand().http.put(&path, &json!({"until": FAR})).await.expect(200);
    }

    pub(super) async fn unmute(&mut self, role: Role) {
        let path = format!("/api/v1/administration/people/{}/mute", self.actor(role).id);
        self.stagehand().http.delete(&path).await.expect(200);
    }

    async fn set_role(&mut self, user: &str, role: Role) {
        let path = format!("/api/v1/administration/people/{user}/role");
        self.stagehand().http.put(&path, &json!({"role": role.as_str()})).await.expect(200);
    }

    /// Puts back what an action may have changed.
    pub(super) async fn restore(&mut self, actor: Role, action: Action) {
        match action {
            Action::Mute | Action::Suspend | Action::Ban | Action::SetRole => {
                // A guest who was suspended or banned is gone.
                if self.target(Role::Guest).http.get("/api/v1/session").await.status == 401 {
                    let guest = self.newcomer(Role::Guest).await;
                    self.targets.insert(Role::Guest, guest);
                }
                for role in Role::ALL {
                    for id in [self.target(role).id.clone(), self.actor(role).id.clone()] {
                        self.put_back(&id, role).await;
                    }
                }
            }
            Action::DeleteAccount => {
                let gone = self.actor(actor).http.get("/api/v1/session").await.status == 401;
                if gone {
                    let person = self.newcomer(actor).await;
                    self.take_the_part(actor, person).await;
                }
            }
            _ => {}
        }
        self.unmute(actor).await;
    }

    /// Lets one be as they were.
    async fn put_back(&mut self, id: &str, role: Role) {
        let person = format!("/api/v1/administration/people/{id}");
        let now = self.stagehand().http.get(&person).await.expect(200)["person"].clone();
        if now["standing"] != "active" {
            self.stagehand().http.delete(&format!("{person}/suspension")).await.expect(200);
        }
        if now["muted_until"].as_u64().unwrap() > 0 {
            self.stagehand().http.delete(&format!("{person}/mute")).await.expect(200);
        }
        if now["role"] != role.as_str() {
            self.set_role(id, role).await;
        }
    }

    /// The password of everybody who has one.
    pub(super) const fn password(&self) -> &'static str {
        PASSWORD
    }
}

//! People who use the server through its HTTP API.

use serde_json::{Value, json};

use crate::http::{Http, Reply};
use crate::random::Random;
use crate::server::Server;

/// A password that the server accepts.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody with an account, signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their id.
    pub id: String,
    /// Their session's token.
    pub token: String,
    /// Their HTTP client, known by the token.
    pub http: Http,
}

impl Person {
    /// Makes an account with that name.
    pub async fn sign_up(server: &Server, name: &str) -> Self {
        let body = json!({"name": name, "password": PASSWORD});
        Self::known(server, name, &server.http().post("/api/v1/account", &body).await.expect(201))
    }

    /// Makes an account with that role in the workspace, as an operator does, and signs in.
    pub async fn with_role(server: &Server, name: &str, role: &str) -> Self {
        let add = ["user", "add", name, "--role", role];
        server.command(&add).input(&format!("{PASSWORD}\n")).run().expect_success();
        Self::sign_in(server, name).await
    }

    /// Signs in to an account that there is.
    pub async fn sign_in(server: &Server, name: &str) -> Self {
        let given = json!({"name": name, "password": PASSWORD});
        Self::known(server, name, &server.http().post("/api/v1/session", &given).await.expect(200))
    }

    /// Comes in as a guest.
    pub async fn guest(server: &Server, name: &str) -> Self {
        let answer = server.http().post("/api/v1/guest", &json!({"name": name})).await.expect(201);
        Self::known(server, name, &answer)
    }

    /// Somebody who was just let in.
    #[must_use]
    pub fn known(server: &Server, name: &str, answer: &Value) -> Self {
        let token = answer["token"].as_str().unwrap().to_owned();
        Self {
            name: name.to_owned(),
            id: answer["user"]["id"].as_str().unwrap().to_owned(),
            http: server.http().with_token(&token),
            token,
        }
    }

    /// Makes a room; its id.
    pub async fn create_room(&mut self, name: &str) -> String {
        let answer = self.http.post("/api/v1/rooms", &json!({"name": name})).await.expect(201);
        answer["room"]["id"].as_str().unwrap().to_owned()
    }

    /// Makes an access token with these scopes, which is good for a day.
    pub async fn make_token(&mut self, name: &str, scopes: &[&str]) -> String {
        let wanted = json!({"name": name, "scopes": scopes, "days": 1, "password": PASSWORD});
        let made = self.http.post("/api/v1/tokens", &wanted).await.expect(201);
        made["token"].as_str().unwrap().to_owned()
    }

    /// Makes a short-lived token, with this or nothing said about scopes and minutes.
    pub async fn short_token(&mut self, wanted: &Value) -> String {
        let made = self.http.post("/api/v1/tokens/short", wanted).await.expect(201);
        made["token"].as_str().unwrap().to_owned()
    }

    /// Joins a room.
    pub async fn join(&mut self, room: &str) -> Value {
        self.http.put(&format!("/api/v1/rooms/{room}/members/me"), &json!({})).await.expect(200)
    }

    /// Posts with a fresh nonce; the answer as it came.
    pub async fn try_post(&mut self, room: &str, text: &str) -> Reply {
        let body = json!({"text": text, "nonce": nonce()});
        self.http.post(&format!("/api/v1/rooms/{room}/messages"), &body).await
    }

    /// Posts with a fresh nonce, which must succeed; the message's `seq`.
    pub async fn post(&mut self, room: &str, text: &str) -> u64 {
        let answer = self.try_post(room, text).await.expect(201);
        assert_eq!(answer["ok"], true, "{answer}");
        answer["seq"].as_u64().unwrap()
    }

    /// Everything in a room, oldest first, loaded page by page.
    pub async fn history(&mut self, room: &str) -> Vec<Value> {
        let mut messages: Vec<Value> = Vec::new();
        loop {
            let before =
                messages.first().map(|message| format!("&before={}", message["seq"])).unwrap_or_default();
            let path = format!("/api/v1/rooms/{room}/messages?limit=100{before}");
            let mut page = self.http.get(&path).await.expect(200);
            let mut older: Vec<Value> = page["messages"].as_array_mut().unwrap().drain(..).collect();
            older.append(&mut messages);
            messages = older;
            if page["more"] != true {
                return messages;
            }
        }
    }

    /// The id of the room `lobby`, which a new installation has.
    pub async fn lobby(&mut self) -> String {
        let rooms = self.http.get("/api/v1/rooms").await.expect(200);
        let lobby = rooms["rooms"].as_array().unwrap().iter().find(|entry| entry["room"]["name"] == "lobby");
        lobby.unwrap()["room"]["id"].as_str().unwrap().to_owned()
    }
}

/// The texts of messages in their order; lines about membership are left out.
#[must_use]
pub fn texts(messages: &[Value]) -> Vec<&str> {
    messages.iter().filter_map(|message| message["text"].as_str()).collect()
}

/// A fresh nonce.
#[must_use]
pub fn nonce() -> String {
    let mut random = Random::fresh();
    format!("n{:x}-{:x}", random.below(u64::MAX), random.below(u64::MAX))
}

//! Short-lived tokens: what they say, and what they are good for.

use chinwag_tests::api::Person;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};

use super::forge::{part, seconds};

#[tokio::test]
async fn a_token_says_what_it_is_and_others_can_see_that_it_is_ours() {
    let server = Server::with().env("CHINWAG_PUBLIC_URL", "https://chat.example.org/").start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    assert_eq!(server.http().get("/.well-known/jwks.json").await.expect(200), json!({"keys": []}));
    let made = ada.http.post("/api/v1/tokens/short", &json!({})).await.expect(201);
    let token = made["token"].as_str().unwrap();
    let (header, claims) = (part(token, 0), part(token, 1));
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    let here = "https://chat.example.org";
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["sub"]),
        (&json!(here), &json!(here), &json!(ada.id))
    );
    assert_eq!(claims["scope"], "read post rooms profile administration");
    let (iat, exp) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
    assert_eq!((exp - iat, made["expires_at"].as_u64().unwrap()), (600, exp * 1_000));
    assert!(iat.abs_diff(seconds()) < 40);
    let again = ada.short_token(&json!({})).await;
    assert_ne!(part(&again, 1)["jti"], claims["jti"]);
    assert!(!token.contains(&ada.token));

    // Anybody who knows the keys sees that it is ours.
    let reply = server.http().get("/.well-known/jwks.json").await;
    assert_eq!(reply.header("cache-control"), "public, max-age=60");
    assert_eq!(reply.header("content-type"), "application/json");
    let keys = reply.expect(200);
    let key = &keys["keys"][0];
    assert_eq!((&key["kid"], &key["kty"], &key["crv"]), (&header["kid"], &json!("OKP"), &json!("Ed25519")));
    assert_eq!(key.as_object().unwrap().len(), 6, "there is nothing secret: {key}");
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[here]);
    validation.set_audience(&[here]);
    let key = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
    assert_eq!(decode::<Value>(token, &key, &validation).unwrap().claims["sub"], ada.id.as_str());
}

#[tokio::test]
async fn it_is_made_by_whoever_holds_what_lasts() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let access = ada.make_token("bot", &["read", "post"]).await;
    let cookie = format!("chinwag_session={}", ada.token);
    let mut ways = [
        server.http().with_token(&ada.token),
        server.http().with_header("cookie", &cookie),
        server.http().with_token(&access),
    ];
    for http in &mut ways {
        let made = http.post("/api/v1/tokens/short", &json!({"minutes": 1, "scopes": ["read"]})).await;
        let made = made.expect(201);
        let token = made["token"].as_str().unwrap();
        let claims = part(token, 1);
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
        assert_eq!(claims["iss"].as_str().unwrap().strip_prefix("chinwag:").unwrap().len(), 36, "{claims}");
        let mut bot = server.http().with_token(token);
        assert_eq!(bot.get("/api/v1/session").await.expect(200)["user"]["name"], "Ada");
        bot.get("/api/v1/me").await.expect(200);
        let refused = bot.patch("/api/v1/account", &json!({"status": "hi"})).await;
        assert_eq!(refused.expect_error(403, "scope_missing")["error"]["scope"], "profile");
        // It makes no others.
        bot.post("/api/v1/tokens/short", &json!({})).await.expect_error(403, "session_required");
        let socket = Socket::connect(&server.address(), token).await;
        socket.expect("me:load", &json!({})).await;
        socket.expect_error("token:short", &json!({}), "session_required").await;
    }
    // Over the socket it is the same action.
    let socket = Socket::connect(&server.address(), &access).await;
    let made = socket.expect("token:short", &json!({"minutes": 60})).await;
    assert_eq!(part(made["token"].as_str().unwrap(), 1)["scope"], "read post");

    let mut bot = server.http().with_token(&access);
    let beyond = bot.post("/api/v1/tokens/short", &json!({"scopes": ["read", "rooms"]})).await;
    assert_eq!(beyond.expect_error(403, "scope_missing")["error"]["scope"], "rooms");
    for bad in [
        json!({"minutes": 0}),
        json!({"minutes": 61}),
        json!({"minutes": -1}),
        json!({"scopes": []}),
        json!({"scopes": ["fly"]}),
        json!([]),
    ] {
        bot.post("/api/v1/tokens/short", &bad).await.expect_error(400, "payload_invalid");
    }
    server.http().post("/api/v1/tokens/short", &json!({})).await.expect_error(401, "unauthenticated");
}

#[tokio::test]
async fn a_guest_has_one_for_as_long_as_their_session() {
    let server = Server::with().env("CHINWAG_GUESTS", "yes").start().await;
    let mut guest = Person::guest(&server, "Visitor").await;
    let token = guest.short_token(&json!({})).await;
    let mut bot = server.http().with_token(&token);
    bot.get("/api/v1/me").await.expect(200);
    guest.http.delete("/api/v1/session").await.expect(200);
    bot.get("/api/v1/me").await.expect_error(401, "unauthenticated");
}

#[tokio::test]
async fn a_socket_takes_it_in_the_header_of_its_handshake() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    let access = ada.make_token("bot", &["read"]).await;
    let blind = ada.make_token("blind", &["post", "rooms"]).await;
    let short = ada.short_token(&json!({})).await;
    // The id of an Engine.IO session that was opened by a request with this header.
    let connect = async |token: &str| {
        let mut http = server.http().with_token(token);
        let opened = http.get("/socket.io/?EIO=4&transport=polling").await.text();
        let opened: Value = serde_json::from_str(opened.strip_prefix('0').unwrap()).unwrap();
        let path = format!("/socket.io/?EIO=4&transport=polling&sid={}", opened["sid"].as_str().unwrap());
        http.send(hyper::Method::POST, &path, Some("text/plain"), "40".into()).await.expect(200);
        http.get(&path).await.text()
    };
    for token in [&ada.token, &access, &short] {
        assert!(connect(token).await.starts_with("40{\"sid\""));
    }
    let refused = connect(&blind).await;
    assert!(refused.starts_with("44") && refused.contains("scope_missing"), "{refused}");
    assert!(connect("e30.e30.AAAA").await.contains("unauthenticated"));
}

#[tokio::test]
async fn there_are_only_so_many_a_minute() {
    let server = Server::start().await;
    let mut ada = Person::sign_up(&server, "Ada").await;
    for _ in 0..120 {
        ada.short_token(&json!({})).await;
    }
    // The allowance fills again at two a second.
    let mut refused = None;
    for _ in 0..60 {
        let reply = ada.http.post("/api/v1/tokens/short", &json!({})).await;
        if reply.status != 201 {
            refused = Some(reply);
            break;
        }
    }
    refused.unwrap().expect_error(429, "rate_limited");
    // Another's are counted by themselves.
    Person::sign_up(&server, "Bob").await.short_token(&json!({})).await;
}

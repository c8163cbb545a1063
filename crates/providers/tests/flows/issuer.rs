//! An issuer of OpenID Connect, which does as it should unless it is told otherwise.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chinwag_providers::{
    Begun, Callback, Person, Provider, ProviderError, ProviderKind, ProviderSettings, Secret,
};
use serde_json::{Value, json};

use crate::keys::{self, Key, encoded};
use crate::site::{Asked, Reply, Site};
use crate::{BACK, parameter, parameters, provider, query};

pub const CLIENT: &str = "chinwag at issuer";
pub const SECRET: &str = "a:secret/with+signs";
pub const ACCESS_TOKEN: &str = "SlAV32hkKG";
pub const SUBJECT: &str = "248289761001";

/// What is told of by an ID token before it is signed, and how it is signed.
pub struct Forged {
    pub header: Value,
    pub claims: Value,
    pub key: Arc<Key>,
    pub signature: Signature,
}

pub enum Signature {
    /// By the key and the algorithm of the header.
    Right,
    /// By the key and another algorithm than that of the header.
    As(&'static str),
    /// None at all.
    Missing,
    /// By the key, with one bit changed.
    Bit(usize),
    /// A MAC with this secret.
    Mac(Vec<u8>),
}

type Forge = Box<dyn Fn(&mut Forged) + Send>;

/// What it does otherwise than it should.
pub struct Rules {
    pub keys: Value,
    pub key: Arc<Key>,
    /// Takes the ID token before it is signed.
    pub forge: Forge,
    /// Added to the discovery document.
    pub discovery: Value,
    /// How clients show who they are: `basic`, `post` or `none`.
    pub authentication: &'static str,
    pub user_info: Reply,
    /// Answers in place of the right ones, by path.
    pub replies: HashMap<&'static str, Reply>,
}

/// What was granted for a code.
struct Grant {
    challenge: String,
    redirect_uri: String,
    nonce: String,
}

struct State {
    url: String,
    rules: Rules,
    grants: HashMap<String, Grant>,
}

pub struct Issuer {
    pub site: Site,
    state: Arc<Mutex<State>>,
}

impl Issuer {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = Rules {
            keys: json!({"keys": [keys::RSA.public()]}),
            key: keys::RSA.clone(),
            forge: Box::new(|_| {}),
            discovery: json!({}),
            authentication: "basic",
            user_info: Reply::Json(500, json!({"error": "not to be asked"})),
            replies: HashMap::new(),
        };
        change(&mut rules);
        let state = Arc::new(Mutex::new(State { url: String::new(), rules, grants: HashMap::new() }));
        let answering = state.clone();
        let site = Site::start(|url| {
            url.clone_into(&mut state.lock().unwrap().url);
            move |asked: &Asked| answering.lock().unwrap().answer(asked)
        })
        .await;
        Self { site, state }
    }

    pub fn change(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.state.lock().unwrap().rules);
    }

    pub fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            name: "one".to_owned(),
            title: Some("One".to_owned()),
            kind: ProviderKind::OpenId,
            url: Some(self.site.url.clone()),
            api_url: None,
            client_id: CLIENT.to_owned(),
            client_secret: Some(Secret::new(SECRET)),
            scopes: Vec::new(),
        }
    }

    pub fn provider(&self) -> Provider {
        provider(self.settings())
    }

    /// What the person does in their browser: says yes. Gives the query that the browser comes back with.
    pub fn authorize(&self, begun: &Begun) -> String {
        let query = query(&begun.url);
        let mut state = self.state.lock().unwrap();
        assert!(begun.url.starts_with(&format!("{}/authorize?", state.url)), "{}", begun.url);
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", BACK),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(parameter(&query, name), value);
        }
        assert!(parameter(&query, "scope").split(' ').any(|scope| scope == "openid"), "{query}");
        let code = format!("code {}+/", state.grants.len());
        let grant = Grant {
            challenge: parameter(&query, "code_challenge"),
            redirect_uri: parameter(&query, "redirect_uri"),
            nonce: parameter(&query, "nonce"),
        };
        state.grants.insert(code.clone(), grant);
        let code = code.replace(' ', "%20").replace('+', "%2B").replace('/', "%2F");
        format!("code={code}&state={}", parameter(&query, "state"))
    }

    /// A whole sign-in.
    pub async fn sign_in(&self, provider: &Provider) -> Result<Person, ProviderError> {
        let begun = provider.begin(BACK).await?;
        let callback = Callback::parse(&self.authorize(&begun))?;
        provider.finish(BACK, &callback, &begun.pending).await
    }

    /// How often it was asked for its keys.
    pub fn asked_for_keys(&self) -> usize {
        self.site.asked("/keys").len()
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if let Some(reply) = self.rules.replies.get(&*asked.path) {
            return reply.clone();
        }
        match (&*asked.method, &*asked.path) {
            ("GET", "/.well-known/openid-configuration") => Reply::Json(200, self.discovery()),
            ("GET", "/keys") => Reply::Json(200, self.rules.keys.clone()),
            ("POST", "/token") => self.token(asked),
            ("GET", "/userinfo") => {
                assert_eq!(asked.header("authorization"), format!("Bearer {ACCESS_TOKEN}"));
                self.rules.user_info.clone()
            }
            _ => Reply::Json(404, json!({"error": "not found"})),
        }
    }

    fn discovery(&self) -> Value {
        let url = &self.url;
        let mut document = json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "userinfo_endpoint": format!("{url}/userinfo"),
            "jwks_uri": format!("{url}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        let changes = self.rules.discovery.as_object().unwrap().clone();
        document.as_object_mut().unwrap().extend(changes);
        document
    }

    /// As RFC 6749, section 4.1.3, and RFC 7636, section 4.6, want it.
    fn token(&mut self, asked: &Asked) -> Reply {
        let refused =
            |error: &str| Reply::Json(400, json!({"error": error, "error_description": "said\nso"}));
        let named = |name: &str| parameter(&asked.body, name);
        let names: Vec<_> = parameters(&asked.body).into_iter().map(|(name, _)| name).collect();
        let shown = match self.rules.authentication {
            "basic" => asked.header("authorization").to_owned(),
            "post" => format!("{}:{}", named("client_id"), named("client_secret")),
            _ => named("client_id"),
        };
        let right = match self.rules.authentication {
            "basic" => {
                format!("Basic {}", STANDARD.encode("chinwag+at+issuer:a%3Asecret%2Fwith%2Bsigns"))
            }
            "post" => format!("{CLIENT}:{SECRET}"),
            _ => CLIENT.to_owned(),
        };
        let in_form = names.iter().any(|name| name == "client_secret");
        if shown != right || (self.rules.authentication != "post" && in_form) {
            return refused("invalid_client");
        }
        if named("grant_type") != "authorization_code" {
            return refused("unsupported_grant_type");
        }
        let Some(grant) = self.grants.remove(&named("code")) else { return refused("invalid_grant") };
        let challenge = encoded(digest(&SHA256, named("code_verifier").as_bytes()));
        if named("redirect_uri") != grant.redirect_uri || challenge != grant.challenge {
            return refused("invalid_grant");
        }
        Reply::Json(
            200,
            json!({
                "access_token": ACCESS_TOKEN,
                "token_type": "Bearer",
                "expires_in": 3600,
                "id_token": self.id_token(&grant.nonce),
            }),
        )
    }

    fn id_token(&self, nonce: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut forged = Forged {
            header: json!({"typ": "JWT", "alg": "RS256", "kid": self.rules.key.kid}),
            claims: json!({
                "iss": self.url,
                "sub": SUBJECT,
                "aud": CLIENT,
                "nonce": nonce,
                "iat": now,
                "exp": now + 300,
                "name": "Jane Doe",
                "preferred_username": "j.doe",
                "email": "janedoe@example.com",
                "email_verified": true,
            }),
            key: self.rules.key.clone(),
            signature: Signature::Right,
        };
        (self.rules.forge)(&mut forged);
        let signed = format!("{}.{}", encoded(forged.header.to_string()), encoded(forged.claims.to_string()));
        let algorithm = forged.header["alg"].as_str().unwrap_or_default();
        let signature = match forged.signature {
            Signature::Right => forged.key.sign(algorithm, signed.as_bytes()),
            Signature::As(another) => forged.key.sign(another, signed.as_bytes()),
            Signature::Missing => Vec::new(),
            Signature::Bit(bit) => {
                let mut signature = forged.key.sign(algorithm, signed.as_bytes());
                signature[bit / 8] ^= 1 << (bit % 8);
                signature
            }
            Signature::Mac(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{signed}.{}", encoded(signature))
    }
}

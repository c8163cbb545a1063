//! Keys of an issuer, and what is signed by them.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Of each kind one that every test may use; they take long to make.
pub static RSA: LazyLock<Arc<Key>> = LazyLock::new(|| Key::rsa("rsa"));
pub static OTHER_RSA: LazyLock<Arc<Key>> = LazyLock::new(|| Key::rsa("other-rsa"));
pub static P256: LazyLock<Arc<Key>> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    Arc::new(Key { kid: "p256", pair: Pair::Ecdsa("P-256", pair) })
});
pub static P384: LazyLock<Arc<Key>> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    Arc::new(Key { kid: "p384", pair: Pair::Ecdsa("P-384", pair) })
});
pub static ED25519: LazyLock<Arc<Key>> =
    LazyLock::new(|| Arc::new(Key { kid: "ed25519", pair: Pair::Ed(Ed25519KeyPair::generate().unwrap()) }));

pub struct Key {
    pub kid: &'static str,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(&'static str, EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Key {
    fn rsa(kid: &'static str) -> Arc<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        Arc::new(Self { kid, pair: Pair::Rsa(Box::new(pair)) })
    }

    /// Its public part (RFC 7517), without a name.
    pub fn nameless(&self) -> Value {
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                let n = encoded(public.modulus().big_endian_without_leading_zero());
                let e = encoded(public.exponent().big_endian_without_leading_zero());
                json!({"kty": "RSA", "n": n, "e": e})
            }
            Pair::Ecdsa(curve, pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
                json!({"kty": "EC", "crv": curve, "x": encoded(x), "y": encoded(y)})
            }
            Pair::Ed(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref())})
            }
        }
    }

    /// Its public part.
    pub fn public(&self) -> Value {
        let mut public = self.nameless();
        public["kid"] = json!(self.kid);
        public["use"] = json!("sig");
        public
    }

    /// The whole public key in the forms that a careless client might take for a secret.
    pub fn public_bytes(&self) -> Vec<Vec<u8>> {
        let Pair::Rsa(pair) = &self.pair else { panic!("only of RSA") };
        let modulus = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        vec![modulus, pair.public_key().as_ref().to_vec(), self.public().to_string().into_bytes()]
    }

    /// Signs as this algorithm does; of RSA any.
    pub fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match algorithm {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    "PS512" => &signature::RSA_PSS_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signed = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signed).unwrap();
                signed
            }
            Pair::Ecdsa(_, pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

pub fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

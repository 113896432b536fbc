//! Public keys of RSA, as JSON Web Keys (RFC 7517) and to verify with.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Keys of one issuer at most; further ones are not looked at.
const MOST_KEYS: usize = 100;

/// A public key as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Jwk {
    kty: &'static str,
    r#use: &'static str,
    alg: &'static str,
    /// Its thumbprint.
    pub kid: String,
    n: String,
    e: String,
}

/// What `/.well-known/jwks.json` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Jwks {
    /// All that verify, the one that signs first.
    pub keys: Vec<Jwk>,
}

impl Jwk {
    /// Of a modulus and an exponent, both big-endian in base64url.
    pub(super) fn new(n: String, e: String) -> Self {
        // RFC 7638: the members that make the key, in this order and without blanks.
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes()));
        Self { kty: "RSA", r#use: "sig", alg: "RS256", kid, n, e }
    }
}

/// Keys that an issuer's tokens are verified with.
#[derive(Clone, Default)]
pub(super) struct PublicKeys(Vec<(Option<String>, DecodingKey)>);

/// One of somebody's keys, as far as it is of use here.
#[derive(Deserialize)]
struct ForeignKey {
    kty: String,
    r#use: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    n: String,
    e: String,
}

impl PublicKeys {
    /// Our own.
    pub fn of(jwks: &Jwks) -> Self {
        let keys =
            jwks.keys.iter().map(|key| (Some(key.kid.clone()), DecodingKey::from_rsa_components(&key.n, &key.e)));
        Self(keys.filter_map(|(kid, key)| Some((kid, key.ok()?))).collect())
    }

    /// Reads a key set. Keys that RS256 cannot use are passed over.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &[u8]) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct KeySet {
            keys: Vec<Value>,
        }
        let set: KeySet = serde_json::from_slice(text).map_err(|_| "it is no JSON Web Key Set")?;
        let keys = set.keys.into_iter().take(MOST_KEYS).filter_map(|key| {
            let key: ForeignKey = serde_json::from_value(key).ok()?;
            let fits = key.kty == "RSA"
                && key.r#use.is_none_or(|r#use| r#use == "sig")
                && key.alg.is_none_or(|alg| alg == "RS256");
            let decoding = DecodingKey::from_rsa_components(&key.n, &key.e).ok()?;
            fits.then_some((key.kid, decoding))
        });
        Ok(Self(keys.collect()))
    }

    /// The key of that name; where a token names none, the only one there is.
    pub fn find(&self, kid: Option<&str>) -> Option<&DecodingKey> {
        match (kid, self.0.as_slice()) {
            (Some(kid), keys) => keys.iter().find(|(known, _)| known.as_deref() == Some(kid)).map(|(_, key)| key),
            (None, [(_, only)]) => Some(only),
            (None, _) => None,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The example of RFC 7638, section 3.1.
    const MODULUS: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        let key = Jwk::new(MODULUS.to_owned(), "AQAB".to_owned());
        assert_eq!(key.kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn of_a_key_set_only_what_can_sign_by_rs256_counts() {
        let rsa = |extra: Value| {
            let mut key = json!({ "kty": "RSA", "n": MODULUS, "e": "AQAB" });
            key.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
            key
        };
        let set = json!({ "keys": [
            rsa(json!({ "kid": "a" })),
            rsa(json!({ "kid": "b", "use": "enc" })),
            rsa(json!({ "kid": "c", "alg": "PS256" })),
            { "kty": "oct", "kid": "d", "k": "c2VjcmV0" },
            { "kty": "EC", "kid": "e", "crv": "P-256", "x": "x", "y": "y" },
            "nonsense",
        ]});
        let keys = PublicKeys::parse(set.to_string().as_bytes()).expect("a key set");
        assert_eq!(keys.len(), 1);
        assert!(keys.find(Some("a")).is_some() && keys.find(None).is_some(), "the only one");
        assert!(["b", "c", "d", "e"].iter().all(|kid| keys.find(Some(kid)).is_none()));
        assert!(PublicKeys::parse(b"{}").is_err());
    }
}

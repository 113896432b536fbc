//! `[auth]`: who may do something here, and how that is shown.

use std::path::Path;

use argon2::password_hash::phc::PasswordHash;
use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};
use super::secret::{MASK, Secret};
use super::server::Environment;
use super::switch::Switch;

/// Tokens and who gets them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// As written; ask [`AuthConfig::is_required`].
    pub required: Switch,
    /// What those are who show nothing, where nothing is needed.
    pub anonymous_role: RoleName,
    /// As written; ask [`AuthConfig::keys`].
    pub keys_dir: String,
    /// `iss` of the server's own tokens.
    pub issuer: String,
    /// `aud` of the server's own tokens.
    pub audience: String,
    /// Seconds that a token is good if nothing else is asked for.
    pub token_ttl_s: u64,
    /// Seconds that a token may be good at most.
    pub max_token_ttl_s: u64,
    /// Seconds by which clocks may differ.
    pub leeway_s: u64,
    /// Tokens of one API key, and of one address, within a minute.
    pub token_requests_per_minute: u32,
    /// Who may have tokens made, and act over REST.
    pub api_keys: Vec<ApiKey>,
    /// Others whose tokens are good here.
    pub issuers: Vec<Issuer>,
    /// Seconds between two looks for an issuer's key that is not known.
    pub jwks_refresh_s: u64,
}

/// A backend's key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// Its name.
    pub id: String,
    /// Of its secret: argon2id as a PHC string.
    pub secret_hash: Secret,
    /// Whether it is good no more.
    #[serde(default)]
    pub revoked: bool,
    /// The calls that it is for, by a pattern.
    #[serde(default = "every_call")]
    pub calls: String,
    /// What its tokens make of somebody at most.
    #[serde(default = "host")]
    pub max_role: RoleName,
}

/// Another issuer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Its tokens' `iss`.
    pub issuer: String,
    /// Their `aud`, or one of it.
    pub audience: String,
    /// Where its keys are; either this or `jwks_url`, the other is empty.
    #[serde(default)]
    pub jwks_file: String,
    /// Where its keys are.
    #[serde(default)]
    pub jwks_url: String,
    /// What its users are whose tokens name no role.
    #[serde(default = "participant")]
    pub role: RoleName,
}

fn every_call() -> String {
    "*".into()
}

const fn host() -> RoleName {
    RoleName::Host
}

const fn participant() -> RoleName {
    RoleName::Participant
}

/// A role by its name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the roles themselves are explained where they are defined")]
pub enum RoleName {
    Viewer,
    Participant,
    Moderator,
    Host,
}

impl AuthConfig {
    /// Whether nobody gets in without a token.
    pub fn is_required(&self, environment: Environment) -> bool {
        self.required.or(environment == Environment::Production)
    }

    /// Where the server's own keys are, if it has any.
    pub fn keys(&self) -> Option<&Path> {
        (!self.keys_dir.is_empty()).then(|| Path::new(&self.keys_dir))
    }
}

/// As long as the names of calls and users may be.
fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// What a name in `Authorization: Basic` cannot have stands for nothing here either.
fn is_key_id(text: &str) -> bool {
    is_name(text) && !text.contains(':')
}

/// Over plain HTTP only from the machine itself: whoever answers there decides who gets in.
fn is_jwks_url(text: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(text) else { return false };
    let local = || matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.has_host() && (url.scheme() == "https" || url.scheme() == "http" && local())
}

const ROLE: Kind = Kind::Choice(&["viewer", "participant", "moderator", "host"]);
const NAME: &str = "a text of 1 to 128 characters";

const API_KEY: Kind = Kind::Table(&[
    Key::text("id", "a text of 1 to 128 characters without a colon", is_key_id).required(),
    Key::new("secret_hash", Kind::Secret).required(),
    Key::new("revoked", Kind::Bool),
    Key::text("calls", NAME, is_name),
    Key::new("max_role", ROLE),
]);

const ISSUER: Kind = Kind::Table(&[
    Key::text("issuer", NAME, is_name).required(),
    Key::text("audience", NAME, is_name).required(),
    Key::text("jwks_file", "a path", |_| true),
    Key::text("jwks_url", "an https URL, or http on this machine", |text| text.is_empty() || is_jwks_url(text)),
    Key::new("role", ROLE),
]);

pub(super) const KEYS: &[Key] = &[
    Key::new("required", Kind::Switch),
    Key::new("anonymous_role", ROLE),
    Key::text("keys_dir", "a path, or \"\" for no keys", |_| true),
    Key::text("issuer", NAME, is_name),
    Key::text("audience", NAME, is_name),
    Key::int("token_ttl_s", 1, 31_536_000),
    Key::int("max_token_ttl_s", 1, 31_536_000),
    Key::int("leeway_s", 0, 600),
    Key::int("token_requests_per_minute", 1, 1_000_000),
    Key::new("api_keys", Kind::List { item: &API_KEY, at_least: 0 }),
    Key::new("issuers", Kind::List { item: &ISSUER, at_least: 0 }),
    Key::int("jwks_refresh_s", 1, 86_400),
];

/// What single entries cannot tell; the key, its value as it may be shown, and what is expected.
pub(super) fn contradiction(auth: &AuthConfig) -> Option<(String, String, &'static str)> {
    for (index, key) in auth.api_keys.iter().enumerate() {
        let hash = PasswordHash::new(key.secret_hash.expose());
        if !hash.is_ok_and(|hash| hash.algorithm.as_str() == "argon2id" && hash.hash.is_some()) {
            let expected = "an argon2id hash, as `colloquy api-key create` prints it";
            return Some((format!("auth.api_keys[{index}].secret_hash"), format!("\"{MASK}\""), expected));
        }
        if auth.api_keys[..index].iter().any(|other| other.id == key.id) {
            let value = format!("{:?}", key.id);
            return Some((format!("auth.api_keys[{index}].id"), value, "another id than those before it have"));
        }
    }
    for (index, issuer) in auth.issuers.iter().enumerate() {
        let others = auth.issuers[..index].iter().map(|other| &other.issuer);
        if others.chain([&auth.issuer]).any(|other| *other == issuer.issuer) {
            let value = format!("{:?}", issuer.issuer);
            let expected = "another issuer than auth.issuer and those before it";
            return Some((format!("auth.issuers[{index}].issuer"), value, expected));
        }
        if issuer.jwks_file.is_empty() == issuer.jwks_url.is_empty() {
            let value = format!("{:?}", issuer.jwks_url);
            return Some((format!("auth.issuers[{index}].jwks_url"), value, "either jwks_url or jwks_file"));
        }
    }
    None
}

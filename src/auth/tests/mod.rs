//! The gate as a whole: keys in folders, tokens of ours, of others, and of nobody.

mod forgeries;
mod issuing;
mod keyfiles;
mod others;

use super::*;
use crate::protocol::{CallId, Role, Roles, UserId};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("colloquy-auth-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// With that key in it.
    fn with_key(pem: &str) -> Self {
        let folder = Self::new();
        fs::write(folder.0.join("key.pem"), pem).expect("a file");
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Two keys, made once: that takes a while.
fn pems() -> &'static [String; 2] {
    static PEMS: OnceLock<[String; 2]> = OnceLock::new();
    PEMS.get_or_init(|| {
        [(); 2].map(|()| {
            let folder = Folder::new();
            keys::KeyRing::load(&folder.0, NoKeys::Make).map(drop).expect("a key is made");
            let file = fs::read_dir(&folder.0).expect("is there").next().expect("a file").expect("readable");
            fs::read_to_string(file.path()).expect("text")
        })
    })
}

fn settings(keys: Option<&Path>) -> GateSettings {
    GateSettings {
        required: true,
        anonymous_role: Role::Participant,
        roles: Roles::default(),
        keys: keys.map(ToOwned::to_owned),
        no_keys: NoKeys::Allow,
        issuer: "colloquy".to_owned(),
        audience: "calls".to_owned(),
        token_ttl: Duration::from_secs(60),
        max_token_ttl: Duration::from_secs(600),
        leeway: Duration::from_secs(30),
        token_requests_per_minute: 100,
        api_keys: Vec::new(),
        issuers: Vec::new(),
        jwks_refresh: Duration::from_secs(1),
    }
}

fn gate(settings: GateSettings) -> Gate {
    Gate::new(settings, listeners(Arc::new(|_| {}))).expect("a gate")
}

fn listeners(on_deed: OnDeed) -> GateListeners {
    GateListeners { store: None, on_limit: Arc::new(|_| {}), on_revoked: Arc::new(|_| {}), on_deed }
}

fn order() -> Order {
    Order {
        user_id: UserId::new("anna").expect("a name"),
        display_name: None,
        calls: CallId::new("standup").expect("a name"),
        role: Role::Moderator,
        permissions: None,
        ttl: None,
        not_before: None,
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// What a good token of our own says.
fn claims() -> Value {
    let now = now();
    json!({
        "iss": "colloquy", "aud": "calls", "sub": "anna", "callId": "standup", "role": "moderator", "jti": "t-1",
        "iat": now, "nbf": now, "exp": now + 60,
    })
}

/// Another that says some things differently; null leaves one out.
fn but(changes: Value) -> Value {
    let mut claims = claims();
    let object = claims.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object").clone() {
        if value.is_null() {
            object.remove(&name)
        } else {
            object.insert(name, value)
        };
    }
    claims
}

/// Signs anything with that key.
fn signed(pem: &str, kid: Option<&str>, claims: &Value) -> String {
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    let header = Header { kid: kid.map(ToOwned::to_owned), ..Header::new(Algorithm::RS256) };
    encode(&header, claims, &EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key")).expect("signed")
}

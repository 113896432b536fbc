//! Servers that nobody enters without a token, and tokens for them.

use super::{DEADLINE, TestServer};
use argon2::password_hash::PasswordHasher as _;
use argon2::{Argon2, Params};
use colloquy::config::{ApiKey, Config, RoleName, Switch};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// The backend's API key: its id, and its secret.
pub const KEY: (&str, &str) = ("backend", "a secret of the tests");

/// Of [`KEY`]'s secret, or of another: cheap, for tests.
pub fn hash(secret: &str) -> String {
    let cheap = Argon2::from(Params::new(8, 1, 1, None).expect("parameters"));
    cheap.hash_password(secret.as_bytes()).expect("a hash").to_string()
}

/// A folder with a key that all servers of the tests sign with: making one takes a while.
pub fn keys_dir() -> &'static str {
    const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/auth-keys");
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let made = std::process::Command::new(env!("CARGO_BIN_EXE_colloquy"))
            .args(["token", "create", "--user", "u", "--call", "c"])
            .env_clear()
            .env("COLLOQUY_AUTH__KEYS_DIR", FOLDER)
            .output();
        let made = made.expect("the program starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    });
    FOLDER
}

/// Tokens are needed, and [`KEY`] has them made.
pub fn secure(config: &mut Config) {
    config.auth.required = Switch::On;
    config.auth.keys_dir = keys_dir().to_owned();
    config.auth.api_keys = vec![api_key(KEY.0, KEY.1)];
}

/// A key for everything.
pub fn api_key(id: &str, secret: &str) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        secret_hash: hash(secret).into(),
        revoked: false,
        calls: "*".to_owned(),
        max_role: RoleName::Host,
    }
}

/// What the backend is answered.
pub async fn ask(server: &TestServer, method: Method, path: &str, body: &Value) -> Response {
    ask_as(server, KEY, method, path, body).await
}

/// The same of another key.
pub async fn ask_as(server: &TestServer, key: (&str, &str), method: Method, path: &str, body: &Value) -> Response {
    let request = reqwest::Client::new().request(method, format!("{}{path}", server.url())).timeout(DEADLINE);
    request.basic_auth(key.0, Some(key.1)).json(body).send().await.expect("an answer")
}

/// A token that says this.
pub async fn token(server: &TestServer, body: Value) -> String {
    issued(server, body).await["token"].as_str().expect("a token").to_owned()
}

/// The whole answer's `data`.
pub async fn issued(server: &TestServer, body: Value) -> Value {
    let response = ask(server, Method::POST, "/auth/token", &body).await;
    let (status, answer) = (response.status(), response.json::<Value>().await.expect("JSON"));
    assert_eq!(status.as_u16(), 201, "{answer}");
    answer["data"].clone()
}

/// A token for that user of that call.
pub async fn token_for(server: &TestServer, user: &str, call: &str, role: &str) -> String {
    token(server, json!({ "sub": user, "callId": call, "role": role })).await
}

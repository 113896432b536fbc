//! How one gets in: where the server is, and what is shown there.

use super::signaling::Signaling;
use crate::socketio::DEADLINE;
use crate::target::TargetError;
use serde_json::{Value, json};
use tokio::time::timeout;

/// For how long a token is asked for, in seconds: a run may be long, and churn lets somebody in to the end.
const TOKEN_SECONDS: u64 = 86_400;

/// A server's entrance.
#[derive(Debug, Clone)]
pub struct Entrance {
    url: String,
    auth: Option<Value>,
}

impl Entrance {
    /// At `http://host[:port]`, shown a token where there is one.
    pub fn new(url: &str, token: Option<&str>) -> Self {
        Self { url: url.to_owned(), auth: token.map(|token| json!({ "token": token })) }
    }

    pub(super) async fn enter(&self) -> Result<Signaling, TargetError> {
        Signaling::connect(&self.url, self.auth.as_ref()).await
    }
}

/// Has a token made with a backend's API key (`id:secret`): for all calls whose names begin so.
///
/// # Errors
/// When the server is not there, or makes none.
pub async fn token_of_api_key(url: &str, api_key: &str, call_prefix: &str) -> Result<String, TargetError> {
    let (id, secret) = api_key
        .split_once(':')
        .ok_or_else(|| TargetError::new("invalid_api_key", "an API key is given as id:secret"))?;
    let wish = json!({
        "sub": "load", "callId": format!("{call_prefix}*"), "role": "host", "expiresInSeconds": TOKEN_SECONDS,
    });
    let asked = reqwest::Client::new().post(format!("{}/auth/token", url.trim_end_matches('/')));
    let answer = async { asked.basic_auth(id, Some(secret)).json(&wish).send().await?.json::<Value>().await };
    let answer = timeout(DEADLINE, answer).await.map_err(|_| TargetError::late("POST /auth/token"))?;
    let answer = answer.map_err(|error| TargetError::new("unreachable", error))?;
    answer["data"]["token"].as_str().map(str::to_owned).ok_or_else(|| {
        let code = answer["code"].as_str().unwrap_or("no_token");
        TargetError::new(code, answer["detail"].as_str().unwrap_or("no token was made"))
    })
}

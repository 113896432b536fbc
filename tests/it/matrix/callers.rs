//! Who asks: the columns of the tables, and what each of them shows.

use crate::support::auth::{self, KEY};
use crate::support::server::without_rates;
use crate::support::{DEADLINE, TestServer};
use colloquy::config::{Config, Creation};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use std::collections::HashMap;

/// The calls that the tokens of all but [`Who::Elsewhere`] are for.
pub const CALLS: &str = "call-*";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    Host,
    Moderator,
    Participant,
    Viewer,
    /// A participant whose token lists what it may do, which is [`LISTED`].
    Listed,
    /// A host of other calls.
    Elsewhere,
    /// Shows nothing.
    Nobody,
    /// An application's backend, by its API key.
    Key,
}

/// What [`Who::Listed`] may do.
const LISTED: [&str; 4] = ["subscribe", "publishAudio", "kick", "viewCall"];

impl Who {
    /// By a column's name.
    pub fn named(name: &str) -> Self {
        match name {
            "host" => Self::Host,
            "moderator" => Self::Moderator,
            "participant" => Self::Participant,
            "viewer" => Self::Viewer,
            "listed" => Self::Listed,
            "elsewhere" => Self::Elsewhere,
            "nobody" => Self::Nobody,
            "key" => Self::Key,
            _ => panic!("no column is called {name}"),
        }
    }

    /// What it is in the room, where it gets in.
    pub const fn role(self) -> &'static str {
        match self {
            Self::Host | Self::Elsewhere => "host",
            Self::Moderator => "moderator",
            Self::Participant | Self::Listed => "participant",
            Self::Viewer => "viewer",
            Self::Nobody | Self::Key => "none",
        }
    }
}

/// A server that wants to know who asks, and tokens of it for everybody.
pub struct Callers {
    pub server: TestServer,
    tokens: HashMap<&'static str, String>,
    http: reqwest::Client,
}

impl Callers {
    pub async fn gathered() -> Self {
        Self::gathered_at(|_| {}).await
    }

    /// At a server with some settings changed.
    pub async fn gathered_at(change: impl FnOnce(&mut Config)) -> Self {
        let changed = |config: &mut Config| {
            wants_tokens(config);
            change(config);
        };
        let server = TestServer::start_with(changed).await;
        let mut tokens = HashMap::new();
        for (name, call, role) in [
            ("host", CALLS, "host"),
            ("moderator", CALLS, "moderator"),
            ("participant", CALLS, "participant"),
            ("viewer", CALLS, "viewer"),
            ("listed", CALLS, "participant"),
            ("elsewhere", "other-*", "host"),
            // Those who are there already, and those who try the door.
            ("hanna", CALLS, "host"),
            ("tara", CALLS, "participant"),
            ("newcomer", CALLS, "participant"),
        ] {
            let mut claims = json!({ "sub": name, "callId": call, "role": role });
            if name == "listed" {
                claims["permissions"] = json!(LISTED);
            }
            tokens.insert(name, auth::token(&server, claims).await);
        }
        Self { server, tokens, http: reqwest::Client::new() }
    }

    /// The token of one who is there already.
    pub fn token_of(&self, name: &str) -> &str {
        &self.tokens[name]
    }

    /// What somebody shows over Socket.IO.
    pub fn shown_by(&self, who: Who) -> Option<&str> {
        let name = match who {
            Who::Host => "host",
            Who::Moderator => "moderator",
            Who::Participant => "participant",
            Who::Viewer => "viewer",
            Who::Listed => "listed",
            Who::Elsewhere => "elsewhere",
            Who::Nobody | Who::Key => return None,
        };
        Some(&self.tokens[name])
    }

    /// A request over HTTP by somebody.
    pub fn request(&self, who: Who, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.server.url())).timeout(DEADLINE);
        match (who, self.shown_by(who)) {
            (Who::Key, _) => request.basic_auth(KEY.0, Some(KEY.1)),
            (_, Some(token)) => request.bearer_auth(token),
            (_, None) => request,
        }
    }
}

fn wants_tokens(config: &mut Config) {
    auth::secure(config);
    config.calls.creation = Creation::Permitted;
    without_rates(config);
}

//! `[server]`: the HTTP listener and the process.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address;
use super::schema::{Key, Kind};

/// The HTTP listener and the process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// IP address or host name to listen on.
    pub host: String,
    /// TCP port of HTTP and Socket.IO; 0 lets the system pick a free one.
    pub port: u16,
    /// Decides what the empty `cors_origins`, `log.format` and the like stand for.
    pub environment: Environment,
    /// As written; ask [`ServerConfig::allowed_origins`] for what it means.
    pub cors_origins: Vec<String>,
    /// Seconds from the first signal to the end of the process.
    pub shutdown_deadline_s: u64,
    /// Sockets connected at once.
    pub max_connections: usize,
}

/// Where the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Also what `NODE_ENV=test` stands for.
    #[serde(alias = "test")]
    Development,
    /// For users: JSON logs, no foreign origins unless listed.
    Production,
}

/// The browser origins that may use the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowedOrigins<'a> {
    /// Every page may.
    Any,
    /// Only these, each as a browser sends it; may be empty.
    Only(&'a [String]),
}

impl ServerConfig {
    /// [`Self::shutdown_deadline_s`] as a duration.
    pub fn shutdown_deadline(&self) -> Duration {
        Duration::from_secs(self.shutdown_deadline_s)
    }

    /// An empty list is any origin in development and none in production; `*` in the list is any origin.
    pub fn allowed_origins(&self) -> AllowedOrigins<'_> {
        let open = self.cors_origins.is_empty() && self.environment == Environment::Development;
        if open || self.cors_origins.iter().any(|origin| origin == "*") {
            AllowedOrigins::Any
        } else {
            AllowedOrigins::Only(&self.cors_origins)
        }
    }
}

const ORIGIN: Kind = Kind::Text {
    expected: "an origin http(s)://host[:port] without a path, or \"*\"",
    check: |text| text == "*" || address::is_origin(text),
};

pub(super) const KEYS: &[Key] = &[
    Key::text("host", "an IP address or a host name", address::is_host),
    Key::int("port", 0, 65_535).variable("PORT"),
    Key::new("environment", Kind::Choice(&["development", "production", "test"])).variable("NODE_ENV"),
    Key::new("cors_origins", Kind::List { item: &ORIGIN, at_least: 0 }).variable("FRONTEND_URL"),
    Key::int("shutdown_deadline_s", 1, 600),
    Key::int("max_connections", 1, 1_000_000),
];

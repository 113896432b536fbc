//! `[server]`: the HTTP listener and the process.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::address;
use super::schema::{Key, Kind};
use super::secret::Secret;

/// The HTTP listener and the process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// IP address or host name to listen on.
    pub host: String,
    /// TCP port of HTTP and Socket.IO; 0 lets the system pick a free one.
    pub port: u16,
    /// Among those that share a database; empty: the host's name and the port.
    pub node: String,
    /// Decides what the empty `cors_origins`, `log.format` and the like stand for.
    pub environment: Environment,
    /// As written; ask [`ServerConfig::allowed_origins`] for what it means.
    pub cors_origins: Vec<String>,
    /// Seconds from the first signal to the end of the process.
    pub shutdown_deadline_s: u64,
    /// Sockets connected at once.
    pub max_connections: usize,
    /// Sockets connected at once from one address.
    pub max_connections_per_address: usize,
    /// As written; ask [`ServerConfig::trusted_networks`] for what it means.
    pub trusted_proxies: Vec<String>,
    /// The header in which trusted proxies tell where a request came from.
    pub forwarded_header: ForwardedHeader,
    /// What opens `/admin`; closed if empty.
    pub admin_token: Secret,
    /// Wrong tokens of one address within a minute.
    pub admin_attempts_per_minute: u32,
    /// Seconds that a drain may take.
    pub drain_deadline_s: u64,
}

/// How proxies tell where a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded`, by RFC 7239.
    Forwarded,
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

    /// [`Self::drain_deadline_s`] as a duration.
    pub fn drain_deadline(&self) -> Duration {
        Duration::from_secs(self.drain_deadline_s)
    }

    /// The proxies that are believed where a request comes from.
    pub fn trusted_networks(&self) -> Vec<IpNet> {
        self.trusted_proxies.iter().filter_map(|text| network(text)).collect()
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

const PROXY: Kind =
    Kind::Text { expected: "an IP address or a network such as 10.0.0.0/8", check: |text| network(text).is_some() };

/// A network, or a single address as one.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| Some(text.parse::<IpAddr>().ok()?.into()))
}

fn is_node(text: &str) -> bool {
    text.chars().count() <= 255 && !text.chars().any(char::is_control)
}

pub(super) const KEYS: &[Key] = &[
    Key::text("host", "an IP address or a host name", address::is_host),
    Key::text("node", "a text of up to 255 characters without control characters", is_node),
    Key::int("port", 0, 65_535).variable("PORT"),
    Key::new("environment", Kind::Choice(&["development", "production", "test"])).variable("NODE_ENV"),
    Key::new("cors_origins", Kind::List { item: &ORIGIN, at_least: 0 }).variable("FRONTEND_URL"),
    Key::int("shutdown_deadline_s", 1, 600),
    Key::int("max_connections", 1, 1_000_000),
    Key::int("max_connections_per_address", 1, 1_000_000),
    Key::new("trusted_proxies", Kind::List { item: &PROXY, at_least: 0 }),
    Key::new("forwarded_header", Kind::Choice(&["x-forwarded-for", "forwarded"])),
    Key::new("admin_token", Kind::Secret),
    Key::int("admin_attempts_per_minute", 1, 1_000_000),
    Key::int("drain_deadline_s", 1, 604_800),
];

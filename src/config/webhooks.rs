//! `[webhooks]` and `[backend]`: who is told what happens in calls.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::MASK;
use super::address;
use super::error::Fault;
use super::layers::Layers;
use super::schema::{Key, Kind};
use super::secret::Secret;

/// Signed HTTP requests that tell what happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksConfig {
    /// Who gets them.
    pub endpoints: Vec<WebhookEndpoint>,
    /// Requests under way to one endpoint at most.
    pub concurrency: usize,
    /// Milliseconds until a connection to an endpoint stands, TLS included.
    pub connect_timeout_ms: u64,
    /// Milliseconds that one request may take in all.
    pub timeout_ms: u64,
    /// Milliseconds of the pause after the first failure; each further one doubles it.
    pub retry_ms: u64,
    /// Seconds of the longest pause, unless an endpoint asks for more.
    pub max_retry_s: u64,
    /// Seconds after which a request that was never answered well is given up.
    pub give_up_after_s: u64,
    /// Requests that may wait for one endpoint.
    pub max_waiting: u64,
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpoint {
    /// In logs, metrics and the outbox: one with another name is another endpoint.
    pub name: String,
    /// Gets a POST of each event.
    pub url: String,
    /// `whsec_` and the base64 of 24 to 64 bytes.
    pub secret: Secret,
    /// The one before it, which signs as well while receivers change over; empty: none.
    #[serde(default)]
    pub previous_secret: Secret,
    /// What it is told of; none listed: everything.
    #[serde(default)]
    pub events: Vec<WebhookEvent>,
}

/// The types of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the words are those of the protocol")]
pub enum WebhookEvent {
    #[serde(rename = "call.started")]
    CallStarted,
    #[serde(rename = "call.ended")]
    CallEnded,
    #[serde(rename = "participant.joined")]
    ParticipantJoined,
    #[serde(rename = "participant.left")]
    ParticipantLeft,
    #[serde(rename = "quality.warning")]
    QualityWarning,
}

/// The application's own backend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendConfig {
    /// Is told a call's id when its room opens, by a POST to `/calls/{callId}/setWebRtcRoomId` below it; empty: is not.
    pub url: String,
    /// Signs that as webhooks are signed; empty: it is not signed.
    pub secret: Secret,
}

impl WebhooksConfig {
    /// [`Self::connect_timeout_ms`] as a duration.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// [`Self::timeout_ms`] as a duration.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// [`Self::retry_ms`] as a duration.
    pub fn retry(&self) -> Duration {
        Duration::from_millis(self.retry_ms)
    }

    /// [`Self::max_retry_s`] as a duration.
    pub fn max_retry(&self) -> Duration {
        Duration::from_secs(self.max_retry_s)
    }

    /// [`Self::give_up_after_s`] as a duration.
    pub fn give_up_after(&self) -> Duration {
        Duration::from_secs(self.give_up_after_s)
    }
}

/// Names differ, and secrets have their form: too short a secret is as bad as none.
pub(super) fn check(webhooks: &WebhooksConfig, backend: &BackendConfig, layers: &Layers) -> Result<(), Fault> {
    const ENDPOINTS: &str = "webhooks.endpoints";
    let refuse = |key: String, list: &str, value: String, expected: &str| {
        Err(Fault::Invalid { key, value, origin: layers.origin(list).clone(), expected: expected.into() })
    };
    let masked = |secret: &Secret| format!("{:?}", if secret.is_empty() { "" } else { MASK });
    for (index, endpoint) in webhooks.endpoints.iter().enumerate() {
        if webhooks.endpoints[..index].iter().any(|other| other.name == endpoint.name) {
            let expected = "a name that no other endpoint has";
            return refuse(format!("{ENDPOINTS}[{index}].name"), ENDPOINTS, format!("{:?}", endpoint.name), expected);
        }
        if !is_secret(&endpoint.secret) {
            return refuse(format!("{ENDPOINTS}[{index}].secret"), ENDPOINTS, masked(&endpoint.secret), SECRET);
        }
        if !endpoint.previous_secret.is_empty() && !is_secret(&endpoint.previous_secret) {
            let key = format!("{ENDPOINTS}[{index}].previous_secret");
            return refuse(key, ENDPOINTS, masked(&endpoint.previous_secret), SECRET);
        }
    }
    if !backend.secret.is_empty() && !is_secret(&backend.secret) {
        return refuse("backend.secret".into(), "backend.secret", masked(&backend.secret), SECRET);
    }
    Ok(())
}

/// `whsec_` and the base64 of 24 to 64 bytes.
fn is_secret(secret: &Secret) -> bool {
    let bytes = secret.expose().strip_prefix("whsec_").map(|text| STANDARD.decode(text));
    matches!(bytes, Some(Ok(bytes)) if (24..=64).contains(&bytes.len()))
}

const SECRET: &str = "whsec_ and the base64 of 24 to 64 random bytes (echo whsec_$(openssl rand -base64 32))";

/// A name that also does as a metric's label.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

const EVENT: Kind =
    Kind::Choice(&["call.started", "call.ended", "participant.joined", "participant.left", "quality.warning"]);

const URL: &str = "http(s)://host[:port][/path]";

const ENDPOINT: Kind = Kind::Table(&[
    Key::text("name", "1 to 64 letters, digits, - and _", is_name).required(),
    Key::text("url", URL, address::is_http_url).required(),
    Key::new("secret", Kind::Secret).required(),
    Key::new("previous_secret", Kind::Secret),
    Key::new("events", Kind::List { item: &EVENT, at_least: 1 }),
]);

pub(super) const KEYS: &[Key] = &[
    Key::new("endpoints", Kind::List { item: &ENDPOINT, at_least: 0 }),
    Key::int("concurrency", 1, 1_000),
    Key::int("connect_timeout_ms", 1, 600_000),
    Key::int("timeout_ms", 1, 600_000),
    Key::int("retry_ms", 10, 3_600_000),
    Key::int("max_retry_s", 1, 86_400),
    Key::int("give_up_after_s", 1, 31_536_000),
    Key::int("max_waiting", 1, 100_000_000),
];

pub(super) const BACKEND_KEYS: &[Key] = &[
    Key::text("url", "http(s)://host[:port][/path] without a slash at the end, or \"\" for none", |text| {
        text.is_empty() || address::is_http_url(text) && !text.ends_with('/') && !text.contains('?')
    })
    .variable("BACKEND_URL"),
    Key::new("secret", Kind::Secret),
];

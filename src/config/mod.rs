//! The typed configuration: built-in defaults, overridden by files, environment and flags.
//!
//! Depends on nothing of the server. [`Sources`] holds what was read from outside, so that loading is a function of its
//! input: [`Config::load`] for the result, [`Layers`] where it matters which source a value came from.

mod address;
mod auth;
mod bitrates;
mod calls;
mod codecs;
mod data;
mod database;
mod environment;
mod error;
mod layers;
mod log;
mod messages;
mod quality;
mod rest;
mod roles;
mod rooms;
mod rtc;
mod rules;
mod schema;
mod secret;
mod server;
mod signaling;
mod sources;
mod speakers;
mod suggest;
mod switch;
#[cfg(test)]
mod tests;
mod turn;
mod webhooks;
mod workers;

use serde::{Deserialize, Serialize};

pub use self::auth::{ApiKey, AuthConfig, Issuer, RoleName};
pub use self::bitrates::BitratesConfig;
pub use self::calls::{CallsConfig, Creation};
pub use self::codecs::{AudioCodec, CodecsConfig, VideoCodec};
pub use self::data::DataConfig;
pub use self::database::DatabaseConfig;
pub use self::error::{ConfigError, Origin};
pub use self::layers::Layers;
pub use self::log::{LogConfig, LogFormat};
pub use self::messages::MessagesConfig;
pub use self::quality::QualityConfig;
pub use self::rest::RestConfig;
pub use self::roles::RolesConfig;
pub use self::rooms::RoomsConfig;
pub use self::rtc::{IceServer, RtcConfig};
use self::schema::{Key, Kind};
pub use self::secret::{MASK, Secret};
pub use self::server::{AllowedOrigins, Environment, ForwardedHeader, ServerConfig};
pub use self::signaling::SignalingConfig;
pub use self::sources::{File, Flag, Sources};
pub use self::speakers::SpeakersConfig;
pub use self::switch::Switch;
pub use self::turn::TurnConfig;
pub use self::webhooks::{BackendConfig, WebhookEndpoint, WebhookEvent, WebhooksConfig};
pub use self::workers::{WorkerIsolation, WorkerLogLevel, WorkersConfig};

/// Everything that can be set. Plain data; `default.toml` explains each key and is the only place of defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The HTTP listener and the process.
    pub server: ServerConfig,
    /// Log lines.
    pub log: LogConfig,
    /// Who may do something, and how that is shown.
    pub auth: AuthConfig,
    /// The pool of mediasoup workers.
    pub workers: WorkersConfig,
    /// Media transports.
    pub rtc: RtcConfig,
    /// TURN servers that share a secret with this one.
    pub turn: TurnConfig,
    /// What clients are told to send at most.
    pub bitrates: BitratesConfig,
    /// What rooms can carry.
    pub codecs: CodecsConfig,
    /// What each role may do.
    pub roles: RolesConfig,
    /// How calls begin.
    pub calls: CallsConfig,
    /// Limits of rooms and of the peers in them.
    pub rooms: RoomsConfig,
    /// Who speaks.
    pub speakers: SpeakersConfig,
    /// Data channels.
    pub data: DataConfig,
    /// When everybody is told of a bad connection.
    pub quality: QualityConfig,
    /// What peers may say to each other over the signaling.
    pub messages: MessagesConfig,
    /// Limits of the HTTP interface to calls.
    pub rest: RestConfig,
    /// Limits and timing of one client's connection.
    pub signaling: SignalingConfig,
    /// Where calls are kept.
    pub database: DatabaseConfig,
    /// Who is told what happens in calls.
    pub webhooks: WebhooksConfig,
    /// The application's own backend.
    pub backend: BackendConfig,
}

const SECTIONS: &[Key] = &[
    Key::new("server", Kind::Table(server::KEYS)),
    Key::new("log", Kind::Table(log::KEYS)),
    Key::new("auth", Kind::Table(auth::KEYS)),
    Key::new("workers", Kind::Table(workers::KEYS)),
    Key::new("rtc", Kind::Table(rtc::KEYS)),
    Key::new("turn", Kind::Table(turn::KEYS)),
    Key::new("bitrates", Kind::Table(bitrates::KEYS)),
    Key::new("codecs", Kind::Table(codecs::KEYS)),
    Key::new("roles", Kind::Table(roles::KEYS)),
    Key::new("calls", Kind::Table(calls::KEYS)),
    Key::new("rooms", Kind::Table(rooms::KEYS)),
    Key::new("speakers", Kind::Table(speakers::KEYS)),
    Key::new("data", Kind::Table(data::KEYS)),
    Key::new("quality", Kind::Table(quality::KEYS)),
    Key::new("messages", Kind::Table(messages::KEYS)),
    Key::new("rest", Kind::Table(rest::KEYS)),
    Key::new("signaling", Kind::Table(signaling::KEYS)),
    Key::new("database", Kind::Table(database::KEYS)),
    Key::new("webhooks", Kind::Table(webhooks::KEYS)),
    Key::new("backend", Kind::Table(webhooks::BACKEND_KEYS)),
];

impl Config {
    /// Merges the sources and checks the whole.
    ///
    /// # Errors
    /// The first value, key or file that cannot be used, as one line.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        Layers::merge(sources)?.config(sources.cores)
    }

    /// What is allowed but hardly meant, one line each, to be logged at the start.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let announced = self.rtc.announced().filter(|_| self.rtc.announced_address.is_empty());
        if let (Environment::Production, Some(address)) = (self.server.environment, announced) {
            warnings.push(format!(
                "rtc.announced_address is not set: clients are told to send media to {address}, which works on this \
                 machine only; set ANNOUNCED_IP to the address they reach it at"
            ));
        }
        if self.turn.urls.is_empty() && !self.turn.secret.is_empty() {
            warnings
                .push("turn.secret is set, but no turn.urls to use it for: clients are told of no such server".into());
        }
        warnings
    }
}

impl Default for Config {
    /// The embedded defaults alone.
    fn default() -> Self {
        Layers::defaults().typed()
    }
}

/// The keys of every section as `section.key`, in the order they are documented.
fn leaves() -> impl Iterator<Item = (String, &'static Key)> {
    SECTIONS.iter().flat_map(|section| {
        let Kind::Table(keys) = section.kind else { unreachable!("sections are tables") };
        keys.iter().map(move |key| (format!("{}.{}", section.name, key.name), key))
    })
}

fn leaf(path: &str) -> Option<&'static Key> {
    leaves().find_map(|(known, key)| (known == path).then_some(key))
}

//! `[log]`: what is written to standard error, and how.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::schema::{Key, Kind};
use super::server::Environment;

/// Log lines on standard error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// A level, or filter directives such as `info,colloquy::rooms=debug`.
    pub level: String,
    /// Text or JSON.
    pub format: LogFormat,
    /// Lines a second that each process writes of mediasoup's.
    pub max_media_lines_per_s: u32,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// JSON in production, text otherwise.
    Auto,
    /// For people.
    Text,
    /// One object a line.
    Json,
}

impl LogConfig {
    /// True if lines are to be JSON objects.
    pub fn is_json(&self, environment: Environment) -> bool {
        match self.format {
            LogFormat::Auto => environment == Environment::Production,
            LogFormat::Text => false,
            LogFormat::Json => true,
        }
    }
}

/// The filter's own parser takes a bare unknown word for a module's name and so would let every misspelt level through.
fn is_filter(text: &str) -> bool {
    let directive = |part: &str| {
        let part = part.trim();
        part.parse::<LevelFilter>().is_ok_and(|_| part.bytes().all(|byte| byte.is_ascii_alphabetic()))
            || part.contains(['=', '[', ']'])
    };
    text.split(',').all(directive) && EnvFilter::try_new(text).is_ok()
}

const LEVEL: &str = "trace, debug, info, warn, error, off, or filter directives such as \"info,colloquy::rooms=debug\"";

pub(super) const KEYS: &[Key] = &[
    Key::text("level", LEVEL, is_filter).variable("LOG_LEVEL"),
    Key::new("format", Kind::Choice(&["auto", "text", "json"])),
    Key::int("max_media_lines_per_s", 1, 1_000_000),
];

//! Why a configuration was refused. Every message is one line that names the key, the value, where it came from, and
//! what is allowed.

use std::fmt;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The embedded `default.toml`.
    Defaults,
    /// A file, named as the user would open it.
    File(String),
    /// An environment variable, or the names of several that give one value together.
    Variable(String),
    /// A command line flag, such as `--port`.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => write!(f, "from the defaults"),
            Self::File(name) | Self::Variable(name) | Self::Flag(name) => write!(f, "from {name}"),
        }
    }
}

/// A refused configuration, for a person to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ConfigError(#[from] pub(super) Fault);

/// The kinds of [`ConfigError`]. Values are already rendered, secrets masked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("{key} = {value} ({origin}): expected {expected}")]
    Invalid { key: String, value: String, origin: Origin, expected: String },
    #[error("unknown key {key} = {value} ({origin}): {hint}")]
    UnknownKey { key: String, value: String, origin: Origin, hint: String },
    #[error("unknown environment variable {name}: {hint}")]
    UnknownVariable { name: String, hint: String },
    #[error("{key} is missing ({origin}): expected {expected}")]
    Missing { key: String, origin: Origin, expected: String },
    #[error("{file}, line {line}, column {column}: {reason}")]
    Syntax { file: String, line: usize, column: usize, reason: String },
    #[error("{file} cannot be read: {reason}")]
    Unreadable { file: String, reason: String },
    #[error("--set {argument}: expected section.key=value, such as rooms.max_peers=20")]
    BadSet { argument: String },
}

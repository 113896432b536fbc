//! `[auth]`: who may do something here, and how that is shown.

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};
use super::server::Environment;
use super::switch::Switch;

/// Tokens and who gets them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// As written; ask [`AuthConfig::is_required`].
    pub required: Switch,
    /// What those are who show nothing, where nothing is needed.
    pub anonymous_role: RoleName,
}

/// A role by its name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the roles themselves are explained where they are defined")]
pub enum RoleName {
    Viewer,
    Participant,
    Moderator,
    Host,
}

impl AuthConfig {
    /// Whether nobody gets in without a token.
    pub fn is_required(&self, environment: Environment) -> bool {
        self.required.or(environment == Environment::Production)
    }
}

pub(super) const ROLE: Kind = Kind::Choice(&["viewer", "participant", "moderator", "host"]);

pub(super) const KEYS: &[Key] = &[Key::new("required", Kind::Switch), Key::new("anonymous_role", ROLE)];

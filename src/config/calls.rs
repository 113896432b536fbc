//! `[calls]`: how calls begin.

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};

/// How calls begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallsConfig {
    /// Who may make rooms over signaling.
    pub creation: Creation,
}

/// Who may make rooms over signaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is explained in config/default.toml")]
pub enum Creation {
    Anyone,
    Permitted,
    Booked,
}

pub(super) const KEYS: &[Key] = &[Key::new("creation", Kind::Choice(&["anyone", "permitted", "booked"]))];

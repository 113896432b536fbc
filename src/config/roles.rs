//! `[roles]`: what each role may do.

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};

/// The permissions of each role, by their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolesConfig {
    /// Of who receives only.
    pub viewer: Vec<String>,
    /// Of who takes part.
    pub participant: Vec<String>,
    /// Of who keeps order.
    pub moderator: Vec<String>,
    /// Of whose call it is.
    pub host: Vec<String>,
}

/// All permissions, as they are written.
const PERMISSION: Kind = Kind::Choice(&[
    "createRoom",
    "publishAudio",
    "publishVideo",
    "publishScreen",
    "publishData",
    "subscribe",
    "sendMessage",
    "viewCall",
    "updateCall",
    "kick",
    "mute",
    "setRole",
    "lock",
    "closeRoom",
    "record",
]);

const PERMISSIONS: Kind = Kind::List { item: &PERMISSION, at_least: 0 };

pub(super) const KEYS: &[Key] = &[
    Key::new("viewer", PERMISSIONS),
    Key::new("participant", PERMISSIONS),
    Key::new("moderator", PERMISSIONS),
    Key::new("host", PERMISSIONS),
];

//! A switch that may be left to the server.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// On, off, or as the environment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// As the environment says: `"auto"`.
    Auto,
    /// `true`.
    On,
    /// `false`.
    Off,
}

impl Switch {
    /// What it comes to, where the environment says `auto`.
    pub fn or(self, auto: bool) -> bool {
        match self {
            Self::Auto => auto,
            Self::On => true,
            Self::Off => false,
        }
    }
}

impl Serialize for Switch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::On => serializer.serialize_bool(true),
            Self::Off => serializer.serialize_bool(false),
        }
    }
}

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Bool(bool),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Bool(true) => Ok(Self::On),
            Written::Bool(false) => Ok(Self::Off),
            Written::Text(text) if text == "auto" => Ok(Self::Auto),
            Written::Text(_) => Err(de::Error::custom("expected true, false or \"auto\"")),
        }
    }
}

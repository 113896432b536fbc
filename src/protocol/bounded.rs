//! Strings and application data with a bound, checked where they are parsed: what is larger never gets further in.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Object, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// What [`char::is_control`] refuses, for descriptions of the interface.
const WITHOUT_CONTROL_CHARACTERS: &str = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$";

macro_rules! bounded_string {
    ($(#[$doc:meta])* $name:ident, $min:literal..=$max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The longest that is accepted, in characters.
            pub const MAX_CHARS: usize = $max;

            /// Takes the text, if its length is within the bound and it has no control characters.
            ///
            /// # Errors
            /// A sentence that says what is allowed.
            pub fn new(text: &str) -> Result<Self, String> {
                // Bytes first: a huge string is refused without counting its characters.
                let fits = text.len() <= $max * 4 && ($min..=$max).contains(&text.chars().count());
                if fits && !text.chars().any(char::is_control) {
                    Ok(Self(text.into()))
                } else {
                    Err(format!(
                        "expected a string of {} to {} characters without control characters",
                        $min, $max
                    ))
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(WITHOUT_CONTROL_CHARACTERS));
                text.min_length(Some($min)).max_length(Some($max)).into()
            }
        }

        impl ToSchema for $name {}

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(&text).map_err(D::Error::custom)
            }
        }
    };
}

bounded_string!(
    /// The name of a call, and so of its room: 1 to 128 characters.
    CallId, 1..=128
);
bounded_string!(
    /// Who a peer is for the application: 1 to 128 characters.
    UserId, 1..=128
);
bounded_string!(
    /// How a peer is shown to people: up to 128 characters.
    DisplayName, 0..=128
);

bounded_string!(
    /// What a message is about, for the application: 1 to 64 characters.
    Topic, 1..=64
);

bounded_string!(
    /// The name of a data channel, or of what is spoken on it: up to 128 characters.
    ChannelName, 0..=128
);

impl Default for ChannelName {
    fn default() -> Self {
        Self("".into())
    }
}

/// Takes JSON as the text it is, to be passed on unread. It is read all the same, because of what is nested deeper than
/// serde_json reads (127 levels) a receiver could fail.
pub(super) fn unread<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(Box<RawValue>, Value), D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let value = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
    Ok((raw, value))
}

/// An application's own data about a producer: any JSON object, kept as the text it came in and passed on unread.
#[derive(Debug, Clone)]
pub struct AppData(Arc<RawValue>);

impl AppData {
    /// The object as JSON.
    pub fn as_json(&self) -> &str {
        self.0.get()
    }

    /// Its size as JSON, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.get().len()
    }
}

impl Default for AppData {
    fn default() -> Self {
        Self(RawValue::from_string("{}".to_owned()).expect("an empty object is JSON").into())
    }
}

impl PartialSchema for AppData {
    fn schema() -> RefOr<Schema> {
        Object::new().into()
    }
}

impl ToSchema for AppData {}

impl PartialEq for AppData {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Serialize for AppData {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AppData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (raw, value) = unread(deserializer)?;
        match value {
            Value::Object(_) => Ok(Self(raw.into())),
            Value::Null => Ok(Self::default()),
            _ => Err(D::Error::custom("expected an object")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_bounds() {
        assert!(CallId::new("").is_err());
        assert!(CallId::new(&"ä".repeat(128)).is_ok());
        assert!(CallId::new(&"ä".repeat(129)).is_err());
        assert!(CallId::new(&"x".repeat(10_000_000)).is_err());
        assert!(CallId::new("line\nbreak").is_err());
        assert!(DisplayName::new("").is_ok());
    }

    #[test]
    fn app_data_is_an_object_or_nothing() {
        let parse = serde_json::from_str::<AppData>;
        assert_eq!(parse("null").expect("parses"), AppData::default());
        assert_eq!(parse(r#"{"source":"cam"}"#).expect("parses").bytes(), 16);
        assert_eq!(
            parse(r#"{"n":-1.6485534495792538e+305}"#).expect("parses").as_json(),
            r#"{"n":-1.6485534495792538e+305}"#
        );
        assert!(parse("[1]").is_err());
        assert!(parse("5").is_err());
    }
}

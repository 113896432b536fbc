//! Identifiers: one newtype for each kind of thing, all of them random UUIDs, so that none can be guessed or mistaken
//! for another. Depends on nothing of ours.

use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
        pub struct $name(Uuid);

        impl $name {
            /// A new random id (UUID version 4, 122 random bits).
            pub fn random() -> Self {
                Self(Uuid::new_v4())
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            /// A string that is no id names nothing: it is read as the nil id, which no object has, so that a client
            /// hears "not found" of the object it asked for, whatever it wrote.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = Cow::<'de, str>::deserialize(deserializer)?;
                    Ok(Self(Uuid::try_parse(&text).unwrap_or(Uuid::nil())))
                } else {
                    Uuid::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}

id!(
    /// A participant of one room, from its join to its leaving.
    PeerId
);
id!(
    /// One connection of a client to the signaling, whatever the interface.
    SessionId
);
id!(
    /// One request of a client: stands in the log and in an `INTERNAL` error's message.
    RequestId
);
id!(
    /// A mediasoup router: one room's media on one worker.
    RouterId
);
id!(
    /// A WebRTC transport of a peer.
    TransportId
);
id!(
    /// A published track.
    ProducerId
);
id!(
    /// A received track.
    ConsumerId
);

id!(
    /// The sending end of a data channel.
    DataProducerId
);
id!(
    /// A receiving end of a data channel.
    DataConsumerId
);
id!(
    /// What one peer said to others.
    MessageId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_json() {
        let id = PeerId::random();
        let json = serde_json::to_string(&id).expect("serializes");
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<PeerId>(&json).expect("parses"), id);
    }

    #[test]
    fn a_string_that_is_no_id_names_nothing() {
        let id: TransportId = serde_json::from_str("\"nonsense\"").expect("parses");
        assert_eq!(id, TransportId::from(Uuid::nil()));
        assert!(serde_json::from_str::<TransportId>("5").is_err());
    }
}

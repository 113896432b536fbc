//! What peers say to each other over the signaling, whatever it is: a chat's lines, raised hands, an application's own
//! state.

use super::bounded::unread;
use super::{DisplayName, Topic, UserId};
use crate::ids::{MessageId, PeerId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::SystemTime;

/// Any JSON, kept as the text it came in and passed on unread: no number loses a digit.
#[derive(Debug, Clone)]
pub struct MessageData(Arc<RawValue>);

impl MessageData {
    /// Its size as JSON, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.get().len()
    }
}

impl PartialEq for MessageData {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Serialize for MessageData {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for MessageData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        unread(deserializer).map(|(raw, _)| Self(raw.into()))
    }
}

/// `sendMessage`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendMessage {
    /// To whom; none: to everybody else in the room.
    pub to: Option<PeerId>,
    /// What it is about, for the application.
    pub topic: Topic,
    /// What it says.
    pub data: MessageData,
}

/// To `sendMessage`: as what and when it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStamp {
    /// The message's name, the same for all who get it.
    pub id: MessageId,
    /// RFC 3339 with milliseconds, by the server's clock.
    pub at: String,
}

impl MessageStamp {
    /// Taken at that moment.
    pub fn new(id: MessageId, at: SystemTime) -> Self {
        Self { id, at: humantime::format_rfc3339_millis(at).to_string() }
    }
}

/// Of `message`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its name, the same for all who get it.
    pub id: MessageId,
    /// RFC 3339 with milliseconds, by the server's clock.
    pub at: String,
    /// Who sent it.
    pub peer_id: PeerId,
    /// Who that is for the application.
    pub user_id: UserId,
    /// How to show the sender.
    pub display_name: Option<DisplayName>,
    /// Who alone gets it; null: everybody else in the room.
    pub to: Option<PeerId>,
    /// What it is about, for the application.
    pub topic: Topic,
    /// What it says.
    pub data: MessageData,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn data_is_any_json_but_not_nothing() {
        for data in ["null", "-1.6485534495792538e+305", "[1, {}]", r#""text""#] {
            let request: SendMessage =
                serde_json::from_str(&format!(r#"{{ "topic": "t", "data": {data} }}"#)).expect("parses");
            assert_eq!(request.data.0.get(), data);
        }
        let error = serde_json::from_value::<SendMessage>(json!({ "topic": "t" })).expect_err("has no data");
        assert_eq!(error.to_string(), "missing field `data`");
    }

    #[test]
    fn a_message_has_all_its_fields_and_milliseconds() {
        let (id, peer_id) = (MessageId::random(), PeerId::random());
        let message = Message {
            id,
            at: MessageStamp::new(id, SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_042)).at,
            peer_id,
            user_id: UserId::new("anna").expect("a name"),
            display_name: None,
            to: None,
            topic: Topic::new("chat").expect("a topic"),
            data: serde_json::from_value(json!({ "text": "hello" })).expect("JSON"),
        };
        let expected = json!({
            "id": id, "at": "2023-11-14T22:13:20.042Z", "peerId": peer_id, "userId": "anna", "displayName": null,
            "to": null, "topic": "chat", "data": { "text": "hello" },
        });
        assert_eq!(serde_json::to_value(&message).expect("encodes"), expected);
        assert_eq!(serde_json::from_value::<Message>(expected).expect("decodes"), message);
    }
}

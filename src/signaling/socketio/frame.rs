//! A Socket.IO event's frame: `["event", payload, …]` in, acknowledgements out.

use crate::protocol::{Answer, ErrorBody, ErrorCode};
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// An event with its first argument; further ones are of no use to us.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub event: Cow<'a, str>,
    pub payload: Option<&'a RawValue>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Frame<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FrameVisitor;
        impl<'de> Visitor<'de> for FrameVisitor {
            type Value = Frame<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array that begins with an event's name")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut elements: S) -> Result<Self::Value, S::Error> {
                #[derive(Deserialize)]
                struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
                let Name(event) = elements.next_element()?.ok_or_else(|| S::Error::custom("no event"))?;
                let payload = elements.next_element()?;
                while elements.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Frame { event, payload })
            }
        }
        deserializer.deserialize_seq(FrameVisitor)
    }
}

/// The first argument of an acknowledgement.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Ack {
    Success { success: bool, data: Box<RawValue> },
    Failure { success: bool, error: ErrorBody },
}

impl From<Answer> for Ack {
    fn from(answer: Answer) -> Self {
        let data = answer.and_then(|reply| {
            reply.to_data().map_err(|error| {
                tracing::error!(%error, "a reply could not be encoded");
                ErrorBody::new(ErrorCode::Internal, "the reply could not be encoded")
            })
        });
        match data {
            Ok(data) => Self::Success { success: true, data },
            Err(error) => Self::Failure { success: false, error },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Reply;

    #[test]
    fn a_frame_may_have_any_number_of_arguments() {
        let parse = |text: &'static str| serde_json::from_str::<Frame<'_>>(text);
        let payload = |text| parse(text).expect("parses").payload.map(RawValue::get);
        assert_eq!(payload(r#"["leaveRoom"]"#), None);
        assert_eq!(payload(r#"["createRoom",{"callId":"x"}]"#), Some(r#"{"callId":"x"}"#));
        assert_eq!(payload(r#"["a",null,5,[],{}]"#), Some("null"));
        assert_eq!(parse(r#"["a\n"]"#).expect("parses").event, "a\n");
        assert!(parse("[]").is_err());
        assert!(parse("[5]").is_err());
        assert!(parse("{}").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_frame_or_an_error(text in "\\PC{0,80}") {
            let _ = serde_json::from_str::<Frame<'_>>(&text);
        }

        #[test]
        fn a_frame_gives_back_what_was_put_in(event in "\\PC{1,40}", payload in "\\PC{0,40}") {
            let text = serde_json::json!([event, { "text": payload }]).to_string();
            let frame: Frame<'_> = serde_json::from_str(&text).expect("parses");
            proptest::prop_assert_eq!(&frame.event, &event);
            let back: serde_json::Value = serde_json::from_str(frame.payload.expect("is there").get()).expect("JSON");
            proptest::prop_assert_eq!(&back["text"], &payload);
        }
    }

    #[test]
    fn an_answer_has_success_and_data_or_error() {
        let text = |answer| serde_json::to_string(&Ack::from(answer)).expect("encodes");
        assert_eq!(text(Ok(Reply::Done)), r#"{"success":true,"data":{}}"#);
        assert_eq!(
            text(Err(ErrorBody::new(ErrorCode::RoomFull, "full"))),
            r#"{"success":false,"error":{"code":"ROOM_FULL","message":"full"}}"#
        );
    }
}

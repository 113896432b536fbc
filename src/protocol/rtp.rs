//! A client's RTP parameters and capabilities, read with care: an unknown codec is a named error where it is offered
//! for sending, and left out where it is only one of the things that a client could receive.

use super::request::ParseError;
use crate::media::protocol::{MimeType, RtpCapabilities, RtpHeaderExtensionUri};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Most codecs, header extensions or encodings that a list may have: an order above what browsers send.
const MAX_LIST: usize = 128;

/// Reads `rtpCapabilities`, leaving out codecs and header extensions that mediasoup doesn't know: a browser's own list
/// has many.
pub(super) fn lenient_capabilities<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RtpCapabilities, D::Error> {
    let mut capabilities = Value::deserialize(deserializer)?;
    let object = capabilities.as_object_mut().ok_or_else(|| D::Error::custom("expected an object"))?;
    for (list, key, known) in
        [("codecs", "mimeType", is_known_codec as fn(&str) -> bool), ("headerExtensions", "uri", is_known_extension)]
    {
        let entries = object.entry(list).or_insert_with(|| Value::Array(Vec::new()));
        let entries =
            entries.as_array_mut().ok_or_else(|| D::Error::custom(format_args!("{list}: expected an array")))?;
        if entries.len() > MAX_LIST {
            return Err(D::Error::custom(format_args!("{list}: more than {MAX_LIST} entries")));
        }
        entries.retain(|entry| entry.get(key).and_then(Value::as_str).is_none_or(known));
    }
    serde_json::from_value(capabilities).map_err(D::Error::custom)
}

fn is_known_codec(mime_type: &str) -> bool {
    mime_type.parse::<MimeType>().is_ok()
}

fn is_known_extension(uri: &str) -> bool {
    uri.parse::<RtpHeaderExtensionUri>().is_ok()
}

/// Looks through `produce`'s payload for codecs that mediasoup doesn't know at all, whose names would otherwise only
/// give a parse error without a hint.
pub(super) fn refuse_unknown_codecs(payload: &RawValue) -> Result<(), ParseError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payload {
        rtp_parameters: Option<Parameters>,
    }
    #[derive(Deserialize)]
    struct Parameters {
        codecs: Option<Vec<Codec>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Codec {
        mime_type: String,
    }
    // What doesn't even have this shape is left to the strict parser, whose error names the field.
    let codecs = serde_json::from_str::<Payload>(payload.get())
        .ok()
        .and_then(|payload| payload.rtp_parameters)
        .and_then(|parameters| parameters.codecs)
        .unwrap_or_default();
    match codecs.iter().find(|codec| !is_known_codec(&codec.mime_type)) {
        Some(codec) => Err(ParseError::UnknownCodec(codec.mime_type.chars().take(64).collect())),
        None => Ok(()),
    }
}

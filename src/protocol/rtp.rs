//! A client's RTP parameters and capabilities, read with care. What ORTC lets a client leave out gets its default. A
//! codec that mediasoup doesn't know is a named error where it is offered for sending, and left out where it is only one
//! of the things that a client could receive.

use super::error::ParseError;
use crate::media::protocol::{MimeType, RtpCapabilities, RtpHeaderExtensionUri, RtpParameters};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// Most codecs, header extensions or encodings that a list may have: an order above what browsers send.
const MAX_LIST: usize = 128;

/// Reads `rtpCapabilities`, leaving out codecs and header extensions that mediasoup doesn't know: a browser's own list
/// has many.
pub(super) fn capabilities<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RtpCapabilities, D::Error> {
    let mut capabilities = Map::deserialize(deserializer)?;
    list(&mut capabilities, "codecs")?.retain(|codec| is_known(codec, "mimeType", is_known_codec));
    let extensions = list(&mut capabilities, "headerExtensions")?;
    extensions.retain(|extension| is_known(extension, "uri", is_known_extension));
    for extension in extensions {
        default(extension, "preferredEncrypt", json!(false));
        default(extension, "direction", json!("sendrecv"));
    }
    strict(capabilities)
}

/// Reads `rtpParameters` of what a client sends; of the header extensions those that mediasoup knows.
pub(super) fn parameters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RtpParameters, D::Error> {
    let mut parameters = Map::deserialize(deserializer)?;
    let extensions = list(&mut parameters, "headerExtensions")?;
    extensions.retain(|extension| is_known(extension, "uri", is_known_extension));
    for extension in extensions {
        default(extension, "encrypt", json!(false));
    }
    let rtcp = parameters.entry("rtcp").or_insert_with(|| json!({}));
    default(rtcp, "reducedSize", json!(true));
    strict(parameters)
}

/// The list of that name, empty if it is left out.
fn list<'a, E: serde::de::Error>(object: &'a mut Map<String, Value>, name: &str) -> Result<&'a mut Vec<Value>, E> {
    let entries = object.entry(name).or_insert_with(|| json!([]));
    let entries = entries.as_array_mut().ok_or_else(|| E::custom(format_args!("{name}: expected an array")))?;
    if entries.len() > MAX_LIST {
        return Err(E::custom(format_args!("{name}: more than {MAX_LIST} entries")));
    }
    Ok(entries)
}

/// What is no name at all is left for the strict reading to name.
fn is_known(entry: &Value, key: &str, known: fn(&str) -> bool) -> bool {
    entry.get(key).and_then(Value::as_str).is_none_or(known)
}

fn default(entry: &mut Value, key: &str, value: Value) {
    if let Some(entry) = entry.as_object_mut() {
        entry.entry(key).or_insert(value);
    }
}

fn strict<T: DeserializeOwned, E: serde::de::Error>(object: Map<String, Value>) -> Result<T, E> {
    serde_path_to_error::deserialize(Value::Object(object)).map_err(E::custom)
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

//! Parameters of clients, checked before they reach a worker: some of what is wrong would be found only there, or
//! nowhere.

use super::protocol::{DtlsParameters, MediaError, MediaKind, RtpParameters};
use mediasoup::prelude::{RtpCodecParameters, RtpEncodingParameters, RtpHeaderExtensionParameters};
use std::collections::HashSet;

/// Most codecs (with their RTX) that one producer may list.
const MAX_CODECS: usize = 32;
/// Most encodings: simulcast has three, and mediasoup's worker a bound of its own.
const MAX_ENCODINGS: usize = 8;
/// Most header extensions: their one-byte form has ids 1 to 14 (RFC 8285 §4.2).
const MAX_HEADER_EXTENSIONS: usize = 14;
/// Longest MID or RID: a one-byte header extension carries 16 bytes at most (RFC 8285 §4.2).
const MAX_MID_BYTES: usize = 16;
/// Most fingerprints of one certificate: there are five hash functions.
const MAX_FINGERPRINTS: usize = 8;
/// Highest payload type: it has 7 bits (RFC 3550 §5.1).
const MAX_PAYLOAD_TYPE: u8 = 127;
/// Highest id of a header extension, in the two-byte form (RFC 8285 §4.3).
const MAX_EXTENSION_ID: u16 = 255;
/// Most spatial and temporal layers: what scalability modes with a name have (W3C WebRTC-SVC).
const MAX_LAYERS: u8 = 3;

/// Checks what a client says it will send.
pub(super) fn sending(kind: MediaKind, parameters: &RtpParameters) -> Result<(), MediaError> {
    codecs(kind, &parameters.codecs)?;
    header_extensions(&parameters.header_extensions)?;
    let mid = parameters.mid.as_deref();
    check(mid.is_none_or(is_mid), "rtpParameters.mid: expected 1 to 16 letters, digits, hyphens or underscores")?;
    encodings(&parameters.encodings, mid.is_some())
}

fn codecs(kind: MediaKind, codecs: &[RtpCodecParameters]) -> Result<(), MediaError> {
    check(!codecs.is_empty(), "rtpParameters.codecs: empty")?;
    check(codecs.len() <= MAX_CODECS, "rtpParameters.codecs: more than 32")?;
    check(codecs.iter().all(|codec| kind_of(codec) == kind), "rtpParameters.codecs: not of the producer's kind")?;
    let payload_types = || codecs.iter().map(RtpCodecParameters::payload_type);
    check(
        payload_types().all(|number| number <= MAX_PAYLOAD_TYPE),
        "rtpParameters.codecs: a payloadType is above 127",
    )?;
    check(all_differ(payload_types()), "rtpParameters.codecs: a payloadType stands twice")
}

fn header_extensions(extensions: &[RtpHeaderExtensionParameters]) -> Result<(), MediaError> {
    check(extensions.len() <= MAX_HEADER_EXTENSIONS, "rtpParameters.headerExtensions: more than 14")?;
    let ids = || extensions.iter().map(|extension| extension.id);
    check(
        ids().all(|id| (1..=MAX_EXTENSION_ID).contains(&id)),
        "rtpParameters.headerExtensions: an id is not 1 to 255",
    )?;
    check(all_differ(ids()), "rtpParameters.headerExtensions: an id stands twice")
}

fn encodings(encodings: &[RtpEncodingParameters], has_mid: bool) -> Result<(), MediaError> {
    check(!encodings.is_empty(), "rtpParameters.encodings: empty")?;
    check(encodings.len() <= MAX_ENCODINGS, "rtpParameters.encodings: more than 8")?;
    let rids = || encodings.iter().filter_map(|encoding| encoding.rid.as_deref());
    check(rids().all(is_mid), "rtpParameters.encodings: a rid has 1 to 16 letters, digits, hyphens or underscores")?;
    check(all_differ(rids()), "rtpParameters.encodings: a rid stands twice")?;
    let rtx = encodings.iter().filter_map(|encoding| Some(encoding.rtx?.ssrc));
    let ssrcs = encodings.iter().filter_map(|encoding| encoding.ssrc);
    check(all_differ(ssrcs.chain(rtx)), "rtpParameters.encodings: an ssrc stands twice")?;
    let layers = |encoding: &RtpEncodingParameters| {
        let mode = &encoding.scalability_mode;
        mode.spatial_layers().get().max(mode.temporal_layers().get())
    };
    check(
        encodings.iter().all(|encoding| layers(encoding) <= MAX_LAYERS),
        "rtpParameters.encodings: a scalabilityMode has more than 3 layers",
    )?;
    // A stream must be recognisable: by its SSRC, by its RID, or by the MID (RFC 8852).
    let named = |encoding: &RtpEncodingParameters| encoding.ssrc.is_some() || encoding.rid.is_some();
    check(has_mid || encodings.iter().all(named), "rtpParameters.encodings: neither ssrc, rid nor mid")
}

/// The characters of RFC 8852 §3.1, which says them of RIDs; a MID of a browser has no others.
fn is_mid(text: &str) -> bool {
    (1..=MAX_MID_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn all_differ<T: Eq + std::hash::Hash>(mut items: impl Iterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    items.all(|item| seen.insert(item))
}

/// Checks a client's side of DTLS.
pub(super) fn dtls(parameters: &DtlsParameters) -> Result<(), MediaError> {
    check(!parameters.fingerprints.is_empty(), "dtlsParameters.fingerprints: empty")?;
    check(parameters.fingerprints.len() <= MAX_FINGERPRINTS, "dtlsParameters.fingerprints: more than 8")
}

fn kind_of(codec: &RtpCodecParameters) -> MediaKind {
    match codec {
        RtpCodecParameters::Audio { .. } => MediaKind::Audio,
        RtpCodecParameters::Video { .. } => MediaKind::Video,
    }
}

fn check(holds: bool, message: &str) -> Result<(), MediaError> {
    if holds { Ok(()) } else { Err(MediaError::InvalidParameters(message.to_owned())) }
}

//! Parameters of clients, checked before they reach a worker: some of what is wrong would be found only there, or
//! nowhere.

use super::protocol::{DtlsParameters, MediaError, MediaKind, RtpParameters};
use mediasoup::prelude::RtpCodecParameters;

/// Most codecs (with their RTX) that one producer may list.
const MAX_CODECS: usize = 32;
/// Most encodings: simulcast has three, and mediasoup's worker a bound of its own.
const MAX_ENCODINGS: usize = 8;
/// Most header extensions: their one-byte form has ids 1 to 14 (RFC 8285).
const MAX_HEADER_EXTENSIONS: usize = 14;
/// Longest MID or RID: a one-byte header extension carries 16 bytes at most (RFC 8285 §4.2).
const MAX_MID_BYTES: usize = 16;
/// Most fingerprints of one certificate: there are five hash functions.
const MAX_FINGERPRINTS: usize = 8;

/// Checks what a client says it will send.
pub(super) fn sending(kind: MediaKind, parameters: &RtpParameters) -> Result<(), MediaError> {
    let codecs = &parameters.codecs;
    check(!codecs.is_empty(), "rtpParameters.codecs: empty")?;
    check(codecs.len() <= MAX_CODECS, "rtpParameters.codecs: more than 32")?;
    check(codecs.iter().all(|codec| kind_of(codec) == kind), "rtpParameters.codecs: not of the producer's kind")?;
    check(!parameters.encodings.is_empty(), "rtpParameters.encodings: empty")?;
    check(parameters.encodings.len() <= MAX_ENCODINGS, "rtpParameters.encodings: more than 8")?;
    check(parameters.header_extensions.len() <= MAX_HEADER_EXTENSIONS, "rtpParameters.headerExtensions: more than 14")?;
    check(
        parameters.header_extensions.iter().all(|extension| extension.id != 0),
        "rtpParameters.headerExtensions: id 0 is no id",
    )?;
    check(
        parameters.mid.as_ref().is_none_or(|mid| !mid.is_empty() && mid.len() <= MAX_MID_BYTES),
        "rtpParameters.mid: expected 1 to 16 bytes",
    )?;
    check(
        parameters
            .encodings
            .iter()
            .all(|encoding| encoding.rid.as_ref().is_none_or(|rid| !rid.is_empty() && rid.len() <= MAX_MID_BYTES)),
        "rtpParameters.encodings: a rid has 1 to 16 bytes",
    )?;
    // A stream must be recognisable: by its SSRC, by its RID, or by the MID (RFC 8852).
    check(
        parameters.mid.is_some()
            || parameters.encodings.iter().all(|encoding| encoding.ssrc.is_some() || encoding.rid.is_some()),
        "rtpParameters.encodings: neither ssrc, rid nor mid",
    )
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

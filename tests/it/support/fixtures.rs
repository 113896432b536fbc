//! RTP and DTLS parameters as a browser would send them.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// Each track of this process has SSRCs and a MID of its own.
static TRACKS: AtomicU32 = AtomicU32::new(1);

fn track() -> u32 {
    TRACKS.fetch_add(1, Ordering::Relaxed)
}

/// An Opus track.
pub fn audio() -> Value {
    let track = track();
    json!({
        "mid": format!("a{track}"),
        "codecs": [{
            "mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000, "channels": 2,
            "parameters": { "minptime": 10, "useinbandfec": 1 },
            "rtcpFeedback": [{ "type": "transport-cc", "parameter": "" }],
        }],
        "headerExtensions": [
            { "uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": 1, "encrypt": false, "parameters": {} },
            { "uri": "urn:ietf:params:rtp-hdrext:ssrc-audio-level", "id": 10, "encrypt": false, "parameters": {} },
        ],
        "encodings": [{ "ssrc": 10_000 + 2 * track, "dtx": false }],
        "rtcp": { "cname": format!("track-{track}"), "reducedSize": true },
    })
}

/// A VP8 track with retransmissions.
pub fn video() -> Value {
    let track = track();
    json!({
        "mid": format!("v{track}"),
        "codecs": [
            {
                "mimeType": "video/VP8", "payloadType": 96, "clockRate": 90000, "parameters": {},
                "rtcpFeedback": [
                    { "type": "goog-remb", "parameter": "" },
                    { "type": "transport-cc", "parameter": "" },
                    { "type": "ccm", "parameter": "fir" },
                    { "type": "nack", "parameter": "" },
                    { "type": "nack", "parameter": "pli" },
                ],
            },
            {
                "mimeType": "video/rtx", "payloadType": 97, "clockRate": 90000, "parameters": { "apt": 96 },
                "rtcpFeedback": [],
            },
        ],
        "headerExtensions": [
            { "uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": 4, "encrypt": false, "parameters": {} },
            {
                "uri": "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
                "id": 2, "encrypt": false, "parameters": {},
            },
        ],
        "encodings": [{ "ssrc": 10_000 + 2 * track, "rtx": { "ssrc": 10_001 + 2 * track }, "dtx": false }],
        "rtcp": { "cname": format!("track-{track}"), "reducedSize": true },
    })
}

/// A VP8 track in three spatial layers, told apart by their RIDs.
pub fn simulcast() -> Value {
    let mut parameters = video();
    let rid =
        json!({ "uri": "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", "id": 5, "encrypt": false, "parameters": {} });
    parameters["headerExtensions"].as_array_mut().expect("a list").push(rid);
    parameters["encodings"] = ["l", "m", "h"].map(|rid| json!({ "rid": rid, "scalabilityMode": "L1T3" })).into();
    parameters
}

/// What `produceData` takes for a reliable channel on a stream.
pub fn channel(transport: &str, stream: u16) -> Value {
    json!({ "transportId": transport, "sctpStreamParameters": { "streamId": stream }, "label": "a label" })
}

/// A client's side of DTLS, with the fingerprint of no certificate.
pub fn dtls() -> Value {
    let fingerprint = ["A5"; 32].join(":");
    json!({ "role": "client", "fingerprints": [{ "algorithm": "sha-256", "value": fingerprint }] })
}

/// A client that can receive Opus only.
pub fn audio_only_capabilities() -> Value {
    json!({
        "codecs": [{
            "kind": "audio", "mimeType": "audio/opus", "preferredPayloadType": 100, "clockRate": 48000, "channels": 2,
            "parameters": {}, "rtcpFeedback": [],
        }],
        "headerExtensions": [],
    })
}

/// A text field of an answer or an event.
pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is a text: {value}")).to_owned()
}

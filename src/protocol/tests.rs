//! Properties of reading and writing: whatever a client sends is read or refused with a word, never worse, and plain
//! data survives its own round trip.

use super::*;
use proptest::prelude::*;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

const EVENTS: &[&str] = &[
    "createRoom",
    "joinRoom",
    "leaveRoom",
    "createTransport",
    "connectTransport",
    "produce",
    "pauseProducer",
    "resumeProducer",
    "closeProducer",
    "consume",
    "pauseConsumer",
    "resumeConsumer",
    "closeConsumer",
    "getProducers",
    "getTransportStats",
    "getProducerStats",
    "getConsumerStats",
    "produceData",
    "closeDataProducer",
    "consumeData",
    "closeDataConsumer",
    "sendMessage",
    "kickPeer",
    "mutePeer",
    "setPeerRole",
    "lockRoom",
    "closeRoom",
    "somethingElse",
];

/// Names that mean something, so that random payloads come close to real ones.
const FIELDS: &[&str] = &[
    "callId",
    "userId",
    "displayName",
    "rtpCapabilities",
    "rtpParameters",
    "dtlsParameters",
    "fingerprints",
    "transportId",
    "producerId",
    "consumerId",
    "direction",
    "kind",
    "codecs",
    "encodings",
    "headerExtensions",
    "mimeType",
    "appData",
    "to",
    "peerId",
    "role",
    "muted",
    "topic",
    "sctpStreamParameters",
    "streamId",
    "label",
    "data",
    "rtcp",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["send", "audio", "video", "audio/opus", "video/VP8", "auto", "sha-256"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(FIELDS.to_vec()), inner), 0..6).prop_map(|fields| fields
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect::<Map<_, _>>()
                .into()),
        ]
    })
}

/// A request that is as it should be.
fn valid() -> impl Strategy<Value = (&'static str, Value)> {
    let id = || any::<u128>().prop_map(|bits| uuid::Uuid::from_u128(bits).to_string());
    let codec = json!({ "mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000, "channels": 2 });
    let capability = json!({ "kind": "audio", "mimeType": "audio/opus", "clockRate": 48000, "channels": 2 });
    prop_oneof![
        "[a-zA-Z0-9 äß]{1,20}".prop_map(|call| ("createRoom", json!({ "callId": call }))),
        ("[a-z]{1,9}", "[a-z]{1,9}", prop::option::of("[a-z]{0,9}")).prop_map(move |(call, user, name)| {
            let capabilities = json!({ "codecs": [capability] });
            let join = json!({ "callId": call, "userId": user, "displayName": name, "rtpCapabilities": capabilities });
            ("joinRoom", join)
        }),
        any::<bool>().prop_map(|send| ("createTransport", json!({ "direction": if send { "send" } else { "recv" } }))),
        (id(), any::<u32>(), any::<bool>()).prop_map(move |(id, ssrc, paused)| {
            let parameters = json!({ "codecs": [codec], "encodings": [{ "ssrc": ssrc }], "rtcp": { "cname": "c" } });
            let app_data = json!({ "source": "mic", "deep": [ssrc] });
            let produce = json!({
                "transportId": id, "kind": "audio", "rtpParameters": parameters, "appData": app_data, "paused": paused,
            });
            ("produce", produce)
        }),
        (prop::option::of(id()), "[a-z]{1,64}", any_json())
            .prop_map(|(to, topic, data)| ("sendMessage", json!({ "to": to, "topic": topic, "data": data }))),
        (id(), 0..65_535u16, prop::option::of(any::<u16>()), "[a-z]{0,9}").prop_map(
            |(id, stream, retransmits, label)| {
                let parameters = json!({ "streamId": stream, "maxRetransmits": retransmits });
                let request = json!({ "transportId": id, "sctpStreamParameters": parameters, "label": label });
                ("produceData", request)
            }
        ),
        (id(), id()).prop_map(|(transport, producer)| {
            ("consumeData", json!({ "transportId": transport, "dataProducerId": producer }))
        }),
        id().prop_map(|id| ("closeDataConsumer", json!({ "dataConsumerId": id }))),
        (id(), any::<bool>()).prop_map(|(id, ban)| ("kickPeer", json!({ "peerId": id, "ban": ban }))),
        (id(), id(), any::<bool>()).prop_map(|(peer, producer, muted)| {
            ("mutePeer", json!({ "peerId": peer, "producerId": producer, "muted": muted }))
        }),
        id().prop_map(|id| ("mutePeer", json!({ "peerId": id, "kind": "audio" }))),
        (id(), prop::sample::select(Role::ALL.to_vec()))
            .prop_map(|(id, role)| ("setPeerRole", json!({ "peerId": id, "role": role }))),
        any::<bool>().prop_map(|locked| ("lockRoom", json!({ "locked": locked }))),
        Just(("closeRoom", json!({}))),
        id().prop_map(|id| ("closeProducer", json!({ "producerId": id }))),
        id().prop_map(|id| ("resumeConsumer", json!({ "consumerId": id }))),
    ]
}

proptest! {
    #[test]
    fn any_payload_is_read_or_refused_with_a_word(event in prop::sample::select(EVENTS.to_vec()), payload in any_json()) {
        let payload = to_raw_value(&payload).expect("encodes");
        match Request::parse(event, &payload) {
            Ok(request) => prop_assert_eq!(request.event(), event),
            Err(error) => {
                let body = ErrorBody::from(error);
                prop_assert!(!body.message.is_empty() && body.message.len() < 2000, "{}", body.message);
                prop_assert!(matches!(body.code, ErrorCode::InvalidRequest | ErrorCode::Unsupported));
            }
        }
    }

    #[test]
    fn a_request_survives_its_round_trip((event, payload) in valid()) {
        let request = Request::parse(event, &to_raw_value(&payload).expect("encodes")).expect("is valid");
        let encoded = serde_json::to_string(&request).expect("encodes");
        let decoded: Request = serde_json::from_str(&encoded).expect("decodes");
        prop_assert_eq!(serde_json::to_string(&decoded).expect("encodes"), encoded);
    }
}

//! Every refusal names the field; what may be left out has a default.

use super::*;
use serde_json::{Value, json};

fn parse(event: &str, payload: Value) -> Result<Request, ParseError> {
    Request::parse(event, &serde_json::value::to_raw_value(&payload).expect("encodes"))
}

fn message(event: &str, payload: Value) -> String {
    parse(event, payload).expect_err("is refused").to_string()
}

#[test]
fn a_refusal_names_the_field() {
    assert_eq!(message("createRoom", json!({})), "missing field `callId`");
    assert_eq!(message("createRoom", json!({ "callId": 5 })), "callId: invalid type: integer `5`, expected a string");
    assert_eq!(
        message("createRoom", json!({ "callId": "" })),
        "callId: expected a string of 1 to 128 characters without control characters"
    );
    assert!(message("createTransport", json!({ "direction": "up" })).starts_with("direction: unknown variant `up`"));
    assert!(
        message(
            "connectTransport",
            json!({ "transportId": "x", "dtlsParameters": { "role": "auto", "fingerprints": "y" } })
        )
        .starts_with("dtlsParameters.fingerprints: ")
    );
}

#[test]
fn a_payload_is_an_object() {
    for payload in [json!(null), json!([]), json!("text"), json!(5), json!(true)] {
        assert_eq!(message("createRoom", payload), "the payload: expected an object");
    }
}

#[test]
fn leaving_takes_no_payload() {
    assert!(matches!(parse("leaveRoom", json!(null)), Ok(Request::LeaveRoom)));
}

#[test]
fn layers_and_priorities_have_their_ranges() {
    let id = ConsumerId::random();
    let layers = |spatial: Value, temporal: Value| {
        let request = json!({ "consumerId": id, "spatialLayer": spatial, "temporalLayer": temporal });
        parse("setConsumerPreferredLayers", request).map_err(|error| error.to_string())
    };
    let Ok(Request::SetConsumerPreferredLayers(parsed)) = layers(json!(2), json!(null)) else { panic!("refused") };
    assert_eq!((parsed.spatial_layer, parsed.temporal_layer), (2, None));
    assert!(layers(json!(7), json!(7)).is_ok());
    assert_eq!(layers(json!(8), json!(0)).expect_err("refused"), "spatialLayer: expected a layer from 0 to 7");
    assert_eq!(layers(json!(0), json!(8)).expect_err("refused"), "temporalLayer: expected a layer from 0 to 7");
    let priority = |priority: Value| parse("setConsumerPriority", json!({ "consumerId": id, "priority": priority }));
    assert!(matches!(priority(json!(255)), Ok(Request::SetConsumerPriority(_, 255))));
    assert!(priority(json!(0)).expect_err("refused").to_string().starts_with("priority: "));
    let none = parse("setConsumerPriority", json!({ "consumerId": id }));
    assert!(matches!(none, Ok(Request::SetConsumerPriority(_, 1))));
}

#[test]
fn unknown_events_and_codecs_are_unsupported() {
    assert_eq!(parse("produceSmell", json!({})).expect_err("refused"), ParseError::UnknownEvent("produceSmell".into()));
    let produce =
        json!({ "transportId": "x", "kind": "video", "rtpParameters": { "codecs": [{ "mimeType": "video/H266" }] } });
    assert_eq!(parse("produce", produce).expect_err("refused"), ParseError::UnknownCodec("video/H266".into()));
}

#[test]
fn rtp_parameters_may_leave_out_what_has_a_default() {
    let parameters = json!({
        "codecs": [{ "mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000, "channels": 2 }],
        "encodings": [{ "ssrc": 1 }],
    });
    let request = json!({ "transportId": "x", "kind": "audio", "rtpParameters": parameters });
    let Ok(Request::Produce(produce)) = parse("produce", request) else { panic!("is refused") };
    assert!(produce.rtp_parameters.rtcp.reduced_size);
    assert!(produce.rtp_parameters.header_extensions.is_empty());
}

#[test]
fn inside_rtp_parameters_the_field_is_named_too() {
    let parameters = json!({ "codecs": [], "encodings": [{ "ssrc": "one" }] });
    let request = json!({ "transportId": "x", "kind": "audio", "rtpParameters": parameters });
    assert!(message("produce", request).starts_with("rtpParameters: encodings[0].ssrc: invalid type"));
}

#[test]
fn capabilities_may_name_more_than_we_know() {
    let capabilities = json!({
        "codecs": [
            { "kind": "audio", "mimeType": "audio/opus", "clockRate": 48000, "channels": 2 },
            { "kind": "video", "mimeType": "video/flexfec-03", "clockRate": 90000 },
        ],
    });
    let request = parse("joinRoom", json!({ "callId": "c", "userId": "u", "rtpCapabilities": capabilities }));
    let Ok(Request::JoinRoom(join)) = request else { panic!("{request:?}") };
    assert_eq!(join.rtp_capabilities.codecs.len(), 1);
}

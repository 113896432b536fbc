//! Payloads that are not what an event takes: answered with the field's name, and the socket goes on working.

use crate::support::scene::Scene;
use crate::support::{Client, Refusal, TestServer, fixtures};
use serde_json::{Value, json};

/// What a field takes: every other type is wrong.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    /// A text that names something; unknown ones are "not found", not malformed.
    Id,
    /// A text of 1 to 128 characters.
    Name,
    /// The same, or null.
    OptionalName,
    /// One of a few words.
    Word,
    Object,
    OptionalObject,
    /// True or false, or left out.
    OptionalFlag,
}

/// Every event with what its payload must be.
const EVENTS: [(&str, &[(&str, Takes)]); 20] = [
    ("createRoom", &[("callId", Takes::Name)]),
    (
        "joinRoom",
        &[
            ("callId", Takes::Name),
            ("userId", Takes::Name),
            ("rtpCapabilities", Takes::Object),
            ("displayName", Takes::OptionalName),
        ],
    ),
    ("createTransport", &[("direction", Takes::Word)]),
    ("connectTransport", &[("transportId", Takes::Id), ("dtlsParameters", Takes::Object)]),
    (
        "produce",
        &[
            ("transportId", Takes::Id),
            ("kind", Takes::Word),
            ("rtpParameters", Takes::Object),
            ("appData", Takes::OptionalObject),
            ("paused", Takes::OptionalFlag),
        ],
    ),
    ("consume", &[("transportId", Takes::Id), ("producerId", Takes::Id), ("rtpCapabilities", Takes::Object)]),
    ("pauseProducer", &[("producerId", Takes::Id)]),
    ("resumeProducer", &[("producerId", Takes::Id)]),
    ("closeProducer", &[("producerId", Takes::Id)]),
    ("pauseConsumer", &[("consumerId", Takes::Id)]),
    ("resumeConsumer", &[("consumerId", Takes::Id)]),
    ("closeConsumer", &[("consumerId", Takes::Id)]),
    ("getProducers", &[("callId", Takes::Name)]),
    (
        "produceData",
        &[("transportId", Takes::Id), ("sctpStreamParameters", Takes::Object), ("appData", Takes::OptionalObject)],
    ),
    ("consumeData", &[("transportId", Takes::Id), ("dataProducerId", Takes::Id)]),
    ("closeDataProducer", &[("dataProducerId", Takes::Id)]),
    ("closeDataConsumer", &[("dataConsumerId", Takes::Id)]),
    ("getTransportStats", &[("transportId", Takes::Id)]),
    ("getProducerStats", &[("producerId", Takes::Id)]),
    ("getConsumerStats", &[("consumerId", Takes::Id)]),
];

impl Takes {
    fn optional(self) -> bool {
        matches!(self, Self::OptionalName | Self::OptionalObject | Self::OptionalFlag)
    }

    /// Whether a value is at least of the right type.
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Id => value.is_string(),
            Self::Name => value.as_str().is_some_and(|text| (1..=128).contains(&text.chars().count())),
            Self::OptionalName => value.is_null() || value.as_str().is_some_and(|text| text.len() <= 128),
            Self::Word => false,
            Self::Object => value.is_object(),
            Self::OptionalObject => value.is_null() || value.is_object(),
            Self::OptionalFlag => value.is_boolean(),
        }
    }

    fn example(self, field: &str) -> Value {
        match (self, field) {
            (Self::Word, "direction") => json!("send"),
            (Self::Word, _) => json!("audio"),
            (Self::Object, "dtlsParameters") => fixtures::dtls(),
            (Self::Object, "rtpParameters") => fixtures::audio(),
            (Self::Object, "sctpStreamParameters") => json!({ "streamId": 1 }),
            (Self::Object | Self::OptionalObject, _) => json!({}),
            (Self::Id | Self::Name | Self::OptionalName, _) => json!("nothing"),
            (Self::OptionalFlag, _) => json!(false),
        }
    }
}

fn example(fields: &[(&str, Takes)]) -> Value {
    fields.iter().map(|(name, takes)| ((*name).to_owned(), takes.example(name))).collect()
}

fn wrong_values() -> Vec<Value> {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(5),
        json!(-0.5),
        json!(true),
        json!("x".repeat(50_000)),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "a": { "b": [] } }),
        deep,
    ]
}

/// A socket that is told something wrong, and a call that must not notice.
struct Bystanders {
    scene: Scene,
    outside: Client,
}

impl Bystanders {
    async fn set() -> Self {
        let scene = Scene::set().await;
        let outside = Client::connect(&scene.server).await;
        Self { scene, outside }
    }

    /// Both a member and an outsider are refused, with that code.
    async fn refused(&self, event: &str, payload: &Value, code: &str) -> [Refusal; 2] {
        let mut refusals = Vec::new();
        for client in [&self.scene.anna, &self.outside] {
            match client.request(event, payload.clone()).await {
                Err(refusal) if refusal.code == code => refusals.push(refusal),
                other => panic!("{event} {}: {other:?}, not {code}", brief(payload)),
            }
        }
        refusals.try_into().expect("two")
    }

    /// The call is as it was, and goes on.
    async fn finish(self) {
        let Self { scene, outside } = self;
        assert_eq!(scene.server.counts().await, [1, 2, 4, 2, 1]);
        assert_eq!(outside.refused("leaveRoom", Value::Null).await, "NOT_JOINED");
        scene.anna.ok("pauseProducer", json!({ "producerId": scene.audio })).await;
        scene.ben.next_event("producerPaused").await;
        assert_eq!(
            scene.ben.event_names()[2..],
            ["consumerPaused", "producerPaused"],
            "after two tracks were announced"
        );
        drop(outside);
        scene.finish().await;
    }
}

fn brief(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_field_is_named() {
    let by = Bystanders::set().await;
    for (event, fields) in EVENTS {
        for (name, _) in fields.iter().filter(|(_, takes)| !takes.optional()) {
            let mut payload = example(fields);
            payload.as_object_mut().expect("an object").remove(*name);
            for refusal in by.refused(event, &payload, "INVALID_REQUEST").await {
                assert!(refusal.message.contains(name), "{event} without {name}: {refusal}");
            }
        }
    }
    by.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_of_a_wrong_type_is_named() {
    let by = Bystanders::set().await;
    for (event, fields) in EVENTS {
        for (name, takes) in fields {
            for value in wrong_values().into_iter().filter(|value| !takes.fits(value)) {
                let mut payload = example(fields);
                payload[*name] = value.clone();
                for refusal in by.refused(event, &payload, "INVALID_REQUEST").await {
                    assert!(refusal.message.starts_with(name), "{event} {name}: {}: {refusal}", brief(&value));
                    assert!(refusal.message.len() < 500, "a refusal does not send back what was sent: {refusal}");
                }
            }
        }
    }
    by.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_is_no_object_is_refused() {
    let by = Bystanders::set().await;
    for (event, _) in EVENTS {
        for value in wrong_values().into_iter().filter(|value| !value.is_object()) {
            for refusal in by.refused(event, &value, "INVALID_REQUEST").await {
                assert_eq!(refusal.message, "the payload: expected an object", "{event} {}", brief(&value));
            }
        }
        let nothing = by.scene.anna.send_arguments(&[json!(event)]).answer().await.expect_err("no payload");
        assert_eq!(nothing.to_string(), "INVALID_REQUEST: the payload: expected an object");
    }
    by.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deep_nesting_is_refused() {
    let by = Bystanders::set().await;
    let arrays = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let objects = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    let everywhere = [arrays(10_000), objects(10_000)];
    let everywhere = EVENTS.iter().flat_map(|(event, _)| everywhere.iter().map(|payload| (*event, payload.clone())));
    let in_fields = [
        ("createRoom", format!(r#"{{"callId":{}}}"#, arrays(10_000))),
        ("joinRoom", format!(r#"{{"callId":"c","userId":"u","rtpCapabilities":{}}}"#, objects(10_000))),
        ("consume", format!(r#"{{"transportId":"x","producerId":"x","rtpCapabilities":{}}}"#, objects(10_000))),
        ("produce", format!(r#"{{"transportId":"x","kind":"audio","rtpParameters":{}}}"#, objects(10_000))),
        (
            "produce",
            format!(
                r#"{{"transportId":"x","kind":"audio","rtpParameters":{},"appData":{}}}"#,
                fixtures::audio(),
                objects(10_000)
            ),
        ),
        ("sendMessage", format!(r#"{{"topic":"x","data":{}}}"#, objects(10_000))),
    ];
    for (event, payload) in everywhere.chain(in_fields) {
        for client in [&by.scene.anna, &by.outside] {
            let pending = client.send_raw(|id| vec![format!("42{id}[\"{event}\",{payload}]").into()]);
            match pending.answer().await {
                Err(refusal) if refusal.code == "INVALID_REQUEST" => assert!(refusal.message.len() < 500, "{refusal}"),
                other => panic!("{event} {}: {other:?}", &payload[..payload.len().min(80)]),
            }
        }
    }
    by.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_event_has_a_use_for_is_passed_over() {
    let by = Bystanders::set().await;
    let deep = (0..100).fold(json!(1), |inner, _| json!({ "a": inner }));
    let payload = json!({ "callId": "c", "further": deep, "callid": 5 });
    by.outside.ok("createRoom", payload.clone()).await;
    let further = [json!("createRoom"), payload, json!(null), json!("x"), json!([5])];
    by.outside.send_arguments(&further).answer().await.expect("done");
    by.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn binary_data_is_refused() {
    use tokio_tungstenite::tungstenite::Message;
    let by = Bystanders::set().await;
    for (event, _) in EVENTS {
        for client in [&by.scene.anna, &by.outside] {
            let pending = client.send_raw(|id| {
                let text = format!(r#"451-{id}["{event}",{{"_placeholder":true,"num":0}}]"#);
                vec![Message::text(text), Message::binary(vec![0xff; 1000])]
            });
            let refusal = pending.answer().await.expect_err("is refused");
            assert_eq!(refusal.to_string(), "INVALID_REQUEST: the payload: binary data is not accepted");
        }
    }
    by.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_without_a_callback_is_an_event_and_a_success_is_silent() {
    let by = Bystanders::set().await;
    let anna = &by.scene.anna;
    let error = async |event: &str, payload: Value| {
        anna.emit_without_callback(event, payload);
        anna.next_event("requestError").await
    };
    let expected = json!({ "event": "createRoom", "code": "INVALID_REQUEST", "message": "missing field `callId`" });
    assert_eq!(error("createRoom", json!({})).await, expected);
    let expected =
        json!({ "event": "closeProducer", "code": "PRODUCER_NOT_FOUND", "message": "producerId: no such producer" });
    assert_eq!(error("closeProducer", json!({ "producerId": "x" })).await, expected);
    let unknown = error("produceSmell", json!({})).await;
    assert_eq!((&unknown["event"], &unknown["code"]), (&json!("produceSmell"), &json!("UNSUPPORTED")));
    anna.emit_without_callback("createRoom", json!({ "callId": "c" }));
    anna.catch_up("c").await;
    assert_eq!(anna.event_names().iter().filter(|name| *name == "requestError").count(), 3);
    // Carried out all the same.
    anna.emit_without_callback("pauseProducer", json!({ "producerId": by.scene.video }));
    by.scene.ben.next_event("producerPaused").await;
    drop(by.outside);
    by.scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_are_not_served_are_unsupported() {
    let by = Bystanders::set().await;
    let of_nobody = ["", " ", "createroom", "createRoom ", "connect", "disconnect", "message", "__proto__", "🙂"];
    for event in of_nobody {
        for payload in [json!({ "transportId": "x", "consumerId": "x", "producerId": "x" }), json!(null)] {
            for refusal in by.refused(event, &payload, "UNSUPPORTED").await {
                assert_eq!(refusal.message, format!("this server has no event {event:?}"));
            }
        }
    }
    by.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_with_a_name_of_a_hundred_kilobytes_is_unsupported_and_cut_short() {
    let server = TestServer::start_with(|config| config.signaling.max_payload_bytes = 200_000).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let name = "ä".repeat(50_000);
    let refusal = anna.request(&name, json!({})).await.expect_err("unknown");
    assert_eq!(refusal.code, "UNSUPPORTED");
    assert!(refusal.message.len() < 300, "{} bytes", refusal.message.len());
    anna.emit_without_callback(&name, json!({}));
    assert!(anna.next_event("requestError").await.to_string().len() < 500);
    let metrics = server.get("/metrics").await.text().await.expect("text");
    assert!(!metrics.contains("ää"), "names of clients' invention are no labels");
    drop(anna);
    server.finish().await;
}

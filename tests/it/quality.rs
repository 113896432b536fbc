//! Bad connections are told to everybody, and that they are good again; operators see them too.

use crate::support::redact::shape;
use crate::support::rtc::{Caller, Flow, Link, Protocol, Published, StreamSpec};
use crate::support::{Client, TestServer, fixtures};
use colloquy::config::{Config, WorkerIsolation};
use insta::assert_snapshot;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// Of so many packets one is lost.
const EVERY: u32 = 4;

/// Looks every 200 ms.
fn watch_closely(config: &mut Config) {
    config.quality.interval_ms = 200;
    // A busy machine is no bad connection.
    config.quality.jitter_ms.clear();
    config.quality.rtt_ms.clear();
    config.quality.bitrate_bps.clear();
    config.quality.score.clear();
}

/// Anna sends audio and video, Ben receives both.
struct Call {
    server: TestServer,
    anna: Caller,
    ben: Caller,
    anna_id: Value,
    sending: Link,
    receiving: Link,
    audio: Published,
}

impl Call {
    async fn start(server: TestServer) -> Self {
        let (client, joined) = Client::joined(&server, "call", "anna").await;
        let anna_id = joined["peerId"].clone();
        let anna = Caller::of(client, &joined);
        let ben = Caller::join(&server, "call", "ben").await;
        let (sending, receiving) = (anna.open("send", Protocol::Udp).await, ben.open("recv", Protocol::Udp).await);
        let audio = anna.publish(&sending, StreamSpec::audio(1000)).await;
        let video = anna.publish(&sending, StreamSpec::video(2000)).await;
        for published in [&audio, &video] {
            let incoming = ben.receive(&receiving, published).await;
            Flow::new(&sending, published, &receiving, &incoming).goes_on().await;
        }
        Self { server, anna, ben, anna_id, sending, receiving, audio }
    }

    async fn stats(&self) -> Value {
        self.server.get("/stats/rooms/call").await.json().await.expect("JSON")
    }

    async fn end(self) {
        self.sending.peer.close().await;
        self.receiving.peer.close().await;
        self.anna.client.close().await;
        self.ben.client.close().await;
        self.server.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_packets_are_told_to_everybody_and_so_is_that_no_more_are_lost() {
    let call = Call::start(TestServer::start_with(watch_closely).await).await;
    call.sending.peer.lose_every(EVERY);
    for client in [&call.anna.client, &call.ben.client] {
        // It may be less first, as long as the time before the loss is in sight.
        let warning = loop {
            let warning = client.next_event("qualityWarning").await;
            assert_eq!(warning["peerId"], call.anna_id);
            if warning["severity"] == "high" {
                break warning;
            }
        };
        insta::allow_duplicates! {
        assert_snapshot!(shape(&warning), @r#"{"direction":"string","peerId":"uuid","severity":"string","threshold":"number","type":"string","userId":"string","value":"number"}"#);
        }
        let of = |field: &str| warning[field].as_str().expect("a text").to_owned();
        assert_eq!(["type", "direction", "userId"].map(of), ["packet_loss", "send", "anna"]);
        assert_eq!(warning["threshold"], 0.15);
        assert!(warning["value"].as_f64() >= Some(0.15), "{warning}");
    }
    // Who comes later finds it in the list.
    let (cleo, joined) = Client::joined(&call.server, "call", "cleo").await;
    assert_eq!(joined["peers"][0]["warnings"][0]["type"], "packet_loss", "{joined}");
    assert_eq!(joined["peers"][1].get("warnings"), None);
    drop(cleo);
    let stats = call.stats().await;
    let anna = &stats["participants"][0]["quality"];
    assert_eq!(anna["warnings"][0]["severity"], "high", "{stats}");
    assert!(anna["sending"]["packetLoss"].as_f64() > Some(0.1), "{stats}");
    let warned = r#"colloquy_quality_warnings_total{severity="high",type="packet_loss"}"#;
    assert_eq!(call.server.metric(warned).await, 1.0);

    call.sending.peer.lose_every(0);
    for client in [&call.anna.client, &call.ben.client] {
        let recovered = client.next_event("qualityRecovered").await;
        assert_eq!(recovered, json!({ "peerId": call.anna_id, "userId": "anna", "type": "packet_loss" }));
    }
    assert_eq!(call.stats().await["participants"][0]["quality"]["warnings"], json!([]));
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_pauses_gives_no_cause_for_warnings() {
    let server = TestServer::start_with(|config| {
        config.quality.interval_ms = 100;
        config.quality.bad_samples = 1;
        config.quality.bitrate_bps.clear();
        config.quality.jitter_ms.clear();
        config.quality.rtt_ms.clear();
    })
    .await;
    let call = Call::start(server).await;
    let producer = json!({ "producerId": call.audio.producer });
    let looks = r#"colloquy_packet_loss_ratio_count{direction="send"}"#;
    for event in ["pauseProducer", "resumeProducer", "pauseProducer", "closeProducer"] {
        call.anna.client.ok(event, producer.clone()).await;
        let before = call.server.try_metric(looks).await.unwrap_or(0.0);
        call.server.until_metric_exceeds(looks, before + 10.0).await;
    }
    call.ben.client.catch_up("call").await;
    let told = call.ben.client.events();
    assert!(!told.iter().any(|(name, _)| name == "qualityWarning"), "{told:?}");
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_shown_with_all_that_is_in_it() {
    let server = TestServer::start_with(|config| {
        config.workers.isolation = WorkerIsolation::Process;
        watch_closely(config);
    });
    let call = Call::start(server.await).await;
    let before_looks = r#"colloquy_packet_loss_ratio_count{direction="recv"}"#;
    call.server.until_metric_exceeds(before_looks, 0.0).await;
    let mut stats = call.stats().await;
    // What is not known yet is null or there, as the machine goes.
    for participant in stats["participants"].as_array_mut().expect("a list") {
        for direction in ["sending", "receiving"] {
            let figures = participant["quality"][direction].as_object_mut().expect("there was a look");
            figures.values_mut().for_each(|figure| *figure = Value::Null);
        }
    }
    assert_snapshot!(shape(&stats), @r#"{"callId":"string","participantCount":"number","participants":[{"cannotConsume":[],"consumers":"number","displayName":"string","joinedAt":"string","peerId":"uuid","producers":[{"appData":{},"kind":"string","paused":"boolean","producerId":"uuid"}],"quality":{"receiving":{"availableBitrateBps":"null","bitrateBps":"null","jitterMs":"null","packetLoss":"null","rttMs":"null","score":"null"},"sending":{"availableBitrateBps":"null","bitrateBps":"null","jitterMs":"null","packetLoss":"null","rttMs":"null","score":"null"},"warnings":[]},"reconnecting":"boolean","role":"string","userId":"string"},{"cannotConsume":[],"consumers":"number","displayName":"string","joinedAt":"string","peerId":"uuid","producers":[],"quality":{"receiving":{"availableBitrateBps":"null","bitrateBps":"null","jitterMs":"null","packetLoss":"null","rttMs":"null","score":"null"},"sending":{"availableBitrateBps":"null","bitrateBps":"null","jitterMs":"null","packetLoss":"null","rttMs":"null","score":"null"},"warnings":[]},"reconnecting":"boolean","role":"string","userId":"string"}],"recording":"null"}"#);
    let participants = stats["participants"].as_array().expect("a list");
    let of = |field: &str| participants.iter().map(|one| one[field].clone()).collect::<Vec<_>>();
    assert_eq!((of("userId"), of("consumers")), (vec![json!("anna"), json!("ben")], vec![json!(0), json!(2)]));
    assert_eq!((&stats["callId"], &stats["participantCount"]), (&json!("call"), &json!(2)));
    let joined = participants[0]["joinedAt"].as_str().expect("a text");
    assert!(joined.len() == 24 && joined.ends_with('Z'), "{joined}");
    for name in ["colloquy_packet_loss_ratio", "colloquy_jitter_seconds", "colloquy_round_trip_seconds"] {
        call.server.until_metric_exceeds(&format!("{name}_count{{direction=\"recv\"}}"), 0.0).await;
    }
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_nobody_looks_at_has_no_figures() {
    let server = TestServer::start_with(|config| config.quality.interval_ms = 0).await;
    let (anna, _) = Client::joined(&server, "a call", "anna").await;
    let stats: Value = server.get("/stats/rooms/a%20call").await.json().await.expect("JSON");
    let quality = &stats["participants"][0]["quality"];
    assert_eq!(*quality, json!({ "receiving": null, "sending": null, "warnings": [] }));
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_shows_what_somebody_cannot_receive() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "call", "anna").await;
    let (ben, _) = Client::joined(&server, "call", "ben").await;
    let video = anna.produce_video(&anna.create_transport("send").await).await;
    let request = json!({
        "transportId": ben.create_transport("recv").await, "producerId": video,
        "rtpCapabilities": fixtures::audio_only_capabilities(),
    });
    assert_eq!(ben.refused("consume", request).await, "CANNOT_CONSUME");
    let stats: Value = server.get("/stats/rooms/call").await.json().await.expect("JSON");
    assert_eq!(stats["participants"][1]["cannotConsume"], json!([video]));
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_is_not_there_is_not_found() {
    let server = TestServer::start().await;
    for name in ["nothing".to_owned(), "x".repeat(200), "%0A".to_owned(), "%FF".to_owned()] {
        let response = server.get(&format!("/stats/rooms/{name}")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{name}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem: Value = response.json().await.expect("JSON");
        assert_eq!(problem["code"], "ROOM_NOT_FOUND");
    }
    server.finish().await;
}

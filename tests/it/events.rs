//! What others are told: the exact payloads, their order, and who is not told.

use crate::support::inbox::Received;
use crate::support::redact::redact;
use crate::support::scene::Scene;
use crate::support::{Client, TestServer, fixtures};
use insta::assert_snapshot;
use serde_json::{Value, json};

/// What a client has heard since it had heard `before` events, a line each.
fn heard(client: &Client, before: usize, names: &[(&str, &str)]) -> String {
    let events = client.events();
    let lines: Vec<_> =
        events[before..].iter().map(|(name, payload)| format!("{name} {}", redact(payload, names))).collect();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_track_is_announced_paused_resumed_and_closed() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    let (before, own) = (ben.events().len(), anna.events().len());
    let mut request = scene.produce("video", fixtures::video());
    request["appData"] = json!({ "source": "screen", "n": 1 });
    request["paused"] = json!(true);
    let video = fixtures::text(&anna.ok("produce", request).await, "producerId");
    let consumed = ben.consume(&scene.ben_receives, &video).await;
    assert_eq!(
        (&consumed["producerPaused"], &consumed["appData"]),
        (&json!(true), &json!({ "source": "screen", "n": 1 }))
    );
    let producer = json!({ "producerId": video });
    for event in ["resumeProducer", "pauseProducer", "closeProducer"] {
        anna.ok(event, producer.clone()).await;
    }
    ben.catch_up("c").await;
    let consumer = fixtures::text(&consumed, "id");
    assert_snapshot!(heard(ben, before, &[(&video, "video"), (&consumer, "consumer")]), @r#"
    newProducer {"appData":{"n":1,"source":"screen"},"kind":"video","paused":true,"peerId":"[id]","producerId":"[video]","userId":"anna"}
    consumerResumed {"consumerId":"[consumer]","producerId":"[video]","reason":"producer_resumed"}
    producerResumed {"appData":{"n":1,"source":"screen"},"kind":"video","paused":false,"peerId":"[id]","producerId":"[video]","userId":"anna"}
    consumerPaused {"consumerId":"[consumer]","producerId":"[video]","reason":"producer_paused"}
    producerPaused {"appData":{"n":1,"source":"screen"},"kind":"video","paused":true,"peerId":"[id]","producerId":"[video]","userId":"anna"}
    consumerClosed {"consumerId":"[consumer]","producerId":"[video]","reason":"producer_closed"}
    producerClosed {"appData":{"n":1,"source":"screen"},"kind":"video","paused":true,"peerId":"[id]","producerId":"[video]","userId":"anna"}
    "#);
    // Whose it is hears nothing of what she did herself.
    anna.catch_up("c").await;
    assert_eq!(anna.events().len(), own);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_with_a_peer_is_announced_before_the_peer() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    let before = ben.events().len();
    anna.ok("leaveRoom", Value::Null).await;
    ben.next_event("peerLeft").await;
    let names = [(&*scene.audio, "audio"), (&*scene.video, "video"), (&*scene.consumer, "consumer")];
    let mut lines: Vec<_> = heard(ben, before, &names).lines().map(ToOwned::to_owned).collect();
    // The consumer goes right before its producer; which producer goes first is not said.
    let consumer = lines.iter().position(|line| line.starts_with("consumerClosed")).expect("the consumer closed");
    assert!(lines[consumer + 1].contains("\"producerId\":\"[audio]\""), "{lines:#?}");
    let peer = lines.pop().expect("four events");
    lines.sort();
    lines.push(peer);
    assert_snapshot!(lines.join("\n"), @r#"
    consumerClosed {"consumerId":"[consumer]","producerId":"[audio]","reason":"producer_closed"}
    producerClosed {"appData":{},"kind":"audio","paused":false,"peerId":"[id]","producerId":"[audio]","userId":"anna"}
    producerClosed {"appData":{},"kind":"video","paused":false,"peerId":"[id]","producerId":"[video]","userId":"anna"}
    peerLeft {"peerId":"[id]","reason":"left","userId":"anna"}
    "#);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_left_hears_nothing_more() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    ben.ok("leaveRoom", Value::Null).await;
    let before = ben.events().len();
    anna.ok("pauseProducer", json!({ "producerId": scene.audio })).await;
    anna.ok("closeProducer", json!({ "producerId": scene.video })).await;
    let (carl, _) = Client::joined(&scene.server, "c", "carl").await;
    // An answer to Ben after all that: whatever was on its way to him is there.
    ben.ok("createRoom", json!({ "callId": "c" })).await;
    assert_eq!(heard(ben, before, &[]), "");
    drop(carl);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pausing_what_is_paused_is_told_to_nobody() {
    let scene = Scene::set().await;
    let before = scene.ben.events().len();
    for _ in 0..3 {
        scene.anna.ok("pauseProducer", json!({ "producerId": scene.audio })).await;
    }
    scene.ben.catch_up("c").await;
    assert_eq!(scene.ben.event_names()[before..], ["consumerPaused", "producerPaused"]);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_receiver_does_is_told_to_nobody() {
    let scene = Scene::set().await;
    let (anna, ben) = (scene.anna.events().len(), scene.ben.events().len());
    for event in ["resumeConsumer", "pauseConsumer", "resumeConsumer", "closeConsumer"] {
        scene.ben.ok(event, json!({ "consumerId": scene.consumer })).await;
    }
    scene.anna.catch_up("c").await;
    scene.ben.catch_up("c").await;
    assert_eq!([scene.anna.events().len(), scene.ben.events().len()], [anna, ben]);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_to_a_join_comes_before_what_happens_after_it() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let sends = anna.create_transport("send").await;
    // Ben joins while Anna publishes and takes back: whatever his join lists, events tell the rest.
    for _ in 0..20 {
        let ben = Client::connect(&server).await;
        let audio = json!({ "transportId": sends, "kind": "audio", "rtpParameters": fixtures::audio() });
        let producing = anna.send("produce", audio);
        let joining = ben.send("joinRoom", json!({ "callId": "c", "userId": "ben", "rtpCapabilities": {} }));
        let producer = fixtures::text(&producing.answer().await.expect("produced"), "producerId");
        let joined = joining.answer().await.expect("joined");
        ben.catch_up("c").await;
        assert!(matches!(ben.received()[0], Received::Ack(1, _)), "{:#?}", ben.received());
        let listed = joined["peers"][0]["producers"].to_string().contains(&producer);
        let told = ben.events().iter().any(|(_, payload)| payload["producerId"] == producer.as_str());
        assert!(listed != told, "listed: {listed}, told: {told}");
        anna.ok("closeProducer", json!({ "producerId": producer })).await;
        ben.close().await;
    }
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_is_paused_or_resumed_only_after_its_answer() {
    let scene = Scene::set().await;
    for _ in 0..20 {
        let consuming = scene.ben.send("consume", scene.ben.consume_request(&scene.ben_receives, &scene.video));
        let pausing = scene.anna.send("pauseProducer", json!({ "producerId": scene.video }));
        let consumed = consuming.answer().await.expect("consumed");
        pausing.answer().await.expect("paused");
        scene.ben.catch_up("c").await;
        let id = consumed["id"].as_str().expect("an id");
        let received = scene.ben.received();
        let ack = received.iter().position(|r| matches!(r, Received::Ack(_, ack) if ack["data"]["id"] == id));
        let event = received.iter().position(|r| matches!(r, Received::Event(_, e) if e["consumerId"] == id));
        // Either the answer says that it is paused, or an event after it does.
        assert_eq!(event.is_some(), consumed["producerPaused"] == false, "{received:#?}");
        assert!(event.is_none_or(|event| Some(event) > ack), "{received:#?}");
        scene.anna.ok("resumeProducer", json!({ "producerId": scene.video })).await;
        scene.ben.ok("closeConsumer", json!({ "consumerId": id })).await;
    }
    scene.finish().await;
}

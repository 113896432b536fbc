//! The same protocol over HTTP long polling.

use crate::support::polling::{Poller, SEPARATOR};
use crate::support::{Client, TestServer};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_polls_is_in_the_same_call() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let mut ben = Poller::connect(&server).await;
    let room = ben.ok(1, "createRoom", json!({ "callId": "c" })).await;
    let join = json!({ "callId": "c", "userId": "ben", "rtpCapabilities": room["rtpCapabilities"] });
    let joined = ben.ok(2, "joinRoom", join).await;
    assert_eq!(joined["peers"][0]["userId"], "anna");
    assert_eq!(anna.next_event("peerJoined").await["peerId"], joined["peerId"]);

    let audio = anna.produce_audio(&anna.create_transport("send").await).await;
    let (name, announced) = ben.event().await;
    assert_eq!((&*name, &announced["producerId"]), ("newProducer", &json!(audio)));
    let transport = ben.ok(3, "createTransport", json!({ "direction": "recv" })).await;
    let consume =
        json!({ "transportId": transport["id"], "producerId": audio, "rtpCapabilities": room["rtpCapabilities"] });
    let consumer = ben.ok(4, "consume", consume).await;
    ben.ok(5, "resumeConsumer", json!({ "consumerId": consumer["id"] })).await;
    assert_eq!(server.counts().await, [1, 2, 2, 1, 1]);

    // Several packets in one request are several requests.
    let pause = json!(["pauseConsumer", { "consumerId": consumer["id"] }]);
    ben.post(&format!("426{pause}{SEPARATOR}427{pause}")).await;
    assert_eq!((ben.answer(6).await, ben.answer(7).await), (json!({}), json!({})));

    // Engine.IO's close packet: it is gone at once, not only when it is missed.
    ben.post("1").await;
    assert_eq!(anna.next_event("peerLeft").await["reason"], "disconnected");
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_stops_polling_is_missed() {
    let server = TestServer::start_with(|config| {
        config.signaling.ping_interval_ms = 100;
        config.signaling.ping_timeout_ms = 200;
    });
    let server = server.await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let mut ben = Poller::connect(&server).await;
    ben.ok(1, "joinRoom", json!({ "callId": "c", "userId": "ben", "rtpCapabilities": {} })).await;
    assert_eq!(anna.next_event("peerLeft").await["userId"], "ben");
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_polled_message_larger_than_allowed_is_refused() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let ben = Poller::connect(&server).await;
    let huge = format!("421[\"createRoom\",{{\"callId\":\"{}\"}}]", "x".repeat(100_000));
    let response = ben.try_post(huge).await;
    assert!(response.status().is_client_error(), "{}", response.status());
    anna.catch_up("c").await;
    drop((anna, ben));
    server.finish().await;
}

//! What is received in which layers, and what of a producer is of use to anybody.

use crate::support::{Client, TestServer, fixtures};
use serde_json::{Value, json};

/// Publishes three spatial layers; gives the producer's id.
async fn produce_layers(client: &Client, transport: &str) -> String {
    let request = json!({ "transportId": transport, "kind": "video", "rtpParameters": fixtures::simulcast() });
    fixtures::text(&client.ok("produce", request).await, "producerId")
}

async fn watch(client: &Client, transport: &str, producer: &str) -> String {
    let consumer = fixtures::text(&client.consume(transport, producer).await, "id");
    client.ok("resumeConsumer", json!({ "consumerId": consumer })).await;
    consumer
}

async fn wanted(client: &Client, producer: &str) -> Value {
    let event = client.next_event("producerLayersWanted").await;
    assert_eq!(event["producerId"], producer);
    event["spatialLayer"].clone()
}

async fn prefer(client: &Client, consumer: &str, spatial_layer: u8) {
    let request = json!({ "consumerId": consumer, "spatialLayer": spatial_layer });
    client.ok("setConsumerPreferredLayers", request).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_hears_what_of_its_video_is_watched() {
    let server = TestServer::start_with(|config| config.rooms.layers_release_ms = 0).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let sends = anna.create_transport("send").await;
    let video = produce_layers(&anna, &sends).await;
    assert_eq!(wanted(&anna, &video).await, json!(null), "nobody is there");

    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let receives = ben.create_transport("recv").await;
    let first = watch(&ben, &receives, &video).await;
    assert_eq!(wanted(&anna, &video).await, 2, "all there is, as long as nobody wants less");
    prefer(&ben, &first, 0).await;
    assert_eq!(wanted(&anna, &video).await, 0);

    let (cleo, _) = Client::joined(&server, "c", "cleo").await;
    let receives = cleo.create_transport("recv").await;
    let consumer = fixtures::text(&cleo.consume(&receives, &video).await, "id");
    prefer(&cleo, &consumer, 1).await;
    cleo.ok("resumeConsumer", json!({ "consumerId": consumer })).await;
    assert_eq!(wanted(&anna, &video).await, 1, "the highest that anybody wants");
    cleo.ok("pauseConsumer", json!({ "consumerId": consumer })).await;
    assert_eq!(wanted(&anna, &video).await, 0);
    prefer(&ben, &first, 7).await;
    assert_eq!(wanted(&anna, &video).await, 2, "the highest there is");
    drop(ben);
    assert_eq!(wanted(&anna, &video).await, json!(null));
    drop((anna, cleo));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_watched_again_soon_enough_was_never_unwatched() {
    let server = TestServer::start_with(|config| config.rooms.layers_release_ms = 600_000).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let sends = anna.create_transport("send").await;
    let video = produce_layers(&anna, &sends).await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let receives = ben.create_transport("recv").await;
    let consumer = watch(&ben, &receives, &video).await;
    ben.ok("pauseConsumer", json!({ "consumerId": consumer })).await;
    ben.ok("resumeConsumer", json!({ "consumerId": consumer })).await;
    anna.catch_up("c").await;
    assert!(!anna.event_names().contains(&"producerLayersWanted".to_owned()), "{:?}", anna.events());
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_hears_again_what_is_wanted() {
    let server = TestServer::start_with(|config| {
        config.rooms.layers_release_ms = 0;
        config.rooms.resume_grace_s = 60;
    })
    .await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let sends = anna.create_transport("send").await;
    let video = produce_layers(&anna, &sends).await;
    wanted(&anna, &video).await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let receives = ben.create_transport("recv").await;
    drop(anna);
    ben.next_event("peerReconnecting").await;
    watch(&ben, &receives, &video).await;
    let anna = Client::connect(&server).await;
    let join = json!({ "callId": "c", "userId": "anna", "rtpCapabilities": {}, "resumeToken": joined["resumeToken"] });
    assert_eq!(anna.ok("joinRoom", join).await["resumed"], true);
    assert_eq!(wanted(&anna, &video).await, 2);
    for client in [anna, ben] {
        client.ok("leaveRoom", Value::Null).await;
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_own_video_can_be_turned() {
    let scene = crate::support::scene::Scene::set().await;
    let video = fixtures::text(&scene.ben.consume(&scene.ben_receives, &scene.video).await, "id");
    let turns = [
        ("setConsumerPreferredLayers", json!({ "spatialLayer": 0, "temporalLayer": 1 })),
        ("setConsumerPriority", json!({ "priority": 200 })),
        ("setConsumerPriority", json!({})),
        ("requestConsumerKeyFrame", json!({})),
    ];
    for (event, request) in turns {
        let of = |consumer: &str| {
            let mut request = request.clone();
            request["consumerId"] = json!(consumer);
            request
        };
        assert_eq!(scene.ben.ok(event, of(&video)).await, json!({}));
        scene.refuses(&scene.anna, event, of(&video), "CONSUMER_NOT_FOUND").await;
        let refusal = scene.refuses(&scene.ben, event, of(&scene.consumer), "INVALID_REQUEST").await;
        assert_eq!(refusal, "consumerId: a consumer of audio has no layers, priority and key frames");
    }
    scene.finish().await;
}

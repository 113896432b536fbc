//! Requests about media that name the wrong thing: each has its own code, and changes nothing.

use crate::support::scene::Scene;
use crate::support::{TestServer, fixtures};
use serde_json::{Value, json};

/// Ids that name nothing: one that could be an id, and texts that could not.
const NOTHING: [&str; 4] =
    ["6f1b1f0e-8d3b-4d5c-9a3e-0d9d4e4f9a11", "nonsense", "", "00000000-0000-0000-0000-000000000000"];

fn dtls(transport: &str) -> Value {
    json!({ "transportId": transport, "dtlsParameters": fixtures::dtls() })
}

fn producer(id: &str) -> Value {
    json!({ "producerId": id })
}

fn consumer(id: &str) -> Value {
    json!({ "consumerId": id })
}

fn produce_over(transport: &str) -> Value {
    json!({ "transportId": transport, "kind": "audio", "rtpParameters": fixtures::audio() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_that_name_nothing_are_not_found() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    for id in NOTHING {
        scene.refuses(anna, "connectTransport", dtls(id), "TRANSPORT_NOT_FOUND").await;
        scene.refuses(anna, "getTransportStats", json!({ "transportId": id }), "TRANSPORT_NOT_FOUND").await;
        scene.refuses(anna, "produce", produce_over(id), "TRANSPORT_NOT_FOUND").await;
        scene.refuses(ben, "consume", ben.consume_request(id, &scene.audio), "TRANSPORT_NOT_FOUND").await;
        scene.refuses(ben, "consume", ben.consume_request(&scene.ben_receives, id), "PRODUCER_NOT_FOUND").await;
        for event in ["pauseProducer", "resumeProducer", "closeProducer", "getProducerStats"] {
            scene.refuses(anna, event, producer(id), "PRODUCER_NOT_FOUND").await;
        }
        for event in ["pauseConsumer", "resumeConsumer", "closeConsumer", "getConsumerStats"] {
            scene.refuses(ben, event, consumer(id), "CONSUMER_NOT_FOUND").await;
        }
        let call = if id.is_empty() { "INVALID_REQUEST" } else { "NOT_JOINED" };
        scene.refuses(anna, "getProducers", json!({ "callId": id }), call).await;
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_of_another_kind_are_not_found() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    scene.refuses(anna, "connectTransport", dtls(&scene.audio), "TRANSPORT_NOT_FOUND").await;
    scene.refuses(anna, "closeProducer", producer(&scene.anna_sends), "PRODUCER_NOT_FOUND").await;
    scene.refuses(ben, "closeConsumer", consumer(&scene.audio), "CONSUMER_NOT_FOUND").await;
    let request = ben.consume_request(&scene.ben_receives, &scene.consumer);
    scene.refuses(ben, "consume", request, "PRODUCER_NOT_FOUND").await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transport_carries_media_one_way_only() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    let message = scene.refuses(anna, "produce", produce_over(&scene.anna_receives), "INVALID_REQUEST").await;
    assert_eq!(message, "transportId: this needs a transport made with direction \"send\"");
    let request = ben.consume_request(&scene.ben_sends, &scene.audio);
    let message = scene.refuses(ben, "consume", request, "INVALID_REQUEST").await;
    assert_eq!(message, "transportId: this needs a transport made with direction \"recv\"");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_peer_has_is_not_ones_own() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    scene.refuses(ben, "connectTransport", dtls(&scene.anna_sends), "TRANSPORT_NOT_FOUND").await;
    let request = json!({ "transportId": scene.anna_sends });
    scene.refuses(ben, "getTransportStats", request, "TRANSPORT_NOT_FOUND").await;
    scene.refuses(ben, "produce", produce_over(&scene.anna_sends), "TRANSPORT_NOT_FOUND").await;
    let request = ben.consume_request(&scene.anna_receives, &scene.video);
    scene.refuses(ben, "consume", request, "TRANSPORT_NOT_FOUND").await;
    for event in ["pauseProducer", "resumeProducer", "closeProducer", "getProducerStats"] {
        scene.refuses(ben, event, producer(&scene.audio), "PRODUCER_NOT_FOUND").await;
    }
    for event in ["pauseConsumer", "resumeConsumer", "closeConsumer", "getConsumerStats"] {
        scene.refuses(anna, event, consumer(&scene.consumer), "CONSUMER_NOT_FOUND").await;
    }
    // It all still works for whose it is.
    anna.connect_transport(&scene.anna_sends).await;
    ben.ok("resumeConsumer", consumer(&scene.consumer)).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_another_room_is_not_there() {
    let scene = Scene::set().await;
    let (stranger, _) = crate::support::Client::joined(&scene.server, "elsewhere", "stranger").await;
    let receives = stranger.create_transport("recv").await;
    let request = stranger.consume_request(&receives, &scene.audio);
    scene.refuses(&stranger, "consume", request, "PRODUCER_NOT_FOUND").await;
    scene.refuses(&stranger, "closeProducer", producer(&scene.audio), "PRODUCER_NOT_FOUND").await;
    scene.refuses(&stranger, "connectTransport", dtls(&scene.anna_sends), "TRANSPORT_NOT_FOUND").await;
    drop(stranger);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_consumes_themselves() {
    let scene = Scene::set().await;
    let request = scene.anna.consume_request(&scene.anna_receives, &scene.audio);
    scene.refuses(&scene.anna, "consume", request, "CANNOT_CONSUME").await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_closed_is_gone() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    anna.ok("closeProducer", producer(&scene.audio)).await;
    scene.server.until_counts([1, 2, 4, 1, 0]).await;
    for event in ["pauseProducer", "resumeProducer", "closeProducer", "getProducerStats"] {
        scene.refuses(anna, event, producer(&scene.audio), "PRODUCER_NOT_FOUND").await;
    }
    let request = ben.consume_request(&scene.ben_receives, &scene.audio);
    scene.refuses(ben, "consume", request, "PRODUCER_NOT_FOUND").await;
    // It took the consumer with it.
    for event in ["pauseConsumer", "resumeConsumer", "closeConsumer", "getConsumerStats"] {
        scene.refuses(ben, event, consumer(&scene.consumer), "CONSUMER_NOT_FOUND").await;
    }
    let own = fixtures::text(&ben.consume(&scene.ben_receives, &scene.video).await, "id");
    ben.ok("closeConsumer", consumer(&own)).await;
    scene.server.until_counts([1, 2, 4, 1, 0]).await;
    scene.refuses(ben, "closeConsumer", consumer(&own), "CONSUMER_NOT_FOUND").await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_producer_is_consumed_only_by_who_can_decode_it() {
    let scene = Scene::set().await;
    let ben = &scene.ben;
    for capabilities in [json!({}), json!({ "codecs": [] }), fixtures::audio_only_capabilities()] {
        let mut request = ben.consume_request(&scene.ben_receives, &scene.video);
        request["rtpCapabilities"] = capabilities;
        scene.refuses(ben, "consume", request, "CANNOT_CONSUME").await;
    }
    let mut request = ben.consume_request(&scene.ben_receives, &scene.audio);
    request["rtpCapabilities"] = fixtures::audio_only_capabilities();
    ben.ok("consume", request).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transport_is_connected_once() {
    let scene = Scene::set().await;
    let anna = &scene.anna;
    anna.connect_transport(&scene.anna_sends).await;
    scene.refuses(anna, "connectTransport", dtls(&scene.anna_sends), "TRANSPORT_ALREADY_CONNECTED").await;
    // Also while the first one is under way.
    let twice = dtls(&scene.anna_receives);
    let mut both = anna.send_all([("connectTransport", twice.clone()), ("connectTransport", twice)]);
    let (second, first) = (both.pop().expect("two"), both.pop().expect("two"));
    first.answer().await.expect("connected");
    assert_eq!(second.answer().await.expect_err("the second").code, "TRANSPORT_ALREADY_CONNECTED");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_in_no_room_has_no_media() {
    let scene = Scene::set().await;
    let outside = crate::support::Client::connect(&scene.server).await;
    let requests = [
        ("createTransport", json!({ "direction": "send" })),
        ("connectTransport", dtls(&scene.anna_sends)),
        ("produce", produce_over(&scene.anna_sends)),
        ("consume", scene.ben.consume_request(&scene.ben_receives, &scene.audio)),
        ("pauseProducer", producer(&scene.audio)),
        ("resumeProducer", producer(&scene.audio)),
        ("closeProducer", producer(&scene.audio)),
        ("pauseConsumer", consumer(&scene.consumer)),
        ("resumeConsumer", consumer(&scene.consumer)),
        ("closeConsumer", consumer(&scene.consumer)),
        ("getProducers", json!({ "callId": "c" })),
        ("leaveRoom", Value::Null),
    ];
    for (event, payload) in requests {
        scene.refuses(&outside, event, payload, "NOT_JOINED").await;
    }
    drop(outside);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_has_no_more_than_it_may() {
    let server = TestServer::start_with(|config| {
        config.rooms.max_transports_per_peer = 2;
        config.rooms.max_audio_producers_per_peer = 1;
        config.rooms.max_video_producers_per_peer = 1;
        config.rooms.max_consumers_per_peer = 1;
    });
    let scene = Scene::set_on(server.await).await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    let send = json!({ "direction": "send" });
    let message = scene.refuses(anna, "createTransport", send, "LIMIT_EXCEEDED").await;
    assert_eq!(message, "rooms.max_transports_per_peer allows 2");
    let message = scene.refuses(anna, "produce", scene.produce("audio", fixtures::audio()), "LIMIT_EXCEEDED").await;
    assert_eq!(message, "rooms.max_audio_producers_per_peer allows 1");
    let message = scene.refuses(anna, "produce", scene.produce("video", fixtures::video()), "LIMIT_EXCEEDED").await;
    assert_eq!(message, "rooms.max_video_producers_per_peer allows 1");
    let request = ben.consume_request(&scene.ben_receives, &scene.video);
    let message = scene.refuses(ben, "consume", request.clone(), "LIMIT_EXCEEDED").await;
    assert_eq!(message, "rooms.max_consumers_per_peer allows 1");
    // What is closed makes room.
    ben.ok("closeConsumer", consumer(&scene.consumer)).await;
    ben.ok("consume", request).await;
    anna.ok("closeProducer", producer(&scene.audio)).await;
    anna.produce_audio(&scene.anna_sends).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_for_requests_sent_all_at_once() {
    let server = TestServer::start_with(|config| config.rooms.max_transports_per_peer = 3).await;
    let (anna, _) = crate::support::Client::joined(&server, "c", "anna").await;
    let answers = anna.send_all((0..20).map(|_| ("createTransport", json!({ "direction": "send" }))));
    let mut made = 0;
    for answer in answers {
        match answer.answer().await {
            Ok(_) => made += 1,
            Err(refusal) => assert_eq!(refusal.code, "LIMIT_EXCEEDED"),
        }
    }
    assert_eq!(made, 3);
    assert_eq!(server.counts().await, [1, 1, 3, 0, 0]);
    drop(anna);
    server.finish().await;
}

//! A receiver goes from one layer of simulcast to another, with real media.

use crate::support::rtc::{Caller, Link, Protocol, Snapshot, StreamSpec};
use crate::support::{Client, TestServer};
use serde_json::json;

/// Three layers, each of which fits into what a client is thought to be able to take while it gets the one below: half as
/// much again as that.
fn layers() -> [StreamSpec; 3] {
    // An endpoint has one stream for each media section.
    [(2000, "low", 150), (2002, "mid", 170), (2004, "high", 190)].map(|(ssrc, mid, payload_bytes)| StreamSpec {
        mid: mid.to_owned(),
        payload_bytes,
        ..StreamSpec::video(ssrc)
    })
}

/// Waits until the receiver gets that layer.
async fn gets(receiver: &Caller, consumer: &str, spatial_layer: u8) {
    loop {
        let event = receiver.client.next_event("consumerLayersChanged").await;
        assert_eq!(event["consumerId"], consumer);
        if event["layers"]["spatialLayer"] == spatial_layer {
            return;
        }
    }
}

fn key_frames_asked(sending: &Link, layer: usize) -> u64 {
    sending.peer.sent(layers()[layer].ssrc).key_frame_requests
}

/// From one worker to the next, if somebody else takes all the place on the first.
async fn switch(server: TestServer, crowded: bool) {
    let (anna, ben) = (Caller::join(&server, "call", "anna").await, Caller::join(&server, "call", "ben").await);
    let sending = anna.open("send", Protocol::Udp).await;
    let producer = anna.publish_layers(&sending, &layers()).await;
    if crowded {
        // Who made the room takes part as well.
        let first = anna.client.create_transport("recv").await;
        let audio = ben.client.produce_audio(&ben.client.create_transport("send").await).await;
        anna.client.consume(&first, &audio).await;
    }
    let receiving = ben.open("recv", Protocol::Udp).await;

    let consumed = ben.client.consume(&receiving.id, &producer).await;
    assert_eq!(consumed["type"], "simulcast");
    let (consumer, ssrc) = (consumed["id"].as_str().expect("an id"), receiving.peer.expect(&consumed["rtpParameters"]));
    let prefer = |layer: u8| {
        let request = json!({ "consumerId": consumer, "spatialLayer": layer });
        ben.client.ok("setConsumerPreferredLayers", request)
    };
    prefer(0).await;
    ben.client.ok("resumeConsumer", json!({ "consumerId": consumer })).await;
    gets(&ben, consumer, 0).await;
    receiving.peer.until("a first picture", |now: &Snapshot| now.received(ssrc).key_frames > 0).await;
    assert!(key_frames_asked(&sending, 0) > 0, "a resume asks for a key frame");

    let (before, asked) = (receiving.peer.received(ssrc), key_frames_asked(&sending, 2));
    prefer(2).await;
    gets(&ben, consumer, 2).await;
    let next = |now: &Snapshot| now.received(ssrc).key_frames > before.key_frames;
    receiving.peer.until("a key frame of the large layer", next).await;
    assert!(key_frames_asked(&sending, 2) > asked, "switching up asks for a key frame");
    let larger = |now: &Snapshot| now.received(ssrc).bytes >= before.bytes + 20 * 190;
    receiving.peer.until("the large layer", larger).await;
    let received = receiving.peer.received(ssrc);
    assert_eq!(received.gaps, 0, "one stream without gaps for the receiver: {received:#?}");

    prefer(1).await;
    gets(&ben, consumer, 1).await;
    // Who comes back hears what it gets, as it may have missed a change.
    let again = Client::connect(&server).await;
    let join = json!({ "callId": "call", "userId": "ben", "rtpCapabilities": {}, "resumeToken": ben.resume_token });
    let joined = again.ok("joinRoom", join).await;
    assert_eq!(joined["own"]["consumers"][0]["layers"]["spatialLayer"], 1, "{joined}");

    let stats = server.stats().await;
    let busy = stats["workersDetail"].as_array().expect("a list").iter().filter(|worker| worker["routers"] == 1);
    assert_eq!(busy.count(), 1 + usize::from(crowded), "{stats}");
    for link in [sending, receiving] {
        link.peer.close().await;
    }
    for client in [anna.client, ben.client, again] {
        client.close().await;
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_gets_the_layer_it_asks_for_and_a_key_frame_first() {
    switch(TestServer::start().await, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn layers_go_through_a_pipe() {
    let server = TestServer::start_with(|config| {
        config.workers.count = 2;
        config.rooms.max_consumers_per_router = 1;
    });
    switch(server.await, true).await;
}

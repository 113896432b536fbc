//! Statistics of one's own transports, producers and consumers, as mediasoup has them.

use crate::support::TestServer;
use crate::support::rtc::{Caller, Flow, Link, Protocol, StreamSpec};
use serde_json::{Value, json};

/// Packets that have to be there before they are looked for in the statistics.
const SOME: u64 = 20;

/// Of what clients may count on in a stream's, by mediasoup's documentation.
const FIELDS: [&str; 9] = [
    "bitrate",
    "byteCount",
    "fractionLost",
    "jitter",
    "mimeType",
    "packetCount",
    "packetsLost",
    "roundTripTime",
    "score",
];

async fn stats(caller: &Caller, event: &str, field: &str, id: &str) -> Vec<Value> {
    let answer = caller.client.ok(event, json!({ field: id })).await;
    answer["stats"].as_array().expect("a list").clone()
}

async fn look(server: TestServer) {
    let (anna, ben) = (Caller::join(&server, "c", "anna").await, Caller::join(&server, "c", "ben").await);
    let (sending, receiving) = (anna.open("send", Protocol::Udp).await, ben.open("recv", Protocol::Udp).await);
    let published = anna.publish(&sending, StreamSpec::video(1000)).await;
    let incoming = ben.receive(&receiving, &published).await;
    Flow::new(&sending, &published, &receiving, &incoming).reaches(SOME).await;

    let transport = stats(&anna, "getTransportStats", "transportId", &sending.id).await;
    assert_eq!(transport.len(), 1);
    assert_eq!(transport[0]["transportId"], sending.id.as_str());
    assert_eq!((&transport[0]["iceState"], &transport[0]["dtlsState"]), (&json!("completed"), &json!("connected")));
    assert!(transport[0]["rtpBytesReceived"].as_u64() > Some(SOME * 1000), "{}", transport[0]);

    let producer = stats(&anna, "getProducerStats", "producerId", &published.producer).await;
    assert_eq!((producer.len(), &producer[0]["ssrc"]), (1, &json!(published.ssrc)));
    assert!(producer[0]["packetCount"].as_u64() >= Some(SOME), "{}", producer[0]);
    for field in FIELDS {
        assert!(producer[0].get(field).is_some(), "{field}: {}", producer[0]);
    }

    // What goes out to the receiver, and what comes in for it from the sender.
    let consumer = stats(&ben, "getConsumerStats", "consumerId", &incoming.consumer).await;
    let ssrcs: Vec<_> = consumer.iter().map(|stream| &stream["ssrc"]).collect();
    assert!(ssrcs.contains(&&json!(incoming.ssrc)), "{consumer:?}");
    assert_eq!(consumer.len(), 2, "{consumer:?}");

    for Link { peer, .. } in [sending, receiving] {
        peer.close().await;
    }
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_sees_the_statistics_of_what_is_their_own() {
    look(TestServer::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_they_do_from_a_worker_in_another_process() {
    look(TestServer::start_isolated().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_what_carries_nothing_there_is_little_to_tell() {
    let server = TestServer::start().await;
    let anna = Caller::join(&server, "c", "anna").await;
    let sends = anna.client.create_transport("send").await;
    let transport = stats(&anna, "getTransportStats", "transportId", &sends).await;
    assert_eq!((&transport[0]["iceState"], &transport[0]["bytesReceived"]), (&json!("new"), &json!(0)));
    let audio = anna.client.produce_audio(&sends).await;
    assert_eq!(stats(&anna, "getProducerStats", "producerId", &audio).await, [] as [Value; 0]);
    drop(anna);
    server.finish().await;
}

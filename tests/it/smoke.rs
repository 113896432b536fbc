//! A whole call in a few lines.

use crate::support::{Client, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_clients_publish_and_receive_and_leave_nothing_behind() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "call", "anna").await;
    let (ben, _) = Client::joined(&server, "call", "ben").await;
    let send = anna.create_transport("send").await;
    anna.connect_transport(&send).await;
    let (audio, video) = (anna.produce_audio(&send).await, anna.produce_video(&send).await);
    let receive = ben.create_transport("recv").await;
    for producer in [audio, video] {
        let announced = ben.next_event("newProducer").await;
        assert_eq!(announced["producerId"], producer.as_str());
        let consumer = ben.consume(&receive, &producer).await;
        ben.ok("resumeConsumer", serde_json::json!({ "consumerId": consumer["id"] })).await;
    }
    assert_eq!(server.counts().await, [1, 2, 2, 2, 2]);
    anna.close().await;
    ben.next_event("peerLeft").await;
    ben.kill().await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "call finish()")]
async fn a_scenario_that_does_not_look_at_what_is_left_fails() {
    drop(TestServer::start().await);
}

//! Connecting and going away.

use crate::support::{Client, DEADLINE, TestServer, raw};
use futures_util::future::join_all;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_sent_at_once_after_connecting_is_answered() {
    let server = TestServer::start().await;
    let join = json!({ "callId": "nowhere", "userId": "anna", "rtpCapabilities": {} });
    for _ in 0..20 {
        let clients = (0..20).map(async |_| {
            let client = Client::connect(&server).await;
            assert_eq!(client.refused("joinRoom", join.clone()).await, "ROOM_NOT_FOUND");
        });
        join_all(clients).await;
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_vanish_while_connecting_are_not_counted_for_ever() {
    let server = TestServer::start().await;
    // From before the server has read the connect packet to after it has answered.
    for delay in (0..100).map(|step| Duration::from_micros(10 * step)) {
        let clients = (0..10).map(async |_| {
            let mut stream = raw::handshake(&server).await;
            raw::send(&mut stream, "40").await;
            tokio::time::sleep(delay).await;
            raw::reset(stream);
        });
        join_all(clients).await;
    }
    let deadline = Instant::now() + DEADLINE;
    while server.metric("colloquy_connections").await != 0.0 {
        assert!(Instant::now() < deadline, "{} connections", server.metric("colloquy_connections").await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.finish().await;
}

//! Rooms: made once, found again, closed when empty, bounded in number and in size.

use crate::support::{Client, Pending, TestServer};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn call(name: &str) -> Value {
    json!({ "callId": name })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_create_room_makes_the_room_and_the_next_finds_it() {
    let server = TestServer::start().await;
    let (anna, ben) = (Client::connect(&server).await, Client::connect(&server).await);
    let made = anna.ok("createRoom", call("c")).await;
    assert_eq!((&made["callId"], &made["created"]), (&json!("c"), &json!(true)));
    for client in [&anna, &ben] {
        let found = client.ok("createRoom", call("c")).await;
        assert_eq!(found["created"], false);
        assert_eq!(found["rtpCapabilities"], made["rtpCapabilities"]);
    }
    assert_eq!(server.counts().await, [1, 0, 0, 0, 0]);
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_who_create_the_same_room_get_one_room() {
    let server = TestServer::start().await;
    let clients = join_all((0..50).map(|_| Client::connect(&server))).await;
    let pending: Vec<_> = clients.iter().map(|client| client.send("createRoom", call("c"))).collect();
    let answers = join_all(pending.into_iter().map(Pending::answer)).await;
    let made = answers.iter().filter(|answer| answer.as_ref().expect("is answered")["created"] == true);
    assert_eq!(made.count(), 1);
    assert_eq!(server.counts().await, [1, 0, 0, 0, 0]);
    let routers: u64 = server.stats().await["workersDetail"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|worker| worker["routers"].as_u64().expect("a number"))
        .sum();
    assert_eq!(routers, 1);
    drop(clients);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_room_is_found_again_until_its_time_is_over() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    anna.ok("leaveRoom", Value::Null).await;
    let left = Instant::now();
    assert_eq!(anna.ok("createRoom", call("c")).await["created"], false);
    server.until_counts([0; 5]).await;
    assert!(left.elapsed() >= Duration::from_secs(1), "closed after {:?}", left.elapsed());
    assert_eq!(anna.ok("createRoom", call("c")).await["created"], true);
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_an_empty_room_has_the_whole_time_to_join_it() {
    let server = TestServer::start().await;
    let anna = Client::connect(&server).await;
    anna.ok("createRoom", call("c")).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let asked = Instant::now();
    assert_eq!(anna.ok("createRoom", call("c")).await["created"], false);
    server.until_counts([0; 5]).await;
    assert!(asked.elapsed() >= Duration::from_secs(1), "closed after {:?}", asked.elapsed());
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_with_a_peer_stays_open() {
    let server = TestServer::start_with(|config| config.rooms.empty_close_s = 0).await;
    let anna = Client::connect(&server).await;
    // With no time to spare, only a join that is under way already finds the room.
    let join = json!({ "callId": "c", "userId": "anna", "rtpCapabilities": {} });
    let mut joined = anna.send_all([("createRoom", call("c")), ("joinRoom", join)]);
    joined.pop().expect("two").answer().await.expect("joined");
    let ben = Client::connect(&server).await;
    ben.ok("createRoom", call("other")).await;
    server.until_counts([1, 1, 0, 0, 0]).await;
    assert_eq!(ben.ok("createRoom", call("c")).await["created"], false);
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_room_refuses_the_next_until_somebody_leaves() {
    let server = TestServer::start_with(|config| config.rooms.max_peers = 2).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let carl = Client::connect(&server).await;
    let join = json!({ "callId": "c", "userId": "carl", "rtpCapabilities": {} });
    let refusal = carl.request("joinRoom", join.clone()).await.expect_err("the room is full");
    assert_eq!(refusal.to_string(), "ROOM_FULL: the room is full: it takes 2 peers");
    assert_eq!(carl.refused("createTransport", json!({ "direction": "send" })).await, "NOT_JOINED");
    anna.catch_up("c").await;
    assert_eq!(anna.event_names(), ["peerJoined"]);
    // Refused, he is outside, and may go elsewhere or come back.
    carl.create_and_join("elsewhere", "carl").await;
    carl.ok("leaveRoom", Value::Null).await;
    ben.close().await;
    anna.next_event("peerLeft").await;
    carl.ok("joinRoom", join).await;
    drop((anna, carl));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_no_more_rooms_than_allowed() {
    let server = TestServer::start_with(|config| config.rooms.max_rooms = 2).await;
    let anna = Client::connect(&server).await;
    for name in ["a", "b"] {
        anna.ok("createRoom", call(name)).await;
    }
    let refusal = anna.request("createRoom", call("c")).await.expect_err("too many");
    assert_eq!(refusal.to_string(), "LIMIT_EXCEEDED: rooms.max_rooms allows 2");
    assert_eq!(anna.ok("createRoom", call("a")).await["created"], false);
    server.until_counts([0; 5]).await;
    assert_eq!(anna.ok("createRoom", call("c")).await["created"], true);
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_made_at_once_are_spread_over_the_workers() {
    let server = TestServer::start().await;
    let anna = Client::connect(&server).await;
    let names = ["a", "b", "c", "d"];
    for answer in names.map(|name| anna.send("createRoom", call(name))) {
        answer.answer().await.expect("made");
    }
    let stats = server.stats().await;
    let routers: Vec<_> = stats["workersDetail"].as_array().expect("a list").iter().map(|w| &w["routers"]).collect();
    assert_eq!(routers, [2, 2], "{stats}");
    drop(anna);
    server.finish().await;
}

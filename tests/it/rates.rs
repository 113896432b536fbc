//! How often clients may ask, and for how long they may be idle.

use crate::support::{Client, DEADLINE, Pending, TestServer};
use colloquy::limits::Limit;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn call(name: &str) -> Value {
    json!({ "callId": name })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_too_many_is_told_when_to_come_again_and_succeeds_then() {
    let server = TestServer::start_with(|config| {
        config.signaling.requests_per_second = 2;
        config.signaling.request_burst = 2;
    });
    let server = server.await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let refusal = anna.request("getProducers", call("c")).await.expect_err("the third at once");
    assert_eq!(refusal.code, "RATE_LIMITED");
    assert_eq!(refusal.message, "more requests than signaling.requests_per_second allows: slow down");
    let wait = refusal.retry_after_ms.expect("says when");
    assert!((1..=501).contains(&wait), "{wait} ms");
    // Another socket has a rate of its own.
    let ben = Client::connect(&server).await;
    ben.ok("createRoom", call("c")).await;
    tokio::time::sleep(Duration::from_millis(wait)).await;
    anna.ok("getProducers", call("c")).await;
    // Without a callback it is told by an event.
    anna.emit_without_callback("getProducers", call("c"));
    let told = anna.next_event("requestError").await;
    assert_eq!((&told["event"], &told["code"]), (&json!("getProducers"), &json!("RATE_LIMITED")));
    assert!(told["retryAfterMs"].as_u64().is_some_and(|wait| (1..=501).contains(&wait)), "{told}");
    assert_eq!(server.refusals(Limit::Requests).await, 2.0);
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_of_one_address_share_a_rate() {
    let server = TestServer::start_with(|config| {
        config.server.trusted_proxies = vec!["127.0.0.1".into()];
        config.signaling.address_requests_per_second = 1;
        config.signaling.address_request_burst = 4;
    });
    let server = server.await;
    let behind = async |address: &str| {
        Client::try_connect_with(&server, &[("x-forwarded-for", address)]).await.expect("connects")
    };
    let sockets = [behind("2001:db8::1").await, behind("2001:db8::2").await];
    for socket in sockets.iter().chain(&sockets) {
        socket.ok("createRoom", call("c")).await;
    }
    for socket in &sockets {
        let refusal = socket.request("createRoom", call("c")).await.expect_err("more than four at once");
        assert_eq!(refusal.message, "more requests than signaling.address_requests_per_second allows: slow down");
        assert!(refusal.retry_after_ms.is_some_and(|wait| (1..=1001).contains(&wait)), "{refusal:?}");
    }
    behind("2001:db8:0:1::1").await.ok("createRoom", call("c")).await;
    // A new connection is no new address.
    assert_eq!(behind("2001:db8::3").await.refused("createRoom", call("c")).await, "RATE_LIMITED");
    drop(sockets);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_on_regardless_is_thrown_out_and_the_others_are_not() {
    let server = TestServer::start_with(|config| {
        config.signaling.requests_per_second = 1;
        config.signaling.request_burst = 50;
    });
    let server = server.await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let answers = ben.send_all((0..300).map(|_| ("getProducers", call("c"))));
    let outcomes = join_all(answers.into_iter().map(Pending::outcome)).await;
    let answered = outcomes.iter().flatten();
    let (carried_out, refused): (Vec<_>, Vec<_>) = answered.partition(|answer| answer.is_ok());
    // Those carried out may be answered only when the socket is closed already.
    assert!(carried_out.len() <= 50, "{} carried out", carried_out.len());
    assert!((50..=60).contains(&refused.len()), "{} refused", refused.len());
    ben.until_closed().await;
    assert_eq!(ben.next_event("kicked").await, json!({ "reason": "rate_limited", "by": null }));
    anna.next_event("peerLeft").await;
    anna.catch_up("c").await;
    server.until_metric("colloquy_connections", 1.0).await;
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_default_a_client_joins_a_room_of_fifty_at_once_and_so_do_all_of_one_address() {
    let server = TestServer::start().await;
    let clients = join_all((0..50).map(async |n| Client::joined(&server, "c", &format!("user {n}")).await.0)).await;
    // As many requests as joining takes: two transports, two tracks, and for each of the others two consumers that are
    // resumed. What waits for answers is less, as with real clients.
    let join = async |client: &Client| {
        for _ in 0..20 {
            let answers = client.send_all((0..15).map(|_| ("getProducers", call("c"))));
            for answer in join_all(answers.into_iter().map(Pending::answer)).await {
                answer.expect("is within all limits");
            }
        }
    };
    join_all(clients.iter().map(join)).await;
    drop(clients);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_in_no_room_for_long_has_to_go_also_after_leaving_one() {
    let server = TestServer::start_with(|config| config.signaling.join_timeout_s = 1).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let idle = Client::connect(&server).await;
    // To fail is not to join.
    let failing = Client::connect(&server).await;
    let join = json!({ "callId": "nowhere", "userId": "x", "rtpCapabilities": {} });
    let full = json!({ "callId": "c", "userId": "x", "rtpCapabilities": {}, "resumeToken": "no-such" });
    let started = Instant::now();
    let trying = async {
        loop {
            let answers = [failing.send("joinRoom", join.clone()), failing.send("joinRoom", full.clone())];
            for answer in answers {
                if answer.outcome().await.is_none() {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let both = async { tokio::join!(trying, idle.until_closed()) };
    tokio::time::timeout(DEADLINE, both).await.expect("both are closed in time");
    let waited = started.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_secs(4)).contains(&waited), "{waited:?}");
    for client in [&idle, &failing] {
        assert_eq!(client.next_event("kicked").await, json!({ "reason": "join_timeout", "by": null }));
    }
    ben.ok("leaveRoom", Value::Null).await;
    ben.until_closed().await;
    assert_eq!(ben.next_event("kicked").await["reason"], "join_timeout");
    // Who is in a room is left alone.
    anna.catch_up("c").await;
    assert!(!anna.event_names().contains(&"kicked".to_owned()));
    assert_eq!(server.refusals(Limit::JoinTimeout).await, 3.0);
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_time_to_join_nobody_has_to() {
    let server = TestServer::start_with(|config| config.signaling.join_timeout_s = 0).await;
    let anna = Client::connect(&server).await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    anna.create("c").await;
    drop(anna);
    server.finish().await;
}

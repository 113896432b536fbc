//! The way that media takes: it can be renewed, and who has lost it and says nothing is taken out.

use crate::support::rtc::{Caller, Flow, IceParameters, Link, Phase, Protocol, Published, StreamSpec};
use crate::support::{DEADLINE, TestServer};
use colloquy::config::Config;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Seconds until a path without checks counts as lost: the least that the worker takes.
const CONSENT_S: u8 = 10;
const CONSENT: Duration = Duration::from_secs(CONSENT_S as u64);

fn soon_noticed(config: &mut Config) {
    config.rtc.ice_consent_timeout_s = CONSENT_S;
    config.rooms.dead_peer_s = 1;
    config.rooms.resume_grace_s = 60;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ice_restarts_under_a_stream() {
    let server = TestServer::start_with(soon_noticed).await;
    let (anna, ben) = (Caller::join(&server, "call", "anna").await, Caller::join(&server, "call", "ben").await);
    let (sending, receiving) = (anna.open("send", Protocol::Udp).await, ben.open("recv", Protocol::Udp).await);
    let video = anna.publish(&sending, StreamSpec::video(2000)).await;
    let seen = ben.receive(&receiving, &video).await;
    let flow = Flow::new(&sending, &video, &receiving, &seen);
    flow.goes_on().await;
    let mut credentials: Vec<IceParameters> = Vec::new();
    for _ in 0..3 {
        for (caller, link) in [(&anna, &sending), (&ben, &receiving)] {
            let renewed = caller.restart_ice(link).await;
            assert!(credentials.iter().all(|earlier| earlier.username_fragment != renewed.username_fragment));
            assert!(credentials.iter().all(|earlier| earlier.password != renewed.password));
            flow.goes_on().await;
            link.peer.reach(&renewed);
            flow.goes_on().await;
            credentials.push(renewed);
        }
    }
    // By the old credentials alone the paths would be lost within this time, and both would be out.
    let enough = Instant::now() + CONSENT + Duration::from_secs(3);
    while Instant::now() < enough {
        flow.goes_on().await;
    }
    assert_eq!(flow.received().gaps, 0, "{:#?}", flow.received());
    assert_eq!(server.counts().await, [1, 2, 2, 1, 1]);

    // Nobody renews what is somebody else's, or nobody's.
    for (client, transport) in
        [(&ben.client, &sending.id), (&anna.client, &receiving.id), (&ben.client, &seen.consumer)]
    {
        assert_eq!(client.refused("restartIce", json!({ "transportId": transport })).await, "TRANSPORT_NOT_FOUND");
    }
    for caller in [anna, ben] {
        caller.client.ok("leaveRoom", Value::Null).await;
    }
    drop((sending, receiving));
    server.finish().await;
}

/// Anna sends, Ben looks on: with no media of his own he has no path to lose. The end of a TCP connection is noticed at
/// once, that of UDP by the checks that no longer come.
async fn scene(protocol: Protocol) -> (TestServer, Caller, Caller, Link, Published) {
    let server = TestServer::start_with(soon_noticed).await;
    let (anna, ben) = (Caller::join(&server, "call", "anna").await, Caller::join(&server, "call", "ben").await);
    let sending = anna.open("send", protocol).await;
    let audio = anna.publish(&sending, StreamSpec::audio(1000)).await;
    (server, anna, ben, sending, audio)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_lost_its_path_and_says_nothing_is_taken_out() {
    let (server, anna, ben, sending, audio) = scene(Protocol::Udp).await;
    drop(sending);
    let left = ben.client.next_event_within("peerLeft", CONSENT + DEADLINE).await;
    assert_eq!((&left["userId"], &left["reason"]), (&json!("anna"), &json!("timed_out")));
    assert_eq!(ben.client.next_event("producerClosed").await["producerId"], audio.producer.as_str());
    assert_eq!(anna.client.next_event("kicked").await["reason"], "timed_out");
    assert_eq!(anna.client.refused("leaveRoom", Value::Null).await, "NOT_JOINED");
    server.until_peers_have([1, 0, 0, 0]).await;
    // It was silence, not a fault: she may come again.
    anna.client.create_and_join("call", "anna").await;
    for caller in [anna, ben] {
        caller.client.ok("leaveRoom", Value::Null).await;
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_lost_path_and_socket_is_taken_out_before_its_grace_is_over() {
    let (server, anna, ben, sending, _) = scene(Protocol::Tcp).await;
    drop(sending);
    anna.client.kill().await;
    ben.client.next_event("peerReconnecting").await;
    assert_eq!(ben.client.next_event("peerLeft").await["reason"], "timed_out");
    server.until_peers_have([1, 0, 0, 0]).await;
    ben.client.ok("leaveRoom", Value::Null).await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_lost_its_path_and_speaks_stays() {
    let (server, anna, ben, sending, _) = scene(Protocol::Tcp).await;
    drop(sending);
    // She asks now and then, for longer than a silent one would be borne with.
    let enough = Instant::now() + Duration::from_secs(4);
    while Instant::now() < enough {
        anna.client.catch_up("call").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.counts().await, [1, 2, 1, 1, 0]);
    // A new path, and she need not speak any more; the lost one is of no weight beside it.
    let receiving = anna.open("recv", Protocol::Udp).await;
    let quiet = Instant::now() + Duration::from_secs(3);
    tokio::time::sleep_until(quiet.into()).await;
    assert!(!ben.client.event_names().contains(&"peerLeft".to_owned()));
    receiving.peer.until("the path holds", |now| now.phase == Phase::Connected).await;
    for caller in [anna, ben] {
        caller.client.ok("leaveRoom", Value::Null).await;
    }
    server.finish().await;
}

//! One client's excess is that client's own: too many requests, too many connections, and not reading.

use crate::support::server::without_rates;
use crate::support::{Client, DEADLINE, Pending, TestServer, fixtures};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_requests_than_may_be_in_flight_are_refused_and_the_rest_carried_out() {
    let server = TestServer::start_with(|config| {
        config.signaling.max_in_flight = 4;
        config.rooms.max_transports_per_peer = 1000;
    });
    let server = server.await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let answers = anna.send_all((0..200).map(|_| ("createTransport", json!({ "direction": "send" }))));
    let (mut made, mut refused) = (0, 0);
    for answer in join_all(answers.into_iter().map(Pending::answer)).await {
        match answer {
            Ok(_) => made += 1,
            Err(refusal) => {
                let message =
                    "RATE_LIMITED: more than 4 unanswered requests (signaling.max_in_flight): wait for answers";
                assert_eq!(refusal.to_string(), message);
                refused += 1;
            }
        }
    }
    assert!(made >= 4 && refused > 0, "{made} made, {refused} refused");
    assert_eq!(server.counts().await, [1, 1, made, 0, 0]);
    // With all answered, there is room again.
    anna.create_transport("recv").await;
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_is_closed_and_the_others_go_on() {
    let server = TestServer::start_with(|config| {
        config.signaling.send_buffer = 16;
        config.signaling.max_payload_bytes = 200_000;
        config.rooms.max_app_data_bytes = 100_000;
    });
    let server = server.await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let deaf = Client::connect_deaf(&server).await;
    let join = json!({ "callId": "c", "userId": "deaf", "rtpCapabilities": {} });
    // It never learns how that went; the others see it come, and what it made counted.
    drop(deaf.send_all([("joinRoom", join), ("createTransport", json!({ "direction": "recv" }))]));
    let came = ben.next_event("peerJoined").await;
    server.until_counts([1, 3, 1, 0, 0]).await;
    let sends = anna.create_transport("send").await;
    // Large events fill the system's buffers soon.
    let app_data = json!({ "a": "x".repeat(90_000) });
    let rtp_parameters = fixtures::audio();
    let audio = json!({ "transportId": sends, "kind": "audio", "rtpParameters": rtp_parameters, "appData": app_data });
    let producer = json!({ "producerId": anna.ok("produce", audio).await["id"] });
    let started = Instant::now();
    let mut events = 0;
    while server.metric("colloquy_slow_readers_total").await == 0.0 {
        assert!(started.elapsed() < DEADLINE, "still open after {events} events");
        for (request, event) in [("pauseProducer", "producerPaused"), ("resumeProducer", "producerResumed")] {
            anna.ok(request, producer.clone()).await;
            ben.next_event(event).await;
            events += 1;
        }
    }
    let left = ben.next_event("peerLeft").await;
    assert_eq!((&left["peerId"], &left["reason"]), (&came["peerId"], &json!("disconnected")));
    server.until_counts([1, 2, 1, 1, 0]).await;
    assert_eq!(server.metric("colloquy_connections").await, 2.0);
    assert_eq!(server.metric("colloquy_slow_readers_total").await, 1.0);
    // The others have missed nothing, and go on.
    let told = ben.event_names().iter().filter(|name| *name == "producerPaused" || *name == "producerResumed").count();
    assert_eq!(told, events);
    anna.ok("closeProducer", producer).await;
    ben.next_event("producerClosed").await;
    // Reading on, it finds what was left in the buffers, and then the end.
    deaf.read_on();
    deaf.until_closed().await;
    drop((anna, ben, deaf));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_not_read_end_the_socket_as_well() {
    let server = TestServer::start_with(|config| {
        config.signaling.send_buffer = 16;
        config.signaling.max_in_flight = 100_000;
        config.rooms.queue = 100_000;
        without_rates(config);
    });
    let server = server.await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let deaf = Client::connect_deaf(&server).await;
    // Each answer has the room's capabilities, some kilobytes.
    let mut pending = Vec::new();
    let started = Instant::now();
    while server.metric("colloquy_slow_readers_total").await == 0.0 {
        assert!(started.elapsed() < DEADLINE, "still open after {} requests", pending.len());
        pending.extend(deaf.send_all((0..200).map(|_| ("createRoom", json!({ "callId": "c" })))));
    }
    while server.metric("colloquy_connections").await != 1.0 {
        assert!(started.elapsed() < DEADLINE, "still counted");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    anna.catch_up("c").await;
    drop((anna, deaf));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_the_limit_are_refused_until_one_ends() {
    let server = TestServer::start_with(|config| config.server.max_connections = 2).await;
    let anna = Client::connect(&server).await;
    let ben = Client::connect(&server).await;
    let refusal = Client::try_connect(&server).await.err().expect("is refused");
    let message = "LIMIT_EXCEEDED: server.max_connections allows 2: try again later";
    assert_eq!(refusal, json!({ "message": message }));
    assert_eq!(server.metric("colloquy_refused_connections_total").await, 1.0);
    ben.close().await;
    let started = Instant::now();
    let carl = loop {
        match Client::try_connect(&server).await {
            Ok(carl) => break carl,
            Err(refusal) => assert!(started.elapsed() < DEADLINE, "{refusal}"),
        }
    };
    // Those that are in were not disturbed.
    assert_eq!(anna.refused("leaveRoom", Value::Null).await, "NOT_JOINED");
    drop((anna, carl));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_with_more_waiting_than_its_queue_holds_says_so() {
    let server = TestServer::start_with(|config| {
        config.rooms.queue = 1;
        config.signaling.max_in_flight = 10_000;
        without_rates(config);
    });
    let server = server.await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let answers = anna.send_all((0..2000).map(|_| ("getProducers", json!({ "callId": "c" }))));
    let answers = join_all(answers.into_iter().map(Pending::answer)).await;
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(refused.len() < answers.len() && !refused.is_empty(), "{} refused", refused.len());
    let message = "ROOM_BUSY: the room has too many requests waiting: try again";
    assert!(refused.iter().all(|refusal| refusal.to_string() == message), "{refused:?}");
    anna.catch_up("c").await;
    drop(anna);
    server.finish().await;
}

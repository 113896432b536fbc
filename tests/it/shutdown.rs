//! The server's orderly end.

use crate::support::polling::Poller;
use crate::support::scene::Scene;
use crate::support::server::without_rates;
use crate::support::{Client, DEADLINE, TestServer, raw};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_socket_hears_of_it_and_rooms_close_for_a_reason() {
    let mut scene = Scene::set().await;
    let outside = Client::connect(&scene.server).await;
    outside.refused("leaveRoom", Value::Null).await;
    let app = scene.server.take_app();
    let started = Instant::now();
    app.shutdown().await;
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    for client in [&scene.anna, &scene.ben] {
        client.until_closed().await;
        let events = client.events();
        let [.., (first, draining), (second, closed)] = &events[..] else { panic!("{events:?}") };
        assert_eq!((&**first, &**second), ("serverDraining", "roomClosed"));
        let deadline = draining["deadline"].as_str().expect("a text");
        assert!(deadline.len() == 20 && deadline.ends_with('Z') && &deadline[10..11] == "T", "{deadline}");
        assert_eq!(*closed, json!({ "callId": "c", "reason": "server_shutdown" }));
    }
    outside.until_closed().await;
    assert_eq!(outside.event_names(), ["serverDraining"]);
    scene.server.try_get("/health").await.expect_err("nobody listens any more");
}

/// Makes the server hold more for a client that does not read than fits into the system's buffers.
async fn fill(deaf: &Client, server: &TestServer) {
    let event = r#"colloquy_requests_total{code="OK",event="createRoom"}"#;
    let mut asked = server.metric(event).await;
    for _ in 0..5 {
        drop(deaf.send_all((0..200).map(|_| ("createRoom", json!({ "callId": "c" })))));
        asked += 200.0;
        let started = Instant::now();
        while server.metric(event).await < asked {
            assert!(started.elapsed() < DEADLINE, "the requests are carried out");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_waits_for_a_client_that_does_not_read_it_is_alive_and_not_ready() {
    let mut server = TestServer::start_with(|config| {
        config.server.shutdown_deadline_s = 3;
        config.signaling.send_buffer = 100_000;
        config.signaling.max_in_flight = 100_000;
        without_rates(config);
    })
    .await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    // One that never takes its last words keeps the server waiting, though not for the whole time that it has.
    let deaf = Client::connect_deaf(&server).await;
    fill(&deaf, &server).await;
    let app = server.take_app();
    let started = Instant::now();
    let ending = tokio::spawn(app.shutdown());
    anna.until_closed().await;
    let ready = server.get("/ready").await;
    assert_eq!(ready.status().as_u16(), 503);
    let mut ready: Value = ready.json().await.expect("JSON");
    // How much is still to be written is another matter.
    let database = ready["checks"].as_object_mut().and_then(|checks| checks.remove("database"));
    assert_eq!(database.expect("a check")["ok"], true);
    let workers = json!({ "ok": true, "alive": 2, "configured": 2, "givenUp": 0 });
    let checks = json!({ "workers": workers, "draining": { "ok": false } });
    assert_eq!(ready, json!({ "ready": false, "checks": checks }));
    assert_eq!(server.get("/health").await.status().as_u16(), 200);
    assert_eq!(server.counts().await, [0; 5], "rooms and media do not wait");
    ending.await.expect("ends");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    server.try_get("/health").await.expect_err("nobody listens any more");
    drop(deaf);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_room_is_made_once_it_drains() {
    // The news must overtake the closing of the sockets: with many rooms to close there is time, though not for sure.
    for _ in 0..20 {
        let mut server = TestServer::start().await;
        let anna = Client::connect(&server).await;
        for answer in anna.send_all((0..200).map(|n| ("createRoom", json!({ "callId": format!("room {n}") })))) {
            answer.answer().await.expect("made");
        }
        let ending = tokio::spawn(server.take_app().shutdown());
        anna.next_event("serverDraining").await;
        let outcome = anna.send("createRoom", json!({ "callId": "late" })).outcome().await;
        ending.await.expect("ends");
        if let Some(answer) = outcome {
            let refusal = answer.expect_err("it is too late");
            assert_eq!(refusal.to_string(), "UNAVAILABLE: the server is shutting down");
            return;
        }
    }
    panic!("no client was ever quick enough");
}

/// Ends the server, in less than its deadline.
async fn end(mut server: TestServer) {
    let app = server.take_app();
    let started = Instant::now();
    app.shutdown().await;
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

async fn tcp(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.url().strip_prefix("http://").expect("a URL of ours")).await.expect("connects")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_says_nothing_does_not_hold_up_the_end() {
    let server = TestServer::start().await;
    let silent = tcp(&server).await;
    // Accepted by then: connections are taken in their order.
    server.get("/health").await;
    end(server).await;
    drop(silent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_request_does_not_hold_up_the_end() {
    let server = TestServer::start().await;
    let mut half = tcp(&server).await;
    half.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n").await.expect("is sent");
    server.get("/health").await;
    end(server).await;
    drop(half);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_body_does_not_hold_up_the_end() {
    let server = TestServer::start().await;
    let mut half = tcp(&server).await;
    half.write_all(b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf").await.expect("is sent");
    server.get("/health").await;
    end(server).await;
    drop(half);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_socket_outside_of_the_namespace_does_not_hold_up_the_end() {
    let server = TestServer::start().await;
    let nameless = raw::handshake(&server).await;
    end(server).await;
    drop(nameless);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_under_way_is_answered_and_does_not_hold_up_the_end() {
    let server = TestServer::start().await;
    let mut poller = Poller::connect(&server).await;
    let heard = tokio::spawn(async move { poller.event().await });
    // Its poll has arrived by the time that another's has been answered.
    Poller::connect(&server).await;
    end(server).await;
    let heard = tokio::time::timeout(DEADLINE, heard).await.expect("the poll ends").expect("with an answer");
    assert_eq!(heard.0, "serverDraining");
}

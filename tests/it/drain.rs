//! Drain: out of service without a call noticing, and back.

use crate::process::{Running, until};
use crate::support::{Client, DEADLINE, TestServer, raw};
use colloquy::config::Config;
use colloquy::limits::Limit;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::timeout;

const TOKEN: &str = "a long random text";

async fn server(change: impl FnOnce(&mut Config)) -> TestServer {
    TestServer::start_with(|config| {
        config.server.admin_token = TOKEN.to_owned().into();
        change(config);
    })
    .await
}

/// A drain's status after a request that has to succeed.
async fn drain(server: &TestServer, method: Method) -> Value {
    let response = server.admin(method, TOKEN).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-store");
    response.json().await.expect("JSON")
}

async fn ready(server: &TestServer) -> (u16, Value) {
    let response = server.get("/ready").await;
    let status = response.status().as_u16();
    let ready: Value = response.json().await.expect("JSON");
    (status, ready["checks"]["draining"].clone())
}

fn join(user: &str) -> Value {
    json!({ "callId": "c", "userId": user, "rtpCapabilities": {} })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_drains_calls_go_on_and_none_begins() {
    let mut server = server(|config| config.rooms.resume_grace_s = 30).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let outside = Client::connect(&server).await;
    assert_eq!(
        drain(&server, Method::GET).await,
        json!({ "draining": false, "deadline": null, "rooms": 1, "peers": 1 })
    );
    assert_eq!(ready(&server).await, (200, json!({ "ok": true })));

    let status = drain(&server, Method::POST).await;
    let deadline = &status["deadline"];
    assert_eq!(status, json!({ "draining": true, "deadline": deadline, "rooms": 1, "peers": 1 }));
    assert!(deadline.as_str().is_some_and(|text| text.len() == 20 && text.ends_with('Z')), "{deadline}");
    assert_eq!(drain(&server, Method::POST).await, status, "the second changes nothing");
    assert_eq!(drain(&server, Method::GET).await, status);
    assert_eq!(ready(&server).await, (503, json!({ "ok": false })));
    for client in [&anna, &outside] {
        assert_eq!(client.next_event("serverDraining").await, json!({ "deadline": deadline }));
    }

    // Rooms that exist are found and joined, also by who connects only now; others are not made.
    let late = Client::connect(&server).await;
    assert_eq!(late.next_event("serverDraining").await, json!({ "deadline": deadline }));
    let refusal = late.request("createRoom", json!({ "callId": "new" })).await.expect_err("no new rooms");
    assert_eq!(refusal.to_string(), "UNAVAILABLE: the server is draining: it takes no new rooms");
    assert_eq!(late.ok("createRoom", json!({ "callId": "c" })).await["created"], false);
    late.ok("joinRoom", join("late")).await;
    // So are peers that lost their socket.
    anna.kill().await;
    late.next_event("peerReconnecting").await;
    let again = Client::connect(&server).await;
    let mut resume = join("anna");
    resume["resumeToken"] = joined["resumeToken"].clone();
    assert_eq!(again.ok("joinRoom", resume).await["peerId"], joined["peerId"]);

    // It is over with the last room.
    let app = server.take_app();
    let done = tokio::spawn(async move {
        app.drain().done().await;
        app
    });
    again.ok("leaveRoom", Value::Null).await;
    assert_eq!(drain(&server, Method::GET).await["peers"], 1);
    assert!(!done.is_finished(), "somebody is left");
    late.ok("leaveRoom", Value::Null).await;
    let app = timeout(DEADLINE, done).await.expect("ends in time").expect("no fault");
    assert_eq!(app.drain().status().rooms, 0);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn called_off_everything_is_as_before() {
    let server = server(|config| config.server.drain_deadline_s = 1).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    assert_eq!(drain(&server, Method::DELETE).await["draining"], false, "nothing to call off");
    drain(&server, Method::POST).await;
    let status = drain(&server, Method::DELETE).await;
    assert_eq!(status, json!({ "draining": false, "deadline": null, "rooms": 1, "peers": 1 }));
    assert_eq!(ready(&server).await, (200, json!({ "ok": true })));
    let ben = Client::connect(&server).await;
    assert_eq!(ben.ok("createRoom", json!({ "callId": "new" })).await["created"], true);
    assert_eq!(ben.event_names(), [""; 0]);
    // The next one has a deadline of its own, and clients hear of it again.
    let second = drain(&server, Method::POST).await;
    assert_eq!(ben.next_event("serverDraining").await["deadline"], second["deadline"]);
    drain(&server, Method::DELETE).await;
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_that_was_called_off_is_never_done_and_one_that_goes_on_is_by_its_deadline() {
    let mut server = server(|config| config.server.drain_deadline_s = 1).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let app = server.take_app();
    app.drain().start();
    app.drain().cancel();
    timeout(Duration::from_millis(1500), app.drain().done()).await.expect_err("called off");
    app.drain().start();
    let started = Instant::now();
    timeout(DEADLINE, app.drain().done()).await.expect("done by the deadline");
    let waited = started.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_secs(3)).contains(&waited), "{waited:?}");
    assert_eq!(app.drain().status().peers, 1);
    app.shutdown().await;
    assert_eq!(anna.next_event("roomClosed").await["reason"], "server_shutdown");
}

/// The problem that a refusal tells.
async fn problem(response: Response) -> (u16, Value, HeaderMap) {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    assert_eq!(headers["content-type"], "application/problem+json");
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!((&problem["type"], &problem["status"]), (&json!("about:blank"), &json!(status)));
    (status, problem, headers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_has_the_token_may_and_guessing_is_slow() {
    let server = server(|config| config.server.admin_attempts_per_minute = 3).await;
    let url = format!("{}/admin/drain", server.url());
    let http = reqwest::Client::new();
    let (status, bare, headers) = problem(http.post(&url).send().await.expect("an answer")).await;
    assert_eq!(
        (status, &bare["code"], &headers["www-authenticate"]),
        (401, &json!("UNAUTHENTICATED"), &"Bearer".parse().expect("ASCII"))
    );
    for _ in 0..3 {
        let (status, wrong, _) = problem(server.admin(Method::POST, "wrong").await).await;
        assert_eq!((status, &wrong["code"]), (401, &json!("UNAUTHENTICATED")));
    }
    for token in ["wrong", TOKEN] {
        let (status, limited, headers) = problem(server.admin(Method::POST, token).await).await;
        assert_eq!((status, &limited["code"]), (429, &json!("RATE_LIMITED")));
        assert!(limited["retryAfterMs"].as_u64().is_some_and(|wait| wait <= 20_001), "{limited}");
        assert!(headers["retry-after"].to_str().is_ok_and(|seconds| seconds.parse::<u64>().is_ok_and(|s| s <= 21)));
    }
    assert_eq!(server.refusals(Limit::AdminAttempts).await, 2.0);
    assert_eq!(ready(&server).await.0, 200, "nobody drained it");
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_it_is_closed_and_says_what_opens_it() {
    let server = TestServer::start().await;
    for token in ["", "anything"] {
        let (status, closed, _) = problem(server.admin(Method::POST, token).await).await;
        assert_eq!((status, &closed["code"]), (403, &json!("FORBIDDEN")));
        assert!(closed["detail"].as_str().is_some_and(|detail| detail.contains("server.admin_token")), "{closed}");
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_a_problem_too_and_no_page_of_another_origin_may_ask() {
    let server = server(|_| {}).await;
    assert_eq!(problem(server.admin(Method::PUT, TOKEN).await).await.0, 405);
    let http = reqwest::Client::new();
    let other = http.get(format!("{}/admin/other", server.url())).bearer_auth(TOKEN).send().await;
    assert_eq!(problem(other.expect("an answer")).await.0, 404);
    let preflight = http.request(Method::OPTIONS, format!("{}/admin/drain", server.url()));
    let preflight = preflight.header("Origin", "https://a.example").header("Access-Control-Request-Method", "POST");
    for request in [preflight, http.get(format!("{}/admin/drain", server.url())).header("Origin", "https://a.example")]
    {
        let response = request.send().await.expect("an answer");
        assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    server.finish().await;
}

/// A socket in a room of the program.
async fn in_a_room(program: &Running) -> raw::Stream {
    let mut socket = raw::handshake_with_little_room(&program.url).await;
    let join = r#"421["joinRoom",{"callId":"c","userId":"anna","rtpCapabilities":{}}]"#;
    for (send, answer) in [("40", "40{"), (r#"420["createRoom",{"callId":"c"}]"#, "430["), (join, "431[")] {
        raw::send(&mut socket, send).await;
        assert!(raw::text(&mut socket).await.starts_with(answer), "{send}");
    }
    socket
}

async fn hears(socket: &mut raw::Stream, event: &str) {
    let heard = timeout(DEADLINE, raw::text(socket)).await.expect("heard in time");
    assert!(heard.starts_with(&format!("42[\"{event}\"")), "{heard}");
}

const AT_ONCE: [(&str, &str); 1] = [("COLLOQUY_ROOMS__EMPTY_CLOSE_S", "1")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_signals_it_drains_is_called_off_and_ends_with_the_last_room() {
    let mut program = Running::start(&AT_ONCE).await;
    let mut socket = in_a_room(&program).await;
    program.signal("USR1");
    hears(&mut socket, "serverDraining").await;
    assert_eq!(program.ready().await, 503);
    program.signal("USR2");
    until(async || program.ready().await == 200).await;
    program.signal("USR1");
    hears(&mut socket, "serverDraining").await;
    raw::send(&mut socket, r#"422["leaveRoom",null]"#).await;
    assert_eq!(program.ended().await.code(), Some(0));
    let log = program.log().await;
    assert!(log.contains("no room is left") && log.trim_end().ends_with("bye"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_ends_by_its_deadline_whoever_is_left() {
    let mut program = Running::start(&[("COLLOQUY_SERVER__DRAIN_DEADLINE_S", "1")]).await;
    let mut socket = in_a_room(&program).await;
    program.signal("USR1");
    for event in ["serverDraining", "serverDraining", "roomClosed"] {
        hears(&mut socket, event).await;
    }
    assert_eq!(program.ended().await.code(), Some(0));
    assert!(program.log().await.contains("the time to drain is over: 1 rooms, 1 peers"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_does_not_wait_for_a_drain() {
    let mut program = Running::start(&[]).await;
    let mut socket = in_a_room(&program).await;
    program.signal("USR1");
    hears(&mut socket, "serverDraining").await;
    let started = Instant::now();
    program.signal("TERM");
    for event in ["serverDraining", "roomClosed"] {
        hears(&mut socket, event).await;
    }
    assert_eq!(program.ended().await.code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

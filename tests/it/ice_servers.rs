//! What clients are told to find a path through: in signaling's answers and over HTTP.

use crate::support::{Client, TestServer, fixtures};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use colloquy::config::{Config, IceServer};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use sha1::Sha1;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECRET: &str = "a secret of two servers";
const TTL: u64 = 3600;

fn with_both_kinds(config: &mut Config) {
    config.rtc.ice_servers = vec![IceServer {
        urls: vec!["stun:stun.example".into()],
        username: String::new(),
        credential: String::new().into(),
    }];
    config.turn.urls = vec!["turn:turn.example".into(), "turn:turn.example?transport=tcp".into()];
    config.turn.secret = SECRET.to_owned().into();
    config.turn.ttl_s = TTL;
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// Checks a list with both kinds as a TURN server would; gives the name that it was made for.
fn name_in(servers: &Value) -> String {
    assert_eq!(servers[0], json!({ "urls": ["stun:stun.example"] }));
    assert_eq!(servers[1]["urls"], json!(["turn:turn.example", "turn:turn.example?transport=tcp"]));
    assert_eq!(servers.as_array().map(Vec::len), Some(2), "{servers}");
    let (username, credential) = (fixtures::text(&servers[1], "username"), fixtures::text(&servers[1], "credential"));
    let hash = STANDARD.decode(credential).expect("Base64");
    let own = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).expect("a key").chain_update(&username);
    own.verify_slice(&hash).expect("made with the secret");
    let (expiry, name) = username.split_once(':').expect("an expiry and a name");
    let left = expiry.parse::<u64>().expect("a number") - seconds();
    assert!((TTL - 60..=TTL).contains(&left), "{left}");
    name.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_get_credentials_of_their_own() {
    let server = TestServer::start_with(with_both_kinds).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let (ben, bens) = Client::joined(&server, "c", "ben").await;
    let peer = fixtures::text(&joined, "peerId");
    assert_eq!(name_in(&joined["iceServers"]), peer, "the user's name is nobody's affair");
    assert_eq!(name_in(&bens["iceServers"]), fixtures::text(&bens, "peerId"));
    let transport = anna.ok("createTransport", json!({ "direction": "send" })).await;
    assert_eq!(name_in(&transport["iceServers"]), peer);
    let restarted = anna.ok("restartIce", json!({ "transportId": transport["id"] })).await;
    assert_eq!(name_in(&restarted["iceServers"]), peer);
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_comes_back_gets_new_ones() {
    let server = TestServer::start_with(|config| {
        with_both_kinds(config);
        config.rooms.resume_grace_s = 60;
    })
    .await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    drop(anna);
    let again = Client::connect(&server).await;
    let request = json!({
        "callId": "c", "userId": "anna", "rtpCapabilities": {}, "resumeToken": joined["resumeToken"],
    });
    let resumed = again.ok("joinRoom", request).await;
    assert_eq!(
        (&resumed["resumed"], name_in(&resumed["iceServers"])),
        (&json!(true), fixtures::text(&joined, "peerId"))
    );
    again.ok("leaveRoom", Value::Null).await;
    drop(again);
    server.finish().await;
}

async fn ask(server: &TestServer) -> (u16, HeaderMap, Value) {
    let response = server.get("/ice-servers").await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.json().await.expect("JSON"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_everybody_gets_credentials_of_another_name() {
    let server = TestServer::start_with(with_both_kinds).await;
    let mut names = Vec::new();
    for _ in 0..2 {
        let (status, headers, body) = ask(&server).await;
        assert_eq!(
            (status, &headers["cache-control"], &headers["content-type"]),
            (200, &"no-store".parse().expect("ASCII"), &"application/json".parse().expect("ASCII"))
        );
        assert_eq!(body["data"]["ttlSeconds"], TTL);
        names.push(name_in(&body["data"]["iceServers"]));
    }
    assert_ne!(names[0], names[1]);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let server = TestServer::start_with(|config| config.turn.requests_per_minute = 2).await;
    let answers = [ask(&server).await, ask(&server).await, ask(&server).await];
    assert_eq!(answers.each_ref().map(|(status, ..)| *status), [200, 200, 429]);
    let (_, headers, problem) = &answers[2];
    assert_eq!(
        (&headers["cache-control"], &headers["content-type"]),
        (&"no-store".parse().expect("ASCII"), &"application/problem+json".parse().expect("ASCII"))
    );
    assert_eq!((&problem["code"], &problem["status"]), (&json!("RATE_LIMITED"), &json!(429)));
    let wait = Duration::from_millis(problem["retryAfterMs"].as_u64().expect("a number"));
    assert!(wait <= Duration::from_secs(31), "{wait:?}");
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_servers_or_with_static_ones_everybody_is_told_the_same() {
    let server = TestServer::start().await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    assert_eq!(joined["iceServers"], json!([]));
    assert_eq!(ask(&server).await.2, json!({ "data": { "iceServers": [], "ttlSeconds": null } }));
    drop(anna);
    server.finish().await;

    let server = TestServer::start_with(|config| {
        with_both_kinds(config);
        config.turn.urls.clear();
    })
    .await;
    let stun = json!([{ "urls": ["stun:stun.example"] }]);
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    assert_eq!(joined["iceServers"], stun);
    let transport = anna.ok("createTransport", json!({ "direction": "send" })).await;
    assert_eq!(transport["iceServers"], stun);
    assert_eq!(ask(&server).await.2, json!({ "data": { "iceServers": stun, "ttlSeconds": null } }));
    drop(anna);
    server.finish().await;
}

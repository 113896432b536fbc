//! Probes, metrics, headers and the page.

use crate::support::redact::shape;
use crate::support::scene::Scene;
use crate::support::{Client, TestServer};
use insta::assert_snapshot;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| value.to_str().expect("ASCII").to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_says_that_the_process_is_alive() {
    let server = TestServer::start().await;
    let response = server.get("/health").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(response.headers(), "content-type").as_deref(), Some("application/json"));
    let health: Value = response.json().await.expect("JSON");
    assert_snapshot!(shape(&health), @r#"{"service":"string","status":"string","timestamp":"string","uptimeSeconds":"number","version":"string"}"#);
    assert_eq!((&health["status"], &health["service"]), (&json!("healthy"), &json!("webrtc")));
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    let timestamp = health["timestamp"].as_str().expect("a text");
    assert!(timestamp.len() == 24 && timestamp.ends_with('Z') && &timestamp[10..11] == "T", "{timestamp}");
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ready_lists_its_checks() {
    let server = TestServer::start().await;
    let response = server.get("/ready").await;
    assert_eq!(response.status(), StatusCode::OK);
    let ready: Value = response.json().await.expect("JSON");
    assert_snapshot!(ready, @r#"{"checks":{"database":{"dropped":0,"ok":true,"queued":0},"draining":{"ok":true},"workers":{"alive":2,"configured":2,"givenUp":0,"ok":true}},"ready":true}"#);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stats_count_what_there_is() {
    let scene = Scene::set().await;
    let stats = scene.server.stats().await;
    assert_snapshot!(shape(&stats), @r#"{"consumers":"number","dataConsumers":"number","dataProducers":"number","peers":"number","producers":"number","recordings":"number","rooms":"number","transports":"number","workers":"number","workersDetail":[{"consumers":"number","cpuPercent":"number","dataConsumers":"number","dataProducers":"number","id":"number","pid":"number","producers":"number","restarts":"number","routers":"number","rssBytes":"number","state":"string","transports":"number","uptimeSeconds":"number"}]}"#);
    let of = |field: &str| stats[field].as_u64().expect("a plain integer");
    assert_eq!(["rooms", "peers", "workers", "transports", "producers", "consumers"].map(of), [1, 2, 2, 4, 2, 1]);
    let workers = stats["workersDetail"].as_array().expect("a list");
    assert_eq!(workers.iter().map(|worker| &worker["id"]).collect::<Vec<_>>(), [0, 1]);
    let sum = |field: &str| workers.iter().map(|worker| worker[field].as_u64().expect("an integer")).sum::<u64>();
    assert_eq!(["routers", "transports", "producers", "consumers"].map(sum), [1, 4, 2, 1]);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_count_what_there_is_and_what_was_asked() {
    let scene = Scene::set().await;
    let server = &scene.server;
    scene.anna.refused("closeProducer", json!({ "producerId": "x" })).await;
    scene.anna.refused("whatever", json!({})).await;
    scene.anna.refused("createRoom", json!({})).await;
    let response = server.get("/metrics").await;
    assert_eq!(header(response.headers(), "content-type").as_deref(), Some("text/plain; version=0.0.4; charset=utf-8"));
    let expected = [
        ("colloquy_rooms", 1.0),
        ("colloquy_peers", 2.0),
        ("colloquy_transports", 4.0),
        ("colloquy_producers", 2.0),
        ("colloquy_consumers", 1.0),
        ("colloquy_workers", 2.0),
        ("colloquy_workers_given_up", 0.0),
        (r#"colloquy_worker_restarts_total{worker="1"}"#, 0.0),
        ("colloquy_connections", 2.0),
        ("colloquy_joins_total", 2.0),
        (r#"colloquy_requests_total{code="OK",event="joinRoom"}"#, 2.0),
        (r#"colloquy_requests_total{code="PRODUCER_NOT_FOUND",event="closeProducer"}"#, 1.0),
        (r#"colloquy_requests_total{code="UNSUPPORTED",event="unknown"}"#, 1.0),
        (r#"colloquy_request_duration_seconds_count{event="joinRoom"}"#, 2.0),
    ];
    for (name, value) in expected {
        assert_eq!(server.metric(name).await, value, "{name}");
    }
    let load = [0, 1].map(|worker| format!("colloquy_worker_load{{worker=\"{worker}\"}}"));
    let load = [server.metric(&load[0]).await, server.metric(&load[1]).await];
    assert_eq!((load[0].min(load[1]), load[0].max(load[1])), (0.0, 10.0 + 2.0 * 5.0 + 4.0 + 1.0));
    let text = response.text().await.expect("text");
    for line in text.lines() {
        assert!(line.starts_with("# HELP ") || line.starts_with("# TYPE ") || line.starts_with("colloquy_"), "{line}");
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_tells_browsers_what_not_to_do_with_it() {
    let server = TestServer::start().await;
    for path in ["/", "/health", "/stats", "/metrics", "/nothing", "/socket.io/?EIO=4&transport=polling"] {
        let response = server.get(path).await;
        let headers = response.headers();
        assert_eq!(header(headers, "x-content-type-options").as_deref(), Some("nosniff"), "{path}");
        assert_eq!(header(headers, "referrer-policy").as_deref(), Some("no-referrer"), "{path}");
        assert_eq!(header(headers, "cross-origin-resource-policy").as_deref(), Some("same-origin"), "{path}");
        let rights = header(headers, "permissions-policy").unwrap_or_default();
        assert!(rights.contains("camera=(self)"), "{path}: {rights}");
        let policy = header(headers, "content-security-policy").unwrap_or_default();
        let strict = if path == "/" { "default-src 'self'" } else { "default-src 'none'" };
        assert!(policy.starts_with(strict), "{path}: {policy}");
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_at_the_root() {
    let server = TestServer::start().await;
    for path in ["/", "/index.html", "/?room=c"] {
        let response = server.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let kind = header(response.headers(), "content-type").unwrap_or_default();
        assert!(kind.starts_with("text/html"), "{path}: {kind}");
        let page = response.text().await.expect("text");
        assert!(page.to_lowercase().starts_with("<!doctype html>") && page.contains("colloquy"), "{path}: {page}");
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_not_found() {
    let server = TestServer::start().await;
    for path in ["/nothing", "/health/", "/stats/rooms/c/d", "/assets/", "/../Cargo.toml", "/%2e%2e/Cargo.toml"] {
        assert_eq!(server.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let http = reqwest::Client::new();
    for path in ["/", "/health", "/nothing"] {
        let response = http.post(format!("{}{path}", server.url())).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    server.finish().await;
}

/// A request from a page of that origin.
async fn from_origin(server: &TestServer, path: &str, origin: &str) -> reqwest::Response {
    let request = reqwest::Client::new().get(format!("{}{path}", server.url()));
    request.header("Origin", origin).send().await.expect("an answer")
}

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_listed_origins_may_call_and_others_may_not() {
    let listed = ["https://app.example", "http://localhost:5173"];
    let server = TestServer::start_with(|config| config.server.cors_origins = listed.map(Into::into).into()).await;
    let own = server.url().to_owned();
    for origin in listed.into_iter().chain([&*own]) {
        for path in ["/health", POLLING] {
            let response = from_origin(&server, path, origin).await;
            assert_eq!(response.status(), StatusCode::OK, "{origin} {path}");
            let allowed = header(response.headers(), "access-control-allow-origin");
            assert_eq!(allowed.as_deref(), Some(origin), "{path}");
        }
        assert_eq!(websocket(&server, origin).await, StatusCode::SWITCHING_PROTOCOLS, "{origin}");
    }
    let foreign =
        ["https://evil.example", "https://app.example.evil", "https://app.example:444", "http://app.example", "null"];
    for origin in foreign {
        let response = from_origin(&server, "/health", origin).await;
        assert_eq!(header(response.headers(), "access-control-allow-origin"), None, "{origin}");
        let response = from_origin(&server, POLLING, origin).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{origin}");
        assert_eq!(websocket(&server, origin).await, StatusCode::FORBIDDEN, "{origin}");
    }
    // Who is no page has no origin.
    drop(Client::connect(&server).await);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preflight_is_answered_for_listed_origins_only() {
    let server = TestServer::start_with(|config| config.server.cors_origins = vec!["https://app.example".into()]).await;
    for (origin, allowed) in [("https://app.example", Some("https://app.example")), ("https://evil.example", None)] {
        for path in ["/health", "/socket.io/"] {
            let request = reqwest::Client::new().request(reqwest::Method::OPTIONS, format!("{}{path}", server.url()));
            let request = request.header("Origin", origin).header("Access-Control-Request-Method", "POST");
            let response =
                request.header("Access-Control-Request-Headers", "content-type").send().await.expect("answers");
            assert_eq!(header(response.headers(), "access-control-allow-origin").as_deref(), allowed, "{path}");
        }
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_development_any_page_may_call_and_in_production_only_our_own() {
    let origin = "https://anywhere.example";
    let development = TestServer::start().await;
    assert_eq!(from_origin(&development, POLLING, origin).await.status(), StatusCode::OK);
    assert_eq!(websocket(&development, origin).await, StatusCode::SWITCHING_PROTOCOLS);
    development.finish().await;
    let production =
        TestServer::start_with(|config| config.server.environment = colloquy::config::Environment::Production).await;
    assert_eq!(from_origin(&production, POLLING, origin).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(websocket(&production, origin).await, StatusCode::FORBIDDEN);
    let own = production.url().to_owned();
    assert_eq!(websocket(&production, &own).await, StatusCode::SWITCHING_PROTOCOLS);
    production.finish().await;
}

/// The status of a WebSocket handshake from a page of that origin.
async fn websocket(server: &TestServer, origin: &str) -> StatusCode {
    use tokio_tungstenite::tungstenite::Error;
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
    let url = format!("{}/socket.io/?EIO=4&transport=websocket", server.url().replace("http://", "ws://"));
    let mut request = url.into_client_request().expect("a request");
    request.headers_mut().insert("Origin", HeaderValue::from_str(origin).expect("ASCII"));
    match tokio_tungstenite::connect_async(request).await {
        Ok((_, response)) => response.status(),
        Err(Error::Http(response)) => response.status(),
        Err(error) => panic!("{origin}: {error}"),
    }
}

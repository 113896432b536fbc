//! Who gets in: over HTTP and over Socket.IO.

use crate::support::{Client, TestServer};
use colloquy::config::{Config, Switch};
use reqwest::StatusCode;
use serde_json::Value;

fn required(config: &mut Config) {
    config.auth.required = Switch::On;
}

async fn refusal(response: reqwest::Response) -> (StatusCode, Value) {
    let status = response.status();
    let problem: Value = response.json().await.expect("a problem");
    (status, problem["code"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_token_is_needed_probes_stay_open() {
    let server = TestServer::start_with(required).await;
    for path in ["/health", "/ready", "/stats", "/metrics"] {
        assert_eq!(server.get(path).await.status(), StatusCode::OK, "{path}");
    }
    for path in ["/ice-servers", "/stats/rooms/c"] {
        let response = server.get(path).await;
        assert!(response.headers().contains_key("www-authenticate"), "{path}");
        assert_eq!(refusal(response).await, (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED".into()), "{path}");
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_none_is_needed_a_bad_one_is_still_refused() {
    let server = TestServer::start().await;
    assert_eq!(server.get("/ice-servers").await.status(), StatusCode::OK);
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    assert_eq!(server.get("/stats/rooms/c").await.status(), StatusCode::OK);
    for authorization in ["Bearer x", "Basic x", "Digest x", "Bearer", ""] {
        let request = reqwest::Client::new().get(format!("{}/stats/rooms/c", server.url()));
        let response = request.header("authorization", authorization).send().await.expect("an answer");
        let refused = (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED".into());
        assert_eq!(refusal(response).await, refused, "{authorization:?}");
    }
    drop(anna);
    server.finish().await;
}

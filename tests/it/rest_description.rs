//! `/openapi.json` describes the HTTP interface as it is, and `/docs` shows it.

use crate::support::TestServer;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;

async fn description(server: &TestServer) -> Value {
    let answer = server.get("/openapi.json").await;
    assert_eq!(answer.headers()["content-type"], "application/json");
    answer.json().await.expect("JSON")
}

/// Every operation: path, method, what is said of it.
fn operations(api: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = api["paths"].as_object().expect("an object").iter();
    paths
        .flat_map(|(path, item)| {
            item.as_object().expect("an object").iter().map(move |(method, operation)| (&**path, &**method, operation))
        })
        .collect()
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

async fn ask(server: &TestServer, method: &str, path: &str) -> reqwest::Response {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
    let request = reqwest::Client::new().request(method, format!("{}{path}", server.url()));
    request.send().await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_described_is_there() {
    let server = TestServer::start_with(|config| config.server.admin_token = "right".to_owned().into()).await;
    let api = description(&server).await;
    assert_eq!(api["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut references_found = Vec::new();
    references(&api, &mut references_found);
    assert!(!references_found.is_empty());
    for reference in references_found {
        let pointer = reference.strip_prefix('#').expect("of this document");
        assert!(api.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let operations = operations(&api);
    for path in ["/health", "/ready", "/stats", "/stats/rooms/{callId}", "/metrics", "/ice-servers", "/admin/drain"] {
        assert!(operations.iter().any(|(described, ..)| *described == path), "{path} is not described");
    }
    let tags: Vec<_> = api["tags"].as_array().expect("a list").iter().map(|tag| &tag["name"]).collect();
    let mut ids: Vec<_> = operations.iter().map(|(.., operation)| operation["operationId"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), operations.len(), "an operationId twice: {ids:?}");
    for (path, method, operation) in operations {
        let name = format!("{method} {path}");
        assert!(operation["summary"].is_string(), "{name} says nothing");
        assert!(tags.contains(&&operation["tags"][0]), "{name} has a tag that is not explained");
        let status = ask(&server, method, &path.replace(['{', '}'], "")).await.status();
        assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{name}");
        let responses = operation["responses"].as_object().expect("an object");
        assert!(responses.contains_key(status.as_str()), "{name} answers {status}, which is not described");
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_about_it_loads_only_what_is_ours() {
    let server = TestServer::start().await;
    let page = server.get("/docs").await;
    let policy = page.headers()["content-security-policy"].to_str().expect("ASCII").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    let html = page.text().await.expect("text");
    assert!(!html.contains("://") && !html.contains("style=") && !html.contains("onclick"), "{html}");
    for (path, kind) in
        [("/docs/page.css", "text/css; charset=utf-8"), ("/docs/page.js", "text/javascript; charset=utf-8")]
    {
        assert!(html.contains(path));
        assert_eq!(server.get(path).await.headers()["content-type"], kind);
    }
    server.finish().await;
}

fn problem_of(headers: &HeaderMap) -> bool {
    headers.get("content-type").is_some_and(|kind| kind == "application/problem+json")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_there_is_not_is_a_problem_and_a_wrong_method_is_told_the_right_ones() {
    let server = TestServer::start_with(|config| config.server.admin_token = "right".to_owned().into()).await;
    for (method, path, allow) in [
        ("POST", "/health", "GET,HEAD"),
        ("DELETE", "/stats/rooms/c", "GET,HEAD"),
        ("PUT", "/openapi.json", "GET,HEAD"),
        ("POST", "/docs", "GET,HEAD"),
        ("POST", "/", "GET,HEAD"),
        ("PUT", "/nothing", "GET,HEAD"),
    ] {
        let answer = ask(&server, method, path).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.headers()["allow"], allow, "{method} {path}");
        assert!(problem_of(answer.headers()), "{method} {path}");
        let problem: Value = answer.json().await.expect("JSON");
        assert_eq!((&problem["status"], &problem["code"]), (&405.into(), &"INVALID_REQUEST".into()));
    }
    let admin = reqwest::Client::new().put(format!("{}/admin/drain", server.url())).bearer_auth("right");
    let admin = admin.send().await.expect("an answer");
    assert_eq!(
        (admin.status().as_u16(), &admin.headers()["allow"]),
        (405, &"GET,HEAD,POST,DELETE".parse().expect("ASCII"))
    );
    let answer = server.get("/nothing").await;
    assert!(answer.status() == StatusCode::NOT_FOUND && problem_of(answer.headers()));
    let head = ask(&server, "HEAD", "/health").await;
    assert_eq!((head.status(), head.content_length()), (StatusCode::OK, Some(0)));
    server.finish().await;
}

//! Who gets in: over HTTP and over Socket.IO.

use crate::support::auth::{self, KEY};
use crate::support::polling::Poller;
use crate::support::{Client, DEADLINE, TestServer};
use colloquy::config::{Config, Issuer, RoleName, Switch};
use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = response.json().await.expect("a problem");
    (status, problem["code"].as_str().expect("a code").to_owned())
}

fn unauthenticated() -> (u16, String) {
    (401, "UNAUTHENTICATED".to_owned())
}

async fn get(server: &TestServer, path: &str, authorization: &str) -> Response {
    let request = reqwest::Client::new().get(format!("{}{path}", server.url())).timeout(DEADLINE);
    request.header(AUTHORIZATION, authorization).send().await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_token_is_needed_probes_stay_open() {
    let server = TestServer::start_with(|config| config.auth.required = Switch::On).await;
    for path in ["/health", "/ready", "/stats", "/metrics", "/.well-known/jwks.json"] {
        assert_eq!(server.get(path).await.status(), StatusCode::OK, "{path}");
    }
    for path in ["/ice-servers", "/stats/rooms/c"] {
        let response = server.get(path).await;
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer", "{path}");
        assert_eq!(refusal(response).await, unauthenticated(), "{path}");
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
        let response = get(&server, "/stats/rooms/c", authorization).await;
        assert_eq!(refusal(response).await, unauthenticated(), "{authorization:?}");
    }
    let refused = Client::try_connect_as(&server, &json!({ "token": "x" })).await.err().expect("refused");
    assert_eq!(refused, json!({ "message": "UNAUTHENTICATED: the token is not valid" }));
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_what_it_is_for() {
    let server = TestServer::start_with(auth::secure).await;
    let anna = auth::token_for(&server, "anna", "c", "participant").await;
    let client = Client::connect_as(&server, &anna).await;
    client.create_and_join("c", "anna").await;
    let bearer = format!("Bearer {anna}");
    assert_eq!(get(&server, "/ice-servers", &bearer).await.status(), StatusCode::OK);
    assert_eq!(get(&server, "/stats/rooms/c", &bearer).await.status(), StatusCode::OK);
    let elsewhere = get(&server, "/stats/rooms/d", &bearer).await;
    assert_eq!(refusal(elsewhere).await, (403, "FORBIDDEN".to_owned()));
    let blind = json!({ "sub": "ben", "callId": "c", "permissions": ["subscribe"] });
    let blind = format!("Bearer {}", auth::token(&server, blind).await);
    assert_eq!(refusal(get(&server, "/stats/rooms/c", &blind).await).await, (403, "FORBIDDEN".to_owned()));
    // A key sees everything, and two headers nothing.
    let basic = reqwest::Client::new().get(format!("{}/stats/rooms/c", server.url())).basic_auth(KEY.0, Some(KEY.1));
    assert_eq!(basic.try_clone().expect("a copy").send().await.expect("an answer").status(), StatusCode::OK);
    let both = basic.header(AUTHORIZATION, bearer).send().await.expect("an answer");
    assert_eq!(refusal(both).await, unauthenticated());
    drop(client);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_may_show_its_token_in_three_ways_and_over_both_transports() {
    let server = TestServer::start_with(auth::secure).await;
    let token = auth::token_for(&server, "anna", "c", "participant").await;
    let bearer = format!("Bearer {token}");
    let clients = [
        Client::try_connect_as(&server, &json!({ "token": token })).await,
        Client::try_connect_with(&server, &[("authorization", &bearer)]).await,
        Client::try_connect_by(&server, &format!("&token={token}")).await,
    ];
    for (way, client) in clients.into_iter().enumerate() {
        let client = client.unwrap_or_else(|refusal| panic!("{way}: {refusal}"));
        client.create("c").await;
    }
    let (mut poller, connect) = Poller::knock(&server, &format!("40{}", json!({ "token": token }))).await;
    assert!(connect.starts_with("40{"), "{connect}");
    poller.ok(1, "createRoom", json!({ "callId": "c" })).await;
    poller.post("1").await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_of_the_connect_packet_counts_before_those_of_the_handshake() {
    let server = TestServer::start_with(auth::secure).await;
    let token = auth::token_for(&server, "anna", "c", "participant").await;
    let shown_twice = Client::try_connect_by(&server, "&token=bad").await.err().expect("refused");
    assert_eq!(shown_twice, json!({ "message": "UNAUTHENTICATED: the token is not valid" }));
    let basic = [("authorization", "Basic eDp5")];
    let proxied = Client::try_connect_with(&server, &basic).await.err().expect("refused");
    assert_eq!(proxied, json!({ "message": "UNAUTHENTICATED: a token is needed" }), "a proxy's, not ours");
    for auth in [json!({ "token": 7 }), json!({ "token": { "a": 1 } }), json!({ "token": "" }), json!({})] {
        assert!(Client::try_connect_as(&server, &auth).await.is_err(), "{auth}");
    }
    drop(Client::connect_as(&server, &token).await);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_refused_takes_no_place() {
    let one_place = |config: &mut Config| {
        auth::secure(config);
        config.server.max_connections = 1;
    };
    let server = TestServer::start_with(one_place).await;
    let token = auth::token_for(&server, "anna", "c", "participant").await;
    for _ in 0..5 {
        let refused = Client::try_connect(&server).await.err().expect("refused");
        assert_eq!(refused, json!({ "message": "UNAUTHENTICATED: a token is needed" }));
        let (_, connect) = Poller::knock(&server, "40").await;
        assert_eq!(connect, r#"44{"message":"UNAUTHENTICATED: a token is needed"}"#);
    }
    assert_eq!(server.metric("colloquy_connections").await, 0.0);
    drop(Client::connect_as(&server, &token).await);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_has_tokens_made() {
    let server = TestServer::start_with(auth::secure).await;
    let body = json!({
        "sub": "anna", "name": "Anna", "callId": "team-*", "role": "host", "permissions": ["kick"],
        "expiresInSeconds": 60, "notBefore": "2020-01-01T00:00:00Z",
    });
    let response = auth::ask(&server, Method::POST, "/auth/token", &body).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()[CACHE_CONTROL]),
        (201, &HeaderValue::from_static("no-store"))
    );
    let answer: Value = response.json().await.expect("JSON");
    let data = &answer["data"];
    assert_eq!(data["tokenType"], "Bearer");
    let token = data["token"].as_str().expect("a token");
    // As any library reads it, with nothing but the published key.
    let jwks: jsonwebtoken::jwk::JwkSet = server.get("/.well-known/jwks.json").await.json().await.expect("a key set");
    let header = jsonwebtoken::decode_header(token).expect("a token");
    let key = jwks.find(header.kid.as_deref().expect("a kid")).expect("is published");
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(&["colloquy"]);
    let key = jsonwebtoken::DecodingKey::from_jwk(key).expect("a key");
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).expect("good").claims;
    assert_eq!(claims["jti"], data["tokenId"]);
    for (name, value) in [
        ("sub", json!("anna")),
        ("name", json!("Anna")),
        ("callId", json!("team-*")),
        ("role", json!("host")),
        ("permissions", json!(["kick"])),
        ("iss", json!("colloquy")),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    let exp = claims["exp"].as_u64().expect("a number");
    let expires_at = humantime::parse_rfc3339_weak(data["expiresAt"].as_str().expect("text")).expect("a date");
    assert_eq!(expires_at.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs(), exp);
    assert_eq!(exp - claims["iat"].as_u64().expect("a number"), 60);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_token_is_refused_by_name() {
    let server = TestServer::start_with(auth::secure).await;
    let ask = async |body: Value| {
        let response = auth::ask(&server, Method::POST, "/auth/token", &body).await;
        let status = response.status().as_u16();
        let problem: Value = response.json().await.expect("JSON");
        (status, problem["detail"].as_str().unwrap_or_default().to_owned())
    };
    let wrong = [
        (json!({}), "missing field `sub`"),
        (json!({ "sub": "a" }), "missing field `callId`"),
        (json!({ "sub": "", "callId": "c" }), "sub: expected a string of 1 to 128 characters"),
        (json!({ "sub": "a", "callId": "c", "role": "king" }), "role: unknown variant `king`"),
        (json!({ "sub": "a", "callId": "c", "permissions": ["fly"] }), "permissions[0]: unknown variant `fly`"),
        (json!({ "sub": "a", "callId": "c", "ttl": 60 }), "ttl: unknown field `ttl`"),
        (json!({ "sub": "a", "callId": "c", "expiresInSeconds": 0 }), "expiresInSeconds: expected an integer from 1"),
        (json!({ "sub": "a", "callId": "c", "expiresInSeconds": 1.5 }), "expiresInSeconds: "),
        (json!({ "sub": "a", "callId": "c", "notBefore": "tomorrow" }), "notBefore: "),
        (json!([]), "expected "),
    ];
    for (body, reason) in wrong {
        let (status, detail) = ask(body.clone()).await;
        assert!(status == 400 && detail.contains(reason), "{body}: {status} {detail}");
    }
    let (status, detail) = ask(json!({ "sub": "a", "callId": "c", "expiresInSeconds": 604_801 })).await;
    assert!(status == 422 && detail.contains("auth.max_token_ttl_s"), "{status} {detail}");
    let (status, _) = ask(json!({ "sub": "a", "callId": "c", "name": "x".repeat(70_000) })).await;
    assert_eq!(status, 413);
    assert_eq!(auth::ask(&server, Method::GET, "/auth/token", &json!({})).await.status().as_u16(), 405);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_good_key_has_tokens_made_and_within_its_bounds() {
    let three_keys = |config: &mut Config| {
        auth::secure(config);
        let mut revoked = auth::api_key("old", "old");
        revoked.revoked = true;
        let mut lesser = auth::api_key("lesser", "lesser");
        (lesser.calls, lesser.max_role) = ("team-*".to_owned(), RoleName::Participant);
        config.auth.api_keys.extend([revoked, lesser]);
    };
    let server = TestServer::start_with(three_keys).await;
    let body = json!({ "sub": "anna", "callId": "team-a" });
    for key in [("backend", "wrong"), ("nobody", KEY.1), ("old", "old"), ("", "")] {
        let response = auth::ask_as(&server, key, Method::POST, "/auth/token", &body).await;
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Basic realm=\"colloquy\"", "{key:?}");
        assert_eq!(refusal(response).await, unauthenticated(), "{key:?}");
    }
    let token = auth::token(&server, body.clone()).await;
    let post = reqwest::Client::new().post(format!("{}/auth/token", server.url())).json(&body);
    assert_eq!(refusal(post.bearer_auth(token).send().await.expect("an answer")).await, unauthenticated());
    let lesser =
        async |body: Value| auth::ask_as(&server, ("lesser", "lesser"), Method::POST, "/auth/token", &body).await;
    assert_eq!(lesser(body).await.status().as_u16(), 201);
    for beyond in [
        json!({ "sub": "anna", "callId": "standup" }),
        json!({ "sub": "anna", "callId": "*" }),
        json!({ "sub": "anna", "callId": "team-a", "role": "host" }),
        json!({ "sub": "anna", "callId": "team-a", "permissions": ["kick"] }),
    ] {
        assert_eq!(refusal(lesser(beyond.clone()).await).await, (403, "FORBIDDEN".to_owned()), "{beyond}");
    }
    server.finish().await;
}

/// A database that outlives its server.
fn database(name: &str) -> String {
    let file = format!("{}/{name}-{}.db", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    drop(std::fs::remove_file(&file));
    format!("sqlite://{file}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_with_tokens_stands_in_the_database() {
    let url = database("audit");
    let kept = |config: &mut Config| {
        auth::secure(config);
        config.database.url = url.clone().into();
    };
    let server = TestServer::start_with(kept).await;
    let issued = auth::issued(&server, json!({ "sub": "anna", "callId": "c", "role": "host" })).await;
    let id = issued["tokenId"].as_str().expect("text").to_owned();
    let path = format!("/auth/tokens/{id}");
    assert_eq!(auth::ask(&server, Method::DELETE, &path, &json!({})).await.status().as_u16(), 204);
    server.finish().await;
    let again = TestServer::start_with(kept).await;
    let token = issued["token"].as_str().expect("text");
    let refused = Client::try_connect_as(&again, &json!({ "token": token })).await.err().expect("refused");
    assert_eq!(refused, json!({ "message": "UNAUTHENTICATED: the token was revoked" }));
    again.finish().await;
    let pool = sqlx::SqlitePool::connect(&url).await.expect("opens");
    let select = "SELECT action, actor, call_id, target, details FROM audit_log ORDER BY at";
    let lines: Vec<(String, String, Option<String>, String, Value)> =
        sqlx::query_as(select).fetch_all(&pool).await.expect("is there");
    let (made, taken) = (json!({ "userId": "anna", "role": "host" }), json!({}));
    let line = |action: &str, call: Option<&str>, details| {
        (action.to_owned(), KEY.0.to_owned(), call.map(ToOwned::to_owned), id.clone(), details)
    };
    assert_eq!(lines, [line("token.issue", Some("c"), made), line("token.revoke", None, taken)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_opens_nothing_any_more() {
    let server = TestServer::start_with(auth::secure).await;
    let issued = auth::issued(&server, json!({ "sub": "anna", "callId": "c" })).await;
    let (token, id) = (issued["token"].as_str().expect("text"), issued["tokenId"].as_str().expect("text"));
    drop(Client::connect_as(&server, token).await);
    let path = format!("/auth/tokens/{id}");
    let anonymous = reqwest::Client::new().delete(format!("{}{path}", server.url())).send().await.expect("an answer");
    assert_eq!(refusal(anonymous).await, unauthenticated());
    for _again_too in 0..2 {
        assert_eq!(auth::ask(&server, Method::DELETE, &path, &json!({})).await.status().as_u16(), 204);
    }
    let refused = Client::try_connect_as(&server, &json!({ "token": token })).await.err().expect("refused");
    assert_eq!(refused, json!({ "message": "UNAUTHENTICATED: the token was revoked" }));
    let response = get(&server, "/ice-servers", &format!("Bearer {token}")).await;
    assert_eq!(refusal(response).await, unauthenticated());
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_in_a_call_by_a_revoked_token_is_taken_out_at_once() {
    let patient = |config: &mut Config| {
        auth::secure(config);
        config.rooms.resume_grace_s = 600;
    };
    let server = TestServer::start_with(patient).await;
    let issued = auth::issued(&server, json!({ "sub": "anna", "callId": "c" })).await;
    let anna = Client::connect_as(&server, issued["token"].as_str().expect("text")).await;
    anna.create_and_join("c", "anna").await;
    let ben = Client::connect_as(&server, &auth::token_for(&server, "ben", "c", "participant").await).await;
    ben.create_and_join("c", "ben").await;
    let path = format!("/auth/tokens/{}", issued["tokenId"].as_str().expect("text"));
    assert_eq!(auth::ask(&server, Method::DELETE, &path, &json!({})).await.status().as_u16(), 204);
    assert_eq!(anna.next_event("kicked").await, json!({ "reason": "token_revoked", "by": null }));
    anna.until_closed().await;
    assert_eq!(ben.next_event("peerLeft").await["userId"], "anna", "no time to come back");
    ben.ok("leaveRoom", Value::Null).await;
    drop(ben);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_expires_in_a_call_ends_nothing_and_opens_nothing_more() {
    let strict = |config: &mut Config| {
        auth::secure(config);
        config.auth.leeway_s = 0;
    };
    let server = TestServer::start_with(strict).await;
    let token = auth::token(&server, json!({ "sub": "anna", "callId": "*", "expiresInSeconds": 2 })).await;
    let (anna, late) = (Client::connect_as(&server, &token).await, Client::connect_as(&server, &token).await);
    anna.create_and_join("c", "anna").await;
    let expired = json!({ "message": "UNAUTHENTICATED: the token has expired" });
    let started = std::time::Instant::now();
    while Client::try_connect_as(&server, &json!({ "token": token })).await.err() != Some(expired.clone()) {
        assert!(started.elapsed() < DEADLINE, "it does not expire");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anna.create_transport("send").await;
    assert_eq!(late.refused("createRoom", json!({ "callId": "c" })).await, "UNAUTHENTICATED");
    drop((anna, late));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_rooms_token_opens_no_room_but_its_own() {
    let server = TestServer::start_with(auth::secure).await;
    let ben = Client::connect_as(&server, &auth::token_for(&server, "ben", "other", "host").await).await;
    ben.create_and_join("other", "ben").await;
    let anna = Client::connect_as(&server, &auth::token_for(&server, "anna", "team-*", "host").await).await;
    assert_eq!(anna.refused("createRoom", json!({ "callId": "other" })).await, "FORBIDDEN");
    let join = json!({ "callId": "other", "userId": "anna", "rtpCapabilities": {} });
    assert_eq!(anna.refused("joinRoom", join).await, "FORBIDDEN");
    let joined = anna.create_and_join("team-a", "somebody else").await;
    assert_eq!(joined["role"], "host");
    let report: Value = server_report(&server, "team-a").await;
    assert_eq!(report["participants"][0]["userId"], "anna", "the token's word counts, not the client's");
    drop((anna, ben));
    server.finish().await;
}

async fn server_report(server: &TestServer, call: &str) -> Value {
    let response = auth::ask(server, Method::GET, &format!("/stats/rooms/{call}"), &json!({})).await;
    response.json().await.expect("JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_issuers_tokens_are_good_by_the_keys_at_its_url() {
    let login = TestServer::start_with(|config| {
        auth::secure(config);
        config.auth.issuer = "https://login.example.com".to_owned();
        config.auth.audience = "calls".to_owned();
    })
    .await;
    let issuer = Issuer {
        issuer: "https://login.example.com".to_owned(),
        audience: "calls".to_owned(),
        jwks_file: String::new(),
        jwks_url: format!("{}/.well-known/jwks.json", login.url()),
        role: RoleName::Participant,
    };
    let trusting = |config: &mut Config| {
        auth::secure(config);
        config.auth.issuers = vec![issuer.clone()];
    };
    let token = auth::token_for(&login, "anna", "c", "moderator").await;
    let server = TestServer::start_with(trusting).await;
    let anna = Client::connect_as(&server, &token).await;
    assert_eq!(anna.create_and_join("c", "anna").await["role"], "moderator");
    login.finish().await;
    // What was read stays good while nobody answers; where nothing was ever read, nothing is.
    drop(Client::connect_as(&server, &token).await);
    let late = TestServer::start_with(trusting).await;
    let refused = Client::try_connect_as(&late, &json!({ "token": token })).await.err().expect("refused");
    assert_eq!(refused, json!({ "message": "UNAVAILABLE: credentials cannot be checked just now: try again" }));
    drop(anna);
    server.finish().await;
    late.finish().await;
}

//! Messages between peers: who gets them, their shape, their limits, and what is kept of them.

use crate::support::redact::redact;
use crate::support::{Client, TestServer, fixtures};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::time::Duration;

fn message(text: &str) -> Value {
    json!({ "topic": "chat", "data": { "text": text } })
}

/// The texts of a list of messages.
fn texts(messages: &Value) -> Vec<&str> {
    let messages = messages.as_array().expect("a list").iter();
    messages.map(|message| message["data"]["text"].as_str().expect("a text")).collect()
}

fn heard(client: &Client) -> Vec<Value> {
    client.events().into_iter().filter(|(name, _)| name == "message").map(|(_, payload)| payload).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_everybody_else_or_to_one() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, bens) = Client::joined(&server, "c", "ben").await;
    let (carl, _) = Client::joined(&server, "c", "carl").await;
    let (dora, _) = Client::joined(&server, "another", "dora").await;
    let sent = anna.ok("sendMessage", message("to all")).await;
    let mut to_ben = message("to Ben");
    to_ben["to"] = bens["peerId"].clone();
    let alone = anna.ok("sendMessage", to_ben).await;
    for (client, call) in [(&anna, "c"), (&ben, "c"), (&carl, "c"), (&dora, "another")] {
        client.catch_up(call).await;
    }
    let (id, at) = (fixtures::text(&sent, "id"), fixtures::text(&sent, "at"));
    assert!(at.len() == "2030-01-01T00:00:00.000Z".len() && at.ends_with('Z'), "{at}");
    assert_eq!(sent.as_object().map(serde_json::Map::len), Some(2));
    let names = [(&*id, "message"), (&*at, "time"), (bens["peerId"].as_str().expect("a text"), "ben")];
    let of_ben = heard(&ben);
    assert_snapshot!(redact(&of_ben[0], &names), @r#"{"at":"[time]","data":{"text":"to all"},"displayName":"anna","id":"[message]","peerId":"[id]","to":null,"topic":"chat","userId":"anna"}"#);
    assert_eq!((&of_ben[1]["to"], &of_ben[1]["id"], of_ben.len()), (&bens["peerId"], &alone["id"], 2));
    assert_eq!(heard(&carl), of_ben[..1]);
    assert!(heard(&anna).is_empty() && heard(&dora).is_empty());
    drop((anna, ben, carl, dora));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_sent_is_refused_with_its_reason() {
    let server = TestServer::start_with(|config| config.messages.max_bytes = 14).await;
    let (anna, annas) = Client::joined(&server, "c", "anna").await;
    let (_ben, elsewhere) = Client::joined(&server, "another", "ben").await;
    let outside = Client::connect(&server).await;
    assert_eq!(outside.refused("sendMessage", message("")).await, "NOT_JOINED");
    for to in [json!("nobody"), annas["peerId"].clone(), elsewhere["peerId"].clone()] {
        let refusal = anna.request("sendMessage", json!({ "to": to, "topic": "t", "data": 1 })).await.unwrap_err();
        assert_eq!(refusal.to_string(), "PEER_NOT_FOUND: to: no such other peer in this room");
    }
    let refused = [
        (json!({ "data": 1 }), "missing field `topic`"),
        (json!({ "topic": "t" }), "missing field `data`"),
        (
            json!({ "topic": "", "data": 1 }),
            "topic: expected a string of 1 to 64 characters without control characters",
        ),
        (json!({ "to": 5, "topic": "t", "data": 1 }), "to: invalid type: integer `5`, expected a string"),
    ];
    for (payload, why) in refused {
        let refusal = anna.request("sendMessage", payload).await.unwrap_err();
        assert_eq!((&*refusal.code, &*refusal.message), ("INVALID_REQUEST", why));
    }
    let refusal = anna.request("sendMessage", message("abcde")).await.unwrap_err();
    assert_eq!(refusal.to_string(), "LIMIT_EXCEEDED: messages.max_bytes allows 14");
    anna.ok("sendMessage", message("abc")).await;
    drop((anna, _ben, outside));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_too_many_is_told_when_the_next_may_come() {
    let server = TestServer::start_with(|config| (config.messages.per_second, config.messages.burst) = (2, 3)).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let answers = anna.send_all((0..4).map(|_| ("sendMessage", message("many"))));
    let mut refusals = Vec::new();
    for answer in answers {
        refusals.extend(answer.answer().await.err());
    }
    let [refusal] = &refusals[..] else { panic!("{refusals:?}") };
    assert_eq!(refusal.to_string(), "RATE_LIMITED: more than messages.per_second allows: slow down");
    let wait = refusal.retry_after_ms.expect("says when");
    assert!((1..=501).contains(&wait), "{wait} ms");
    // Everybody has a pace of one's own, and other requests are not concerned.
    ben.ok("sendMessage", message("one")).await;
    anna.catch_up("c").await;
    tokio::time::sleep(Duration::from_millis(wait)).await;
    anna.ok("sendMessage", message("in time")).await;
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_ones_are_kept_for_who_comes_later() {
    let server = TestServer::start_with(|config| {
        (config.messages.kept, config.messages.max_bytes) = (20, 50_000);
    });
    let server = server.await;
    let (anna, annas) = Client::joined(&server, "c", "anna").await;
    assert_eq!(annas["messages"], json!([]));
    let (ben, bens) = Client::joined(&server, "c", "ben").await;
    // Together far more than one message may be long that a client sends.
    let long = "x".repeat(40_000);
    for number in 0..22 {
        anna.ok("sendMessage", message(&format!("{number} {long}"))).await;
    }
    anna.ok("sendMessage", json!({ "to": bens["peerId"], "topic": "chat", "data": { "text": "for Ben" } })).await;
    let (carl, carls) = Client::joined(&server, "c", "carl").await;
    let numbers = texts(&carls["messages"]).into_iter().filter_map(|text| text.split_once(' ')?.0.parse().ok());
    assert_eq!(numbers.collect::<Vec<i32>>(), (2..22).collect::<Vec<_>>());
    ben.catch_up("c").await;
    assert_eq!(carls["messages"][19], heard(&ben)[21], "the same shape, in both");
    drop((anna, ben, carl));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_gets_what_it_missed() {
    let server = TestServer::start_with(|config| {
        (config.messages.kept, config.rooms.resume_grace_s) = (20, 600);
    });
    let server = server.await;
    let (anna, annas) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    ben.ok("sendMessage", message("before")).await;
    anna.next_event("message").await;
    anna.kill().await;
    ben.next_event("peerReconnecting").await;
    ben.ok("sendMessage", message("to all")).await;
    ben.ok("sendMessage", json!({ "to": annas["peerId"], "topic": "chat", "data": { "text": "to her" } })).await;
    let (anna, resumed) = Client::resumed(&server, "c", "anna", &annas["resumeToken"]).await;
    assert_eq!(texts(&resumed["messages"]), ["to all", "to her"]);
    ben.ok("sendMessage", message("after")).await;
    assert_eq!(anna.next_event("message").await["data"]["text"], "after");
    for client in [&anna, &ben] {
        client.ok("leaveRoom", Value::Null).await;
    }
    drop((anna, ben));
    server.finish().await;
}

//! Backends hear of what happens in calls: signed, in order, at least once, whatever they do and whatever becomes of the
//! server.

use crate::process::Running;
use crate::support::receiver::{Hook, Manner, Receiver, SECRET};
use crate::support::redact::shape;
use crate::support::rtc::{Caller, Protocol, StreamSpec};
use crate::support::tables::{Tables, on_each_database};
use crate::support::{Client, TestServer};
use colloquy::config::{Config, WebhookEndpoint};
use colloquy::limits::Limit;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// Another secret than the usual one.
const OTHER_SECRET: &str = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0";

on_each_database! {
    what_a_killed_server_had_not_delivered_the_next_one_delivers,
}

/// One that is told everything.
pub fn endpoint(name: &str, url: &str) -> WebhookEndpoint {
    WebhookEndpoint {
        name: name.to_owned(),
        url: url.to_owned(),
        secret: SECRET.to_owned().into(),
        previous_secret: String::new().into(),
        events: Vec::new(),
    }
}

/// Tells these receivers, and soon again what they did not take.
fn tell(config: &mut Config, receivers: &[&Receiver]) {
    let named =
        |(number, receiver): (usize, &&Receiver)| endpoint(&format!("r{number}"), &format!("{}/hooks", receiver.url));
    config.webhooks.endpoints = receivers.iter().enumerate().map(named).collect();
    config.webhooks.retry_ms = 10;
    config.webhooks.max_retry_s = 1;
}

async fn server_for(receivers: &[&Receiver]) -> TestServer {
    TestServer::start_with(|config| tell(config, receivers)).await
}

/// Joins a call and leaves it again, until the room is gone: four events.
async fn visit(server: &TestServer, call: &str) {
    let (anna, _) = Client::joined(server, call, "anna").await;
    anna.ok("leaveRoom", json!({})).await;
    anna.close().await;
}

const VISIT: [&str; 4] = ["call.started", "participant.joined", "participant.left", "call.ended"];

/// What a receiver took, without repetitions, by the calls' ids.
fn by_call(receiver: &Receiver) -> BTreeMap<String, Vec<String>> {
    let mut calls = BTreeMap::<_, Vec<_>>::new();
    let mut known = HashMap::new();
    for hook in receiver.taken() {
        if let Some(before) = known.insert(hook.id().to_owned(), hook.text.clone()) {
            assert_eq!(before, hook.text, "one id, two texts");
            continue;
        }
        let call = hook.body()["data"]["call"]["id"].as_str().expect("an id").to_owned();
        calls.entry(call).or_default().push(hook.event());
    }
    calls
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_told_from_its_beginning_to_its_end() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(|config| {
        tell(config, &[&receiver]);
        config.quality.interval_ms = 200;
        for thresholds in [&mut config.quality.jitter_ms, &mut config.quality.rtt_ms, &mut config.quality.score] {
            thresholds.clear();
        }
        config.quality.bitrate_bps.clear();
    })
    .await;
    let (client, joined) = Client::joined(&server, "team", "anna").await;
    let peer_id = joined["peerId"].clone();
    let anna = Caller::of(client, &joined);
    let ben = Caller::join(&server, "team", "ben").await;
    let (sending, receiving) = (anna.open("send", Protocol::Udp).await, ben.open("recv", Protocol::Udp).await);
    let audio = anna.publish(&sending, StreamSpec::audio(1000)).await;
    ben.receive(&receiving, &audio).await;
    sending.peer.lose_every(4);
    receiver.until(|receiver| receiver.types().contains(&"quality.warning".to_owned())).await;
    sending.peer.close().await;
    receiving.peer.close().await;
    ben.client.close().await;
    anna.client.ok("leaveRoom", json!({})).await;
    anna.client.close().await;
    receiver.until(|receiver| receiver.types().last().is_some_and(|last| last == "call.ended")).await;

    let hooks = receiver.hooks();
    let call = hooks[0].body()["data"]["call"].clone();
    assert_eq!(call["callId"], "team");
    for hook in &hooks {
        assert_eq!(hook.signed_by(&[SECRET, OTHER_SECRET]), [SECRET]);
        assert_eq!((hook.path.as_str(), hook.header("content-type")), ("/hooks", "application/json"));
        assert_eq!(hook.body()["data"]["call"], call);
    }
    let mut types = receiver.types();
    let warned = types.iter().position(|event| event == "quality.warning").expect("there was one");
    assert!(warned > 2, "{types:?}");
    // As many as the loss gave cause for.
    types.retain(|event| event != "quality.warning");
    let [start, join, leave, end] = VISIT;
    assert_eq!(types, [start, join, join, leave, leave, end]);
    let of = |event: &str, user: &Value| {
        let found = hooks
            .iter()
            .map(Hook::body)
            .find(|body| body["type"] == event && (user.is_null() || body["data"]["participant"]["userId"] == *user));
        found.unwrap_or_else(|| panic!("no {event} of {user}"))
    };
    let joined = of("participant.joined", &json!("anna"));
    assert_eq!(joined["data"]["participant"]["peerId"], peer_id);
    let left = [of("participant.left", &json!("anna")), of("participant.left", &json!("ben"))];
    assert_eq!(left.map(|left| left["data"]["reason"].clone()), ["left", "disconnected"]);
    assert_eq!(of("quality.warning", &json!("anna"))["data"]["warning"]["type"], "packet_loss");
    let events = [start, join, "quality.warning", leave, end];
    let shapes: Vec<_> = events.iter().map(|event| shape(&of(event, &Value::Null)).to_string()).collect();
    insta::assert_snapshot!(shapes.join("\n"), @r#"
    {"data":{"call":{"callId":"string","id":"uuid"}},"timestamp":"string","type":"string"}
    {"data":{"call":{"callId":"string","id":"uuid"},"participant":{"displayName":"string","peerId":"uuid","role":"string","userId":"string"}},"timestamp":"string","type":"string"}
    {"data":{"call":{"callId":"string","id":"uuid"},"participant":{"peerId":"uuid","userId":"string"},"warning":{"direction":"string","severity":"string","threshold":"number","type":"string","value":"number"}},"timestamp":"string","type":"string"}
    {"data":{"call":{"callId":"string","id":"uuid"},"participant":{"peerId":"uuid","userId":"string"},"reason":"string"},"timestamp":"string","type":"string"}
    {"data":{"call":{"callId":"string","id":"uuid"},"reason":"string"},"timestamp":"string","type":"string"}
    "#);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_fails_every_other_time_hears_all_in_its_order() {
    let (failing, dropping) = (Receiver::start().await, Receiver::start().await);
    failing.behave(|before| if before % 2 == 0 { Manner::FAIL } else { Manner::TAKE });
    dropping.behave(|before| if before % 2 == 0 { Manner::Drop } else { Manner::TAKE });
    let receivers = [&failing, &dropping];
    let server = server_for(&receivers).await;
    for call in ["a", "b", "c"] {
        visit(&server, call).await;
    }
    for receiver in receivers {
        receiver.until(|receiver| receiver.taken().len() >= 12).await;
        let calls = by_call(receiver);
        assert_eq!(calls.len(), 3);
        assert!(calls.values().all(|events| *events == VISIT), "{calls:?}");
        // What was not taken came again as it was.
        let texts: HashMap<_, _> = receiver.taken().into_iter().map(|hook| (hook.id().to_owned(), hook.text)).collect();
        assert!(receiver.hooks().iter().all(|hook| texts[hook.id()] == hook.text));
    }
    server.until_metric(r#"colloquy_webhooks_delivered_total{endpoint="r0"}"#, 12.0).await;
    assert_eq!(server.metric(r#"colloquy_webhooks_failed_total{endpoint="r0"}"#).await, 12.0);
    server.until_metric(r#"colloquy_webhooks_waiting{endpoint="r0"}"#, 0.0).await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_says_nothing_holds_up_neither_another_nor_a_call() {
    let (silent, quick) = (Receiver::start().await, Receiver::start().await);
    silent.behave(|_| Manner::Hang);
    let server = TestServer::start_with(|config| {
        tell(config, &[&silent, &quick]);
        config.webhooks.concurrency = 2;
        config.webhooks.timeout_ms = 600_000;
    })
    .await;
    for call in 0..10 {
        visit(&server, &format!("call {call}")).await;
    }
    quick.until(|receiver| receiver.taken().len() == 40).await;
    assert!(by_call(&quick).values().all(|events| *events == VISIT));
    silent.until(|receiver| receiver.hooks().len() == 2).await;
    assert_eq!(silent.hooks().iter().map(Hook::event).collect::<Vec<_>>(), ["call.started", "call.started"]);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_does_not_come_is_a_failure() {
    let receiver = Receiver::start().await;
    receiver.behave(|before| if before == 0 { Manner::Hang } else { Manner::TAKE });
    let server = TestServer::start_with(|config| {
        tell(config, &[&receiver]);
        config.webhooks.timeout_ms = 200;
    })
    .await;
    visit(&server, "a").await;
    receiver.until(|receiver| receiver.taken().len() == 4).await;
    let hooks = receiver.hooks();
    assert_eq!(hooks[0].id(), hooks[1].id());
    assert_eq!(receiver.types(), VISIT);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed() {
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    // The receiver reads what is written to it: a text that lives as long as the test.
    let location: &'static str = format!("location: {}/\r\n", elsewhere.url).leak();
    receiver.behave(move |before| if before == 0 { Manner::Answer(307, location) } else { Manner::TAKE });
    let server = server_for(&[&receiver]).await;
    visit(&server, "a").await;
    receiver.until(|receiver| receiver.taken().len() == 4).await;
    assert_eq!((receiver.types(), elsewhere.hooks().len()), (VISIT.map(ToOwned::to_owned).into(), 0));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_gone_is_told_nothing_more_and_others_are() {
    let (gone, other) = (Receiver::start().await, Receiver::start().await);
    gone.behave(|_| Manner::Answer(410, ""));
    let server = server_for(&[&gone, &other]).await;
    visit(&server, "a").await;
    server.until_metric(r#"colloquy_webhooks_stopped{endpoint="r0"}"#, 1.0).await;
    visit(&server, "b").await;
    other.until(|receiver| receiver.taken().len() == 8).await;
    server.until_metric(r#"colloquy_webhooks_waiting{endpoint="r0"}"#, 8.0).await;
    assert_eq!(gone.hooks().len(), 1);
    assert_eq!(server.metric(r#"colloquy_webhooks_stopped{endpoint="r1"}"#).await, 0.0);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_secret_changes_both_hold() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(|config| {
        tell(config, &[&receiver]);
        config.webhooks.endpoints[0].previous_secret = OTHER_SECRET.to_owned().into();
    })
    .await;
    visit(&server, "a").await;
    receiver.until(|receiver| receiver.taken().len() == 4).await;
    let both = [SECRET, OTHER_SECRET];
    assert!(receiver.hooks().iter().all(|hook| hook.signed_by(&both) == both));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_hears_what_it_asked_for() {
    let receiver = Receiver::start().await;
    let server = TestServer::start_with(|config| {
        tell(config, &[&receiver]);
        config.webhooks.endpoints[0].events =
            vec![colloquy::config::WebhookEvent::CallEnded, colloquy::config::WebhookEvent::ParticipantJoined];
    })
    .await;
    visit(&server, "a").await;
    receiver.until(|receiver| receiver.taken().len() == 2).await;
    assert_eq!(receiver.types(), ["participant.joined", "call.ended"]);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backend_is_told_the_id_of_a_call_when_its_room_opens() {
    let backend = Receiver::start().await;
    backend.behave(|before| if before == 0 { Manner::FAIL } else { Manner::TAKE });
    let hooks = Receiver::start().await;
    let server = TestServer::start_with(|config| {
        tell(config, &[&hooks]);
        config.backend.url = format!("{}/api", backend.url);
        config.backend.secret = OTHER_SECRET.to_owned().into();
    })
    .await;
    visit(&server, "team/a b").await;
    backend.until(|backend| backend.taken().len() == 1).await;
    hooks.until(|hooks| hooks.taken().len() == 4).await;
    let told = backend.taken().remove(0);
    assert_eq!(told.path, "/api/calls/team%2Fa%20b/setWebRtcRoomId");
    let call = hooks.hooks()[0].body()["data"]["call"].clone();
    assert_eq!((told.body(), &call["callId"]), (json!({ "webrtcRoomId": call["id"] }), &json!("team/a b")));
    assert_eq!(told.signed_by(&[SECRET, OTHER_SECRET]), [OTHER_SECRET]);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_server_is_told_before_it_ends() {
    let receiver = Receiver::start().await;
    let mut server = server_for(&[&receiver]).await;
    let (anna, _) = Client::joined(&server, "a", "anna").await;
    server.take_app().shutdown().await;
    assert_eq!(receiver.types(), VISIT);
    let reasons: Vec<_> = receiver.taken()[2..].iter().map(|hook| hook.body()["data"]["reason"].clone()).collect();
    assert_eq!(reasons, ["server_shutdown", "server_shutdown"]);
    drop(anna);
}

/// Waits until the database has that many calls with somebody in each.
async fn written(tables: &Tables, calls: usize) {
    const STARTED: &str = "SELECT room_id FROM calls WHERE started_at IS NOT NULL";
    crate::process::until(async || tables.lines(STARTED).await.len() == calls).await;
}

async fn what_a_killed_server_had_not_delivered_the_next_one_delivers(tables: Tables) {
    let receiver = Receiver::start().await;
    receiver.behave(|before| match before % 3 {
        0 => Manner::FAIL,
        1 => Manner::Drop,
        _ => Manner::TAKE,
    });
    let endpoints = format!(r#"[{{ name = "app", url = "{}/hooks", secret = "{SECRET}" }}]"#, receiver.url);
    let variables = [
        ("DATABASE_URL", tables.url.as_str()),
        ("COLLOQUY_WEBHOOKS__ENDPOINTS", &endpoints),
        ("COLLOQUY_WEBHOOKS__RETRY_MS", "10"),
        ("COLLOQUY_WEBHOOKS__MAX_RETRY_S", "1"),
        ("COLLOQUY_ROOMS__EMPTY_CLOSE_S", "1"),
        ("COLLOQUY_ROOMS__RESUME_GRACE_S", "0"),
        // Ports change from life to life.
        ("COLLOQUY_SERVER__NODE", "one"),
    ];
    let mut calls = 0;
    for life in 0..4 {
        let mut program = Running::start(&variables).await;
        let server = TestServer::at(&program.url);
        let mut clients = Vec::new();
        for call in 0..5 {
            clients.push(Client::joined(&server, &format!("{life}-{call}"), "anna").await);
            calls += 1;
        }
        if life == 3 {
            drop(clients);
            server.until_counts([0; 5]).await;
            receiver
                .until(|receiver| by_call(receiver).values().filter(|events| events.len() == 4).count() == calls)
                .await;
            program.signal("TERM");
            assert_eq!(program.ended().await.code(), Some(0));
        } else {
            // What is not in the books yet is lost with the server, and nobody was told of it.
            written(&tables, calls).await;
            program.signal("KILL");
            program.ended().await;
        }
    }
    assert_eq!(by_call(&receiver).len(), calls);
    for (call, events) in by_call(&receiver) {
        assert_eq!(events, VISIT, "{call}");
    }
    assert!(receiver.hooks().iter().all(|hook| hook.signed_by(&[SECRET]) == [SECRET]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_takes_is_given_up_in_the_end() {
    let receiver = Receiver::start().await;
    receiver.behave(|_| Manner::FAIL);
    let server = TestServer::start_with(|config| {
        tell(config, &[&receiver]);
        config.webhooks.give_up_after_s = 1;
    })
    .await;
    visit(&server, "a").await;
    server.until_metric(r#"colloquy_webhooks_given_up_total{endpoint="r0"}"#, 4.0).await;
    assert_eq!(server.refusals(Limit::WebhookAge).await, 4.0);
    server.until_metric(r#"colloquy_webhooks_waiting{endpoint="r0"}"#, 0.0).await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_share_a_database_deliver_what_any_has_written_once() {
    let (tables, receiver) = (Tables::postgres().await, Receiver::start().await);
    let start = || {
        TestServer::start_with(|config| {
            tell(config, &[&receiver]);
            config.database.url = tables.url.clone().into();
        })
    };
    let servers = [start().await, start().await];
    for call in 0..10 {
        visit(&servers[call % 2], &format!("call {call}")).await;
    }
    receiver.until(|receiver| receiver.taken().len() >= 40).await;
    for server in servers {
        server.until_metric(r#"colloquy_webhooks_waiting{endpoint="r0"}"#, 0.0).await;
        server.finish().await;
    }
    assert_eq!(receiver.hooks().len(), 40, "none twice");
    let calls = by_call(&receiver);
    assert_eq!(calls.len(), 10);
    assert!(calls.values().all(|events| *events == VISIT), "{calls:?}");
}

//! Data channels over the signaling: shapes, events, refusals, and what closes with what.

use crate::support::redact::redact;
use crate::support::rtc::{Caller, ChannelSpec, Protocol};
use crate::support::scene::Scene;
use crate::support::{Client, TestServer, fixtures};
use insta::assert_snapshot;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_announced_listed_received_and_closed() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    let request = json!({
        "transportId": scene.anna_sends, "label": "chat", "protocol": "v1", "appData": { "n": 1 },
        "sctpStreamParameters": { "streamId": 3, "ordered": false, "maxRetransmits": 2 },
    });
    let produced = anna.ok("produceData", request).await;
    let channel = fixtures::text(&produced, "dataProducerId");
    assert_eq!(produced, json!({ "id": channel, "dataProducerId": channel }));
    let names = [(&*channel, "channel")];
    let announced = ben.next_event("newDataProducer").await;
    assert_snapshot!(redact(&announced, &names), @r#"{"appData":{"n":1},"dataProducerId":"[channel]","label":"chat","peerId":"[id]","protocol":"v1","userId":"anna"}"#);
    let listed = ben.ok("getProducers", json!({ "callId": "c" })).await;
    assert_eq!(listed["dataProducers"], json!([announced]));
    let (carl, joined) = Client::joined(&scene.server, "c", "carl").await;
    assert_snapshot!(redact(&joined["peers"][0]["dataProducers"], &names), @r#"[{"appData":{"n":1},"dataProducerId":"[channel]","label":"chat","protocol":"v1"}]"#);

    let consumed = ben.consume_data(&scene.ben_receives, &channel).await;
    assert_snapshot!(redact(&consumed, &names), @r#"{"appData":{"n":1},"dataConsumerId":"[id]","dataProducerId":"[channel]","id":"[id]","label":"chat","peerId":"[id]","protocol":"v1","sctpStreamParameters":{"maxRetransmits":2,"ordered":false,"streamId":0}}"#);
    assert_eq!((&consumed["id"], &consumed["peerId"]), (&consumed["dataConsumerId"], &announced["peerId"]));
    let again = ben.consume_data(&scene.ben_receives, &channel).await;
    assert_eq!(again["sctpStreamParameters"]["streamId"], 1);
    scene.server.until_data_counts([1, 2]).await;
    assert_eq!(scene.server.metric("colloquy_data_producers").await, 1.0);
    assert_eq!(scene.server.metric("colloquy_data_consumers").await, 2.0);
    let workers = scene.server.stats().await["workersDetail"].as_array().expect("a list").clone();
    let sum = |name: &str| workers.iter().filter_map(|worker| worker[name].as_u64()).sum::<u64>();
    assert_eq!(["dataProducers", "dataConsumers"].map(sum), [1, 2]);

    assert_eq!(ben.ok("closeDataConsumer", json!({ "dataConsumerId": again["id"] })).await, json!({}));
    scene.server.until_data_counts([1, 1]).await;
    let before = ben.events().len();
    assert_eq!(anna.ok("closeDataProducer", json!({ "dataProducerId": channel })).await, json!({}));
    ben.catch_up("c").await;
    let closed = json!({ "dataConsumerId": consumed["id"], "dataProducerId": channel, "reason": "producer_closed" });
    let heard = ben.events().split_off(before);
    let expected = [("dataConsumerClosed".to_owned(), closed), ("dataProducerClosed".to_owned(), announced)];
    assert_eq!(heard, expected);
    scene.server.until_data_counts([0, 0]).await;
    drop(carl);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    let channel = anna.produce_data(&scene.anna_sends, 0).await;
    let consumer = fixtures::text(&ben.consume_data(&scene.ben_receives, &channel).await, "id");
    let with = |change: fn(&mut Value)| {
        let mut request = fixtures::channel(&scene.anna_sends, 1);
        change(&mut request);
        request
    };
    let produce = [
        (with(|it| it["transportId"] = json!("x")), "TRANSPORT_NOT_FOUND"),
        (fixtures::channel(&scene.anna_receives, 1), "INVALID_REQUEST"),
        (with(|it| it["sctpStreamParameters"] = json!({})), "INVALID_REQUEST"),
        (with(|it| it["sctpStreamParameters"]["streamId"] = json!(0)), "INVALID_REQUEST"),
        (with(|it| it["sctpStreamParameters"]["streamId"] = json!(65535)), "INVALID_REQUEST"),
        (with(|it| it["sctpStreamParameters"]["streamId"] = json!(70000)), "INVALID_REQUEST"),
        (
            with(|it| it["sctpStreamParameters"] = json!({ "streamId": 1, "ordered": true, "maxRetransmits": 1 })),
            "INVALID_REQUEST",
        ),
        (with(|it| it["label"] = json!("x".repeat(129))), "INVALID_REQUEST"),
        (with(|it| it["protocol"] = json!("x".repeat(129))), "INVALID_REQUEST"),
        (with(|it| it["appData"] = json!({ "a": "x".repeat(5000) })), "INVALID_REQUEST"),
        (with(|it| it["appData"] = json!([])), "INVALID_REQUEST"),
    ];
    for (request, code) in produce {
        let message = scene.refuses(anna, "produceData", request, code).await;
        assert!(!message.is_empty());
    }
    let taken = scene.refuses(anna, "produceData", fixtures::channel(&scene.anna_sends, 0), "INVALID_REQUEST").await;
    assert_eq!(taken, "sctpStreamParameters.streamId: another data producer of this transport has it");
    let consume = |transport: &str, channel: &str| json!({ "transportId": transport, "dataProducerId": channel });
    scene.refuses(ben, "consumeData", consume(&scene.ben_sends, &channel), "INVALID_REQUEST").await;
    scene.refuses(ben, "consumeData", consume(&scene.anna_receives, &channel), "TRANSPORT_NOT_FOUND").await;
    scene.refuses(ben, "consumeData", consume(&scene.ben_receives, &scene.audio), "PRODUCER_NOT_FOUND").await;
    scene.refuses(anna, "consumeData", consume(&scene.anna_receives, &channel), "CANNOT_CONSUME").await;
    scene.refuses(ben, "closeDataProducer", json!({ "dataProducerId": channel }), "PRODUCER_NOT_FOUND").await;
    scene.refuses(anna, "closeDataConsumer", json!({ "dataConsumerId": consumer }), "CONSUMER_NOT_FOUND").await;
    assert_eq!(scene.server.data_counts().await, [1, 1]);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_want_a_stream_at_the_same_moment_one_gets_it() {
    let scene = Scene::set().await;
    let requests = (0..5).map(|_| ("produceData", fixtures::channel(&scene.anna_sends, 7)));
    let mut made = 0;
    for answer in scene.anna.send_all(requests) {
        match answer.answer().await {
            Ok(_) => made += 1,
            Err(refusal) => assert_eq!(refusal.code, "INVALID_REQUEST", "{refusal}"),
        }
    }
    assert_eq!((made, scene.server.data_counts().await), (1, [1, 0]));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switched_off_there_are_none() {
    let server = TestServer::start_with(|config| config.data.enabled = false).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let transport = anna.ok("createTransport", json!({ "direction": "send" })).await;
    assert_eq!(transport["sctpParameters"], Value::Null);
    let request = fixtures::channel(&fixtures::text(&transport, "id"), 0);
    let refusal = anna.request("produceData", request).await.expect_err("is refused");
    assert_eq!(refusal.to_string(), "UNSUPPORTED: this server has no data channels: data.enabled is off");
    let request = json!({ "transportId": transport["id"], "dataProducerId": "x" });
    assert_eq!(anna.refused("consumeData", request).await, "UNSUPPORTED");
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channels_go_with_their_peer_before_it_does() {
    let scene = Scene::set().await;
    let channel = scene.anna.produce_data(&scene.anna_sends, 0).await;
    scene.ben.consume_data(&scene.ben_receives, &channel).await;
    scene.anna.ok("leaveRoom", Value::Null).await;
    scene.ben.next_event("peerLeft").await;
    let names = scene.ben.event_names();
    let place = |name: &str| names.iter().position(|event| event == name).unwrap_or_else(|| panic!("no {name}"));
    assert!(place("dataConsumerClosed") < place("dataProducerClosed"));
    assert!(place("dataProducerClosed") < place("peerLeft"));
    scene.server.until_data_counts([0, 0]).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_has_its_channels_and_they_went_on() {
    let server = TestServer::start_with(|config| config.rooms.resume_grace_s = 600).await;
    let (mut anna, ben) = (Caller::join(&server, "c", "anna").await, Caller::join(&server, "c", "ben").await);
    let (there, back) = (anna.open("send", Protocol::Udp).await, anna.open("recv", Protocol::Udp).await);
    let (bens, receiving) = (ben.open("send", Protocol::Udp).await, ben.open("recv", Protocol::Udp).await);
    let own = anna.open_channel(&there, &ChannelSpec::reliable(0)).await;
    let theirs = ben.open_channel(&bens, &ChannelSpec::reliable(0)).await;
    let (consumer, _) = anna.receive_channel(&back, &theirs).await;
    let (_, stream) = ben.receive_channel(&receiving, &own).await;
    let client = std::mem::replace(&mut anna.client, Client::connect(&server).await);
    client.kill().await;
    ben.client.next_event("peerReconnecting").await;
    there.peer.say(0, "meanwhile");
    receiving.peer.until("meanwhile", |now| now.heard(stream).messages == [b"meanwhile"]).await;
    let resumed = anna.client.resume("c", "anna", &anna.resume_token).await.expect("resumes");
    assert_eq!(resumed["own"]["dataProducers"], json!([own]));
    assert_eq!(resumed["own"]["dataConsumers"], json!([{ "dataConsumerId": consumer, "dataProducerId": theirs }]));
    assert_eq!(resumed["peers"][0]["dataProducers"][0]["dataProducerId"], json!(theirs));
    for client in [&anna.client, &ben.client] {
        client.ok("leaveRoom", Value::Null).await;
    }
    drop((anna, ben, there, back, bens, receiving));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_worker_takes_them_and_they_can_be_made_again() {
    let server = TestServer::start_isolated().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let (carl, _) = Client::joined(&server, "c", "carl").await;
    let call = async || {
        let (sends, receives) = (anna.create_transport("send").await, ben.create_transport("recv").await);
        let channel = anna.produce_data(&sends, 0).await;
        ben.consume_data(&receives, &channel).await;
        channel
    };
    let channel = call().await;
    server.end_the_busy_worker().await;
    for client in [&anna, &ben] {
        client.next_event("mediaReset").await;
    }
    // Who had nothing is told what is no more.
    assert_eq!(carl.next_event("dataProducerClosed").await["dataProducerId"], json!(channel));
    let listed = ben.ok("getProducers", json!({ "callId": "c" })).await;
    assert_eq!(listed["dataProducers"], json!([]));
    call().await;
    server.until_data_counts([1, 1]).await;
    drop((anna, ben, carl));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transport_that_has_had_all_streams_says_so() {
    let scene = Scene::set_on(TestServer::start_with(crate::support::server::without_rates).await).await;
    let channel = scene.anna.produce_data(&scene.anna_sends, 0).await;
    let consume = json!({ "transportId": scene.ben_receives, "dataProducerId": channel });
    for _ in 0..1024 / 64 {
        let mut consumers = Vec::new();
        for answer in scene.ben.send_all((0..64).map(|_| ("consumeData", consume.clone()))) {
            consumers.push(answer.answer().await.expect("is made")["id"].clone());
        }
        let close = |id: &Value| ("closeDataConsumer", json!({ "dataConsumerId": id }));
        for answer in scene.ben.send_all(consumers.iter().map(close)) {
            answer.answer().await.expect("is closed");
        }
    }
    let refusal = scene.ben.request("consumeData", consume.clone()).await.expect_err("is refused");
    assert_eq!(refusal.code, "CANNOT_CONSUME");
    assert!(refusal.message.contains("make another"), "{refusal}");
    let another = scene.ben.create_transport("recv").await;
    scene.ben.consume_data(&another, &channel).await;
    scene.server.until_data_counts([1, 1]).await;
    scene.finish().await;
}

//! The shape of every answer on the wire: what clients are written against.

use crate::support::inbox::Received;
use crate::support::redact::{redact, shape};
use crate::support::scene::Scene;
use crate::support::{Client, TestServer, fixtures};
use insta::assert_snapshot;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn create_room() {
    let server = TestServer::start().await;
    let anna = Client::connect(&server).await;
    let room = anna.ok("createRoom", json!({ "callId": "c" })).await;
    let mut fields: Vec<_> = room.as_object().expect("an object").keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["callId", "created", "rtpCapabilities"]);
    let capabilities = &room["rtpCapabilities"];
    let codecs = capabilities["codecs"].as_array().expect("codecs").iter().map(|codec| {
        let of = |field: &str| codec[field].to_string();
        format!("{} {} {} {}", of("mimeType"), of("preferredPayloadType"), of("clockRate"), of("parameters"))
    });
    assert_snapshot!(codecs.collect::<Vec<_>>().join("\n"), @r#"
    "audio/opus" 100 48000 {"usedtx":1,"useinbandfec":1}
    "video/VP8" 101 90000 {}
    "video/rtx" 102 90000 {"apt":101}
    "video/VP9" 103 90000 {"profile-id":0}
    "video/rtx" 104 90000 {"apt":103}
    "video/H264" 105 90000 {"level-asymmetry-allowed":1,"packetization-mode":1,"profile-level-id":"42e01f"}
    "video/rtx" 106 90000 {"apt":105}
    "video/AV1" 107 90000 {}
    "video/rtx" 108 90000 {"apt":107}
    "#);
    assert_snapshot!(shape(&capabilities["codecs"][0]), @r#"{"channels":"number","clockRate":"number","kind":"string","mimeType":"string","parameters":{"usedtx":"number","useinbandfec":"number"},"preferredPayloadType":"number","rtcpFeedback":[{"parameter":"string","type":"string"}]}"#);
    assert_snapshot!(shape(&capabilities["headerExtensions"]), @r#"[{"direction":"string","kind":"string","preferredEncrypt":"boolean","preferredId":"number","uri":"string"}]"#);
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn join_room() {
    let server = TestServer::start_with(|config| {
        config.rtc.ice_servers = vec![
            colloquy::config::IceServer {
                urls: vec!["stun:stun.example".into()],
                username: String::new(),
                credential: String::new().into(),
            },
            colloquy::config::IceServer {
                urls: vec!["turn:turn.example".into()],
                username: "u".into(),
                credential: "secret".to_owned().into(),
            },
        ];
    })
    .await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    assert_snapshot!(redact(&joined, &[]), @r#"{"activeSpeaker":null,"iceServers":[{"urls":["stun:stun.example"]},{"credential":"secret","urls":["turn:turn.example"],"username":"u"}],"locked":false,"messages":[],"peerId":"[id]","peers":[],"permissions":["createRoom","publishAudio","publishVideo","publishScreen","publishData","subscribe","sendMessage","viewCall"],"resumeToken":"[token]","resumed":false,"role":"participant"}"#);
    let sends = anna.create_transport("send").await;
    let request = json!({
        "transportId": sends, "kind": "audio", "rtpParameters": fixtures::audio(), "appData": { "source": "mic" },
        "paused": true,
    });
    anna.ok("produce", request).await;
    let (ben, joined) = Client::joined(&server, "c", "ben").await;
    assert_snapshot!(redact(&joined["peers"], &[]), @r#"[{"dataProducers":[],"displayName":"anna","peerId":"[id]","producers":[{"appData":{"source":"mic"},"kind":"audio","paused":true,"producerId":"[id]"}],"role":"participant","userId":"anna"}]"#);
    let list = ben.ok("getProducers", json!({ "callId": "c" })).await;
    assert_snapshot!(redact(&list, &[]), @r#"{"dataProducers":[],"producers":[{"appData":{"source":"mic"},"kind":"audio","paused":true,"peerId":"[id]","producerId":"[id]","userId":"anna"}]}"#);
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn create_transport() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let transport = anna.ok("createTransport", json!({ "direction": "send" })).await;
    assert_snapshot!(shape(&transport), @r#"{"dtlsParameters":{"fingerprints":[{"algorithm":"string","value":"string"}],"role":"string"},"iceCandidates":[{"address":"string","foundation":"string","port":"number","priority":"number","protocol":"string","type":"string"},{"address":"string","foundation":"string","port":"number","priority":"number","protocol":"string","tcpType":"string","type":"string"}],"iceParameters":{"iceLite":"boolean","password":"string","usernameFragment":"string"},"iceServers":[],"id":"uuid","sctpParameters":{"MIS":"number","OS":"number","isDataChannel":"boolean","maxMessageSize":"number","maxReceiveMessageSize":"number","maxReceiverWindowBufferSize":"number","maxSendMessageSize":"number","perStreamSendQueueLimit":"number","port":"number","sendBufferSize":"number"}}"#);
    let candidates = transport["iceCandidates"].as_array().expect("a list");
    assert_eq!(candidates[0]["protocol"], "udp", "UDP is preferred");
    assert!(candidates[0]["priority"].as_u64() > candidates[1]["priority"].as_u64(), "{candidates:?}");
    assert!(candidates.iter().all(|candidate| candidate["port"].as_u64() > Some(0)), "{candidates:?}");
    assert_eq!((&transport["dtlsParameters"]["role"], &candidates[1]["tcpType"]), (&json!("auto"), &json!("passive")));
    let other = anna.ok("createTransport", json!({ "direction": "recv" })).await;
    assert_eq!(shape(&other), shape(&transport));
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn produce_and_consume() {
    let scene = Scene::set().await;
    let mut request = scene.produce("video", fixtures::video());
    request["appData"] = json!({ "source": "camera" });
    let produced = scene.anna.ok("produce", request).await;
    assert_snapshot!(redact(&produced, &[]), @r#"{"id":"[id]","muted":false,"paused":false,"producerId":"[id]"}"#);
    assert_eq!(produced["id"], produced["producerId"]);
    let consumed = scene.ben.consume(&scene.ben_receives, &fixtures::text(&produced, "id")).await;
    let mut without_rtp = consumed.clone();
    without_rtp["rtpParameters"] = json!("…");
    assert_snapshot!(redact(&without_rtp, &[(&fixtures::text(&produced, "id"), "producer")]), @r#"{"appData":{"source":"camera"},"consumerId":"[id]","id":"[id]","kind":"video","peerId":"[id]","producerId":"[producer]","producerPaused":false,"rtpParameters":"…","type":"simple"}"#);
    assert_eq!(consumed["id"], consumed["consumerId"]);
    assert_snapshot!(shape(&consumed["rtpParameters"]), @r#"{"codecs":[{"clockRate":"number","mimeType":"string","parameters":{},"payloadType":"number","rtcpFeedback":[{"parameter":"string","type":"string"}]},{"clockRate":"number","mimeType":"string","parameters":{"apt":"number"},"payloadType":"number","rtcpFeedback":[]}],"encodings":[{"rtx":{"ssrc":"number"},"ssrc":"number"}],"headerExtensions":[{"encrypt":"boolean","id":"number","uri":"string"}],"mid":"string","rtcp":{"cname":"string","reducedSize":"boolean"}}"#);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_nothing_to_tell_answers_an_empty_object() {
    let scene = Scene::set().await;
    let (anna, ben) = (&scene.anna, &scene.ben);
    let (producer, consumer) = (json!({ "producerId": scene.audio }), json!({ "consumerId": scene.consumer }));
    let connect = json!({ "transportId": scene.anna_sends, "dtlsParameters": fixtures::dtls() });
    let requests = [
        (anna, "connectTransport", connect),
        (ben, "resumeConsumer", consumer.clone()),
        (ben, "pauseConsumer", consumer.clone()),
        (ben, "closeConsumer", consumer),
        (anna, "pauseProducer", producer.clone()),
        (anna, "resumeProducer", producer.clone()),
        (anna, "closeProducer", producer),
        (anna, "leaveRoom", Value::Null),
    ];
    for (client, event, payload) in requests {
        assert_eq!(client.ok(event, payload).await, json!({}), "{event}");
    }
    // A callback alone, as the last argument of emit, is all that leaving takes.
    let left = ben.send_arguments(&[json!("leaveRoom")]).answer().await;
    assert_eq!(left.expect("left"), json!({}));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_has_success_and_data_or_error_and_no_more() {
    let server = TestServer::start().await;
    let anna = Client::connect(&server).await;
    anna.refused("joinRoom", json!({ "callId": "c", "userId": "u", "rtpCapabilities": {} })).await;
    anna.create_and_join("c", "anna").await;
    anna.ok("leaveRoom", Value::Null).await;
    let acks: Vec<_> = anna
        .received()
        .into_iter()
        .filter_map(|received| match received {
            Received::Ack(id, ack) if id != 2 => Some(redact(&ack, &[])),
            Received::Ack(..) | Received::Event(..) => None,
        })
        .collect();
    assert_snapshot!(acks.join("\n"), @r#"
    {"error":{"code":"ROOM_NOT_FOUND","message":"there is no such room: createRoom makes it"},"success":false}
    {"data":{"activeSpeaker":null,"iceServers":[],"locked":false,"messages":[],"peerId":"[id]","peers":[],"permissions":["createRoom","publishAudio","publishVideo","publishScreen","publishData","subscribe","sendMessage","viewCall"],"resumeToken":"[token]","resumed":false,"role":"participant"},"success":true}
    {"data":{},"success":true}
    "#);
    drop(anna);
    server.finish().await;
}

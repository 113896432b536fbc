//! Frames that are no Socket.IO, or too large: they end the socket they came on at most, and nobody else's.

use crate::support::scene::Scene;
use crate::support::{DEADLINE, TestServer, raw};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// Sends the frames as a connected client would, and gives what comes back until the answer to a last, good request, or
/// until the end.
async fn after(server: &TestServer, frames: Vec<Message>) -> Vec<String> {
    let exchange = async {
        let mut stream = raw::handshake(server).await;
        raw::send(&mut stream, "40").await;
        raw::text(&mut stream).await;
        let last = Message::text(r#"42777["leaveRoom"]"#);
        for frame in frames.into_iter().chain([last]) {
            // A server that has closed takes no more.
            drop(stream.send(frame).await);
        }
        let mut received = Vec::new();
        while let Some(Ok(frame)) = stream.next().await {
            match frame {
                Message::Text(text) if text.as_str() == "2" => {}
                Message::Text(text) => received.push(text.to_string()),
                _ => {}
            }
            if received.last().is_some_and(|text| text.starts_with("43777")) {
                break;
            }
        }
        received
    };
    tokio::time::timeout(DEADLINE, exchange).await.expect("an answer, or the end")
}

/// The call goes on as if nothing had been.
async fn goes_on(scene: Scene) {
    assert_eq!(scene.server.counts().await, [1, 2, 4, 2, 1]);
    scene.anna.ok("pauseProducer", json!({ "producerId": scene.audio })).await;
    scene.ben.next_event("producerPaused").await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_are_no_socket_io_disturb_nobody_else() {
    let scene = Scene::set().await;
    let texts = [
        r#"421[5,{}]"#,
        r#"421[null]"#,
        r#"421[{"event":"createRoom"}]"#,
        "421[]",
        "421{}",
        "421",
        "42",
        "4",
        "",
        "49",
        "9",
        "0{}",
        "5",
        "6",
        "44{}",
        "431[]",
        "40",
        "40/admin,",
        r#"42/admin,1["createRoom",{}]"#,
        r#"42-1["createRoom",{}]"#,
        r#"4299999999999999999999["createRoom",{}]"#,
        r#"421["createRoom""#,
        r#"421["createRo"#,
        r#"421["createRoom",{"a":1"b":2}]"#,
        r#"421["createRoom",{}]x"#,
        r#"421["createRoom",{]"#,
        r#"4599999999999999999999999-1["createRoom",{}]"#,
        "\u{feff}42[]",
        "421[\"a\u{0}b\",{}]",
    ];
    let deep = format!("421[\"createRoom\",{}", "[".repeat(90_000));
    let frames = texts.into_iter().chain([&*deep]).map(|text| vec![Message::text(text)]);
    let binary = [
        vec![Message::binary(vec![1, 2, 3])],
        vec![Message::text(r#"451-1["createRoom",{"_placeholder":true,"num":0}]"#)],
        vec![Message::text(r#"45999999999-1["createRoom",{}]"#), Message::binary(vec![1])],
        vec![Message::Ping(vec![1].into())],
    ];
    for frames in frames.chain(binary) {
        let name = format!("{frames:?}");
        let received = after(&scene.server, frames).await;
        let fine = |text: &String| {
            text == "1"
                || text.starts_with("43777")
                || text.starts_with("44/admin,")
                || text.contains("INVALID_REQUEST")
                || text.contains("UNSUPPORTED")
        };
        assert!(received.iter().all(fine), "{}: {received:?}", &name[..name.len().min(80)]);
    }
    goes_on(scene).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_larger_than_allowed_ends_its_own_socket_only() {
    let scene = Scene::set().await;
    assert_eq!(scene.anna.next_event("peerJoined").await["userId"], "ben");
    for size in [100_001, 1_000_000, 20_000_000] {
        let (carl, _) = crate::support::Client::joined(&scene.server, "c", "carl").await;
        let joined = scene.anna.next_event("peerJoined").await;
        carl.emit_raw(format!("421[\"createRoom\",{{\"callId\":\"{}\"}}]", "x".repeat(size)));
        carl.until_closed().await;
        let left = scene.anna.next_event("peerLeft").await;
        assert_eq!((&left["peerId"], &left["reason"]), (&joined["peerId"], &json!("disconnected")));
        drop(carl);
    }
    // The largest that is allowed is read like any other.
    let fill = "x".repeat(100_000 - "4299[\"createRoom\",{\"callId\":\"\"}]".len());
    let refusal = scene.anna.request("createRoom", json!({ "callId": fill })).await.expect_err("too long a name");
    assert_eq!(refusal.code, "INVALID_REQUEST");
    goes_on(scene).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_enters_the_namespace_is_closed_in_time() {
    let server = TestServer::start_with(|config| config.signaling.connect_timeout_ms = 100).await;
    let mut stream = raw::handshake(&server).await;
    let ended = async { while let Some(Ok(_)) = stream.next().await {} };
    tokio::time::timeout(DEADLINE, ended).await.expect("the server closes it");
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_answer_pings_is_closed_and_missed() {
    let server = TestServer::start_with(|config| {
        config.signaling.ping_interval_ms = 100;
        config.signaling.ping_timeout_ms = 100;
    });
    let server = server.await;
    let (anna, _) = crate::support::Client::joined(&server, "c", "anna").await;
    let mut mute = raw::handshake(&server).await;
    raw::send(&mut mute, "40").await;
    raw::text(&mut mute).await;
    raw::send(&mut mute, r#"421["joinRoom",{"callId":"c","userId":"mute","rtpCapabilities":{}}]"#).await;
    anna.next_event("peerJoined").await;
    let left = anna.next_event("peerLeft").await;
    assert_eq!((&left["userId"], &left["reason"]), (&json!("mute"), &json!("disconnected")));
    // Who answers stays, through many more pings.
    assert_eq!(anna.refused("joinRoom", Value::Null).await, "INVALID_REQUEST");
    anna.catch_up("c").await;
    drop((anna, mute));
    server.finish().await;
}

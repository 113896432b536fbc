//! Sockets that are lost, and peers that come back over another one: what the others see, what is still there, and who
//! may not.

use crate::support::fixtures::text;
use crate::support::rtc::{Caller, Flow, Protocol, StreamSpec};
use crate::support::{Answer, Client, TestServer};
use serde_json::{Value, json};

/// Longer than any of these scenarios.
const LONG: u64 = 600;

async fn server_with_grace(seconds: u64) -> TestServer {
    TestServer::start_with(|config| config.rooms.resume_grace_s = seconds).await
}

async fn try_resume(client: &Client, call: &str, user: &str, token: &Value) -> Answer {
    let capabilities = json!({ "codecs": [], "headerExtensions": [] });
    let join = json!({ "callId": call, "userId": user, "rtpCapabilities": capabilities, "resumeToken": token });
    client.request("joinRoom", join).await
}

/// A new socket for an earlier peer; gives `joinRoom`'s answer.
async fn resume(server: &TestServer, user: &str, token: &Value) -> (Client, Value) {
    let client = Client::connect(server).await;
    let resumed = try_resume(&client, "c", user, token).await.unwrap_or_else(|refusal| panic!("{refusal}"));
    (client, resumed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_is_the_same_peer_with_all_it_had() {
    let server = server_with_grace(LONG).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let (sends, receives) = (anna.create_transport("send").await, anna.create_transport("recv").await);
    let audio = anna.produce_audio(&sends).await;
    let bens = ben.create_transport("send").await;
    let (kept, closed) = (ben.produce_audio(&bens).await, ben.produce_video(&bens).await);
    let consumer = text(&anna.consume(&receives, &kept).await, "id");
    anna.consume(&receives, &closed).await;
    ben.catch_up("c").await;
    let before = ben.events().len();

    anna.kill().await;
    let tag = json!({ "peerId": joined["peerId"], "userId": "anna" });
    assert_eq!(ben.next_event("peerReconnecting").await, tag);
    ben.ok("closeProducer", json!({ "producerId": closed })).await;
    ben.ok("pauseProducer", json!({ "producerId": kept })).await;
    let (carl, carls) = Client::joined(&server, "c", "carl").await;
    assert_eq!(carls["peers"][0]["reconnecting"], json!(true));
    assert_eq!(carls["peers"][1].get("reconnecting"), None);

    let (anna, resumed) = resume(&server, "anna", &joined["resumeToken"]).await;
    assert_eq!((&resumed["peerId"], &resumed["resumed"]), (&joined["peerId"], &json!(true)));
    assert_eq!(resumed["resumeToken"], joined["resumeToken"]);
    let own = &resumed["own"];
    let mut transports: Vec<_> = own["transports"].as_array().expect("a list").iter().collect();
    let (mut expected, own_producers) = (vec![json!(sends), json!(receives)], &own["producers"]);
    transports.sort_by_key(|id| id.to_string());
    expected.sort_by_key(Value::to_string);
    assert_eq!(transports, expected.iter().collect::<Vec<_>>());
    assert_eq!(*own_producers, json!([{ "producerId": audio, "paused": false }]));
    let consumers = json!([{ "consumerId": consumer, "producerId": kept, "producerPaused": true, "layers": null }]);
    assert_eq!(own["consumers"], consumers);
    let users: Vec<_> = resumed["peers"].as_array().expect("a list").iter().map(|peer| &peer["userId"]).collect();
    assert_eq!(users, ["ben", "carl"]);
    assert_eq!(resumed["peers"][0]["producers"][0]["paused"], json!(true));

    // Of the whole affair Ben heard this and no more.
    assert_eq!(ben.next_event("peerResumed").await, tag);
    ben.catch_up("c").await;
    let heard: Vec<_> = ben.event_names().split_off(before);
    assert_eq!(heard, ["peerReconnecting", "peerJoined", "peerResumed"]);
    // And what she had is hers to use.
    anna.ok("resumeConsumer", json!({ "consumerId": consumer })).await;
    anna.ok("pauseProducer", json!({ "producerId": audio })).await;
    for client in [&anna, &ben, &carl] {
        client.ok("leaveRoom", json!(null)).await;
    }
    drop((anna, ben, carl));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_goes_on_while_the_socket_is_gone_and_after() {
    let server = server_with_grace(LONG).await;
    let (mut anna, ben) = (Caller::join(&server, "c", "anna").await, Caller::join(&server, "c", "ben").await);
    let (there, back) = (anna.open("send", Protocol::Udp).await, anna.open("recv", Protocol::Udp).await);
    let (bens, receiving) = (ben.open("send", Protocol::Tcp).await, ben.open("recv", Protocol::Tcp).await);
    let audio = anna.publish(&there, StreamSpec::audio(1000)).await;
    let video = ben.publish(&bens, StreamSpec::video(2000)).await;
    let heard = ben.receive(&receiving, &audio).await;
    let seen = anna.receive(&back, &video).await;
    let sound = Flow::new(&there, &audio, &receiving, &heard);
    let picture = Flow::new(&bens, &video, &back, &seen);
    sound.goes_on().await;
    picture.goes_on().await;

    let token = anna.resume_token.clone();
    let client = std::mem::replace(&mut anna.client, Client::connect(&server).await);
    client.kill().await;
    ben.client.next_event("peerReconnecting").await;
    sound.goes_on().await;
    picture.goes_on().await;
    let resumed = try_resume(&anna.client, "c", "anna", &token).await.expect("resumes");
    assert_eq!(resumed["own"]["consumers"][0]["consumerId"], json!(seen.consumer));
    sound.goes_on().await;
    picture.goes_on().await;
    assert_eq!((sound.received().gaps, picture.received().gaps), (0, 0), "without a gap");

    for client in [&anna.client, &ben.client] {
        client.ok("leaveRoom", json!(null)).await;
    }
    drop((anna, ben, there, back, bens, receiving));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_its_time_the_peer_is_gone_and_its_token_is_worth_nothing() {
    let server = server_with_grace(1).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let sends = anna.create_transport("send").await;
    anna.produce_audio(&sends).await;
    anna.kill().await;
    ben.next_event("peerReconnecting").await;
    let left = ben.next_event("peerLeft").await;
    assert_eq!(left, json!({ "peerId": joined["peerId"], "userId": "anna", "reason": "disconnected" }));
    server.until_counts([1, 1, 0, 0, 0]).await;
    let again = Client::connect(&server).await;
    let refusal = try_resume(&again, "c", "anna", &joined["resumeToken"]).await.unwrap_err();
    assert_eq!(refusal.code, "RESUME_REFUSED");
    // Refused, it may come as anybody may.
    assert_eq!(again.create_and_join("c", "anna").await["resumed"], json!(false));
    drop((again, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_good_for_its_own_room_and_user_only() {
    let server = server_with_grace(LONG).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let (elsewhere, other) = Client::joined(&server, "elsewhere", "anna").await;
    let peer = text(&joined, "peerId");
    let forged = json!(format!("{peer}.{peer}"));
    let stranger = Client::connect(&server).await;
    for (call, user, token) in [
        ("c", "ben", &joined["resumeToken"]),
        ("c", "anna", &other["resumeToken"]),
        ("elsewhere", "anna", &joined["resumeToken"]),
        ("c", "anna", &forged),
        ("c", "anna", &json!("")),
        ("c", "anna", &json!("no token")),
    ] {
        let refusal = try_resume(&stranger, call, user, token).await.unwrap_err();
        assert_eq!(refusal.code, "RESUME_REFUSED", "{call} {user} {token}");
    }
    let refusal = try_resume(&stranger, "nowhere", "anna", &joined["resumeToken"]).await.unwrap_err();
    assert_eq!(refusal.code, "ROOM_NOT_FOUND");
    assert_eq!(try_resume(&stranger, "c", "anna", &json!(5)).await.unwrap_err().code, "INVALID_REQUEST");
    anna.catch_up("c").await;
    assert!(anna.events().is_empty(), "{:?}", anna.events());
    // None of this has kept it from joining.
    stranger.create_and_join("c", "stranger").await;
    for (client, call) in [(&anna, "c"), (&elsewhere, "elsewhere"), (&stranger, "c")] {
        client.catch_up(call).await;
        client.ok("leaveRoom", json!(null)).await;
    }
    drop((anna, elsewhere, stranger));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_sockets_with_a_token_the_newer_wins_and_the_older_is_told() {
    let server = server_with_grace(LONG).await;
    let (older, joined) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let sends = older.create_transport("send").await;
    let (newer, resumed) = resume(&server, "anna", &joined["resumeToken"]).await;
    assert_eq!(resumed["own"]["transports"], json!([sends]));
    assert_eq!(older.next_event("kicked").await, json!({ "reason": "resumed_elsewhere", "by": null }));
    assert_eq!(older.refused("createTransport", json!({ "direction": "send" })).await, "NOT_JOINED");
    // The older one may go or join as somebody else: nothing of it touches the newer one.
    older.create_and_join("c", "somebody else").await;
    older.close().await;
    newer.produce_audio(&sends).await;
    ben.next_event("newProducer").await;
    let names: Vec<_> = ben.event_names();
    assert_eq!(names, ["peerJoined", "peerReconnecting", "newProducer"], "of somebody else, then the producer");
    for client in [&newer, &ben] {
        client.ok("leaveRoom", json!(null)).await;
    }
    drop((newer, ben));
    // Somebody else's time to come back has to pass.
    server.until_counts([1, 1, 0, 0, 0]).await;
    let (last, _) = Client::joined(&server, "c", "somebody else").await;
    last.ok("leaveRoom", json!(null)).await;
    drop(last);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_was_reloaded_is_there_once() {
    let server = server_with_grace(LONG).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    anna.kill().await;
    ben.next_event("peerReconnecting").await;
    let (anna, again) = Client::joined(&server, "c", "anna").await;
    assert_ne!(again["peerId"], joined["peerId"]);
    assert_eq!(again["peers"].as_array().expect("a list").len(), 1, "only Ben");
    let left = json!({ "peerId": joined["peerId"], "userId": "anna", "reason": "replaced" });
    assert_eq!(ben.next_event("peerLeft").await, left);
    assert_eq!(ben.next_event("peerJoined").await["peerId"], again["peerId"]);
    for client in [&anna, &ben] {
        client.ok("leaveRoom", json!(null)).await;
    }
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_does_not_come_back() {
    let server = server_with_grace(LONG).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    anna.ok("leaveRoom", json!(null)).await;
    assert_eq!(ben.next_event("peerLeft").await["reason"], "left");
    let refusal = try_resume(&anna, "c", "anna", &joined["resumeToken"]).await.unwrap_err();
    assert_eq!(refusal.code, "RESUME_REFUSED");
    ben.ok("leaveRoom", json!(null)).await;
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_under_way_when_the_socket_went_is_there_or_not_but_never_lost_sight_of() {
    let server = server_with_grace(LONG).await;
    for round in 0..20 {
        let user = format!("user {round}");
        let (client, joined) = Client::joined(&server, "c", &user).await;
        for direction in ["send", "recv"] {
            let _never_answered = client.send("createTransport", json!({ "direction": direction }));
        }
        client.kill().await;
        let (client, resumed) = resume(&server, &user, &joined["resumeToken"]).await;
        client.catch_up("c").await;
        let known = resumed["own"]["transports"].as_array().expect("a list").len();
        assert!(known <= 2, "{resumed}");
        client.ok("leaveRoom", json!(null)).await;
        server.until_peers_have([0, 0, 0, 0]).await;
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ice_restarts_with_new_credentials_and_only_for_ones_own_transport() {
    let server = TestServer::start().await;
    let (anna, ben) = (Caller::join(&server, "c", "anna").await, Caller::join(&server, "c", "ben").await);
    let (sending, receiving) = (anna.open("send", Protocol::Udp).await, ben.open("recv", Protocol::Udp).await);
    let audio = anna.publish(&sending, StreamSpec::audio(1000)).await;
    let incoming = ben.receive(&receiving, &audio).await;
    let flow = Flow::new(&sending, &audio, &receiving, &incoming);
    flow.goes_on().await;
    let restart = json!({ "transportId": sending.id });
    let first = anna.client.ok("restartIce", restart.clone()).await;
    let second = anna.client.ok("restartIce", restart.clone()).await;
    let name = |answer: &Value| text(&answer["iceParameters"], "usernameFragment");
    assert_ne!(name(&first), name(&second));
    assert_ne!(first["iceParameters"]["password"], second["iceParameters"]["password"]);
    // The old path is good until another is found.
    flow.goes_on().await;
    assert_eq!(ben.client.refused("restartIce", restart).await, "TRANSPORT_NOT_FOUND");
    assert_eq!(ben.client.refused("restartIce", json!({})).await, "INVALID_REQUEST");
    drop((anna, ben, sending, receiving));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_path_and_says_nothing_is_taken_out() {
    let server = TestServer::start_with(|config| config.rooms.dead_peer_s = 1).await;
    let (anna, ben) = (Caller::join(&server, "c", "anna").await, Caller::join(&server, "c", "ben").await);
    // Over UDP the path would count as lost only when ICE's consent runs out, ten seconds at least.
    let (sending, receiving) = (anna.open("send", Protocol::Tcp).await, ben.open("recv", Protocol::Udp).await);
    let audio = anna.publish(&sending, StreamSpec::audio(1000)).await;
    let incoming = ben.receive(&receiving, &audio).await;
    Flow::new(&sending, &audio, &receiving, &incoming).goes_on().await;
    // Her endpoint disappears without a goodbye; her socket stays, and says nothing.
    drop(sending);
    assert_eq!(ben.client.next_event("peerLeft").await["reason"], "timed_out");
    assert_eq!(anna.client.next_event("kicked").await, json!({ "reason": "timed_out", "by": null }));
    assert_eq!(anna.client.refused("createTransport", json!({ "direction": "send" })).await, "NOT_JOINED");
    drop((anna, ben, receiving));
    server.finish().await;
}

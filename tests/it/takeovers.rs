//! Peers that are taken over again and again, by many at once, and by those who must not.

use crate::support::rtc::{Caller, Flow, Protocol, StreamSpec};
use crate::support::{Client, TestServer};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Long enough for whatever a scenario does meanwhile, on a machine however busy.
const GRACE_S: u64 = 60;

/// Packets, enough to see that a stream flows while nobody is there to say so.
const MANY: u64 = 50;

async fn server(grace_s: u64) -> TestServer {
    TestServer::start_with(|config| config.rooms.resume_grace_s = grace_s).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_resumes_as_often_as_it_has_to() {
    let server = server(GRACE_S).await;
    let (mut anna, joined) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let transport = anna.create_transport("send").await;
    for _ in 0..5 {
        anna.kill().await;
        ben.next_event("peerReconnecting").await;
        let (again, resumed) = Client::resumed(&server, "c", "anna", &joined["resumeToken"]).await;
        assert_eq!(resumed["resumeToken"], joined["resumeToken"]);
        assert_eq!(resumed["own"]["transports"], json!([transport]));
        anna = again;
    }
    assert_eq!(server.counts().await, [1, 2, 1, 0, 0]);
    anna.ok("leaveRoom", Value::Null).await;
    ben.ok("leaveRoom", Value::Null).await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_this_peers_is_refused_and_its_holder_may_join_afresh() {
    let server = server(GRACE_S).await;
    let (anna, annas) = Client::joined(&server, "c", "anna").await;
    let (elsewhere, others) = Client::joined(&server, "d", "anna").await;
    let (ben, bens) = Client::joined(&server, "c", "ben").await;
    let (gone, gones) = Client::joined(&server, "c", "anna").await;
    gone.ok("leaveRoom", Value::Null).await;
    let forged = |token: &Value| {
        let token = token.as_str().expect("a text");
        let (peer, secret) = token.split_once('.').expect("of two parts");
        let other = if secret.ends_with('0') { "1" } else { "0" };
        json!(format!("{peer}.{}{other}", &secret[..secret.len() - 1]))
    };
    let cases = [
        ("of another room", others["resumeToken"].clone()),
        ("of another user", bens["resumeToken"].clone()),
        ("of a peer that left", gones["resumeToken"].clone()),
        ("with another secret", forged(&annas["resumeToken"])),
        ("with no secret", annas["peerId"].clone()),
        ("garbage", json!("x.y")),
        ("empty", json!("")),
        ("long", json!("a.".repeat(1000))),
    ];
    for (which, token) in cases {
        let newcomer = Client::connect(&server).await;
        let refusal = newcomer.resume("c", "anna", &token).await.expect_err(which);
        assert_eq!(refusal.code, "RESUME_REFUSED", "{which}");
        assert_eq!(newcomer.refused("leaveRoom", Value::Null).await, "NOT_JOINED", "{which}");
        let afresh = newcomer.create_and_join("c", "anna").await;
        assert_eq!(afresh["resumed"], false, "{which}");
        assert_ne!(afresh["peerId"], annas["peerId"], "{which}");
        newcomer.ok("leaveRoom", Value::Null).await;
    }
    // Nobody who holds a peer has noticed.
    for client in [&anna, &ben] {
        client.catch_up("c").await;
        assert!(client.event_names().iter().all(|name| name == "peerJoined" || name == "peerLeft"));
        client.ok("leaveRoom", Value::Null).await;
    }
    elsewhere.ok("leaveRoom", Value::Null).await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_that_resume_at_once_leave_one_with_the_peer() {
    const SOCKETS: usize = 20;
    let server = server(GRACE_S).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    anna.kill().await;
    let resume = async || Client::resumed(&server, "c", "anna", &joined["resumeToken"]).await.0;
    let sockets = join_all((0..SOCKETS).map(|_| resume())).await;
    let leaving = sockets.iter().map(|socket| socket.request("leaveRoom", Value::Null));
    let answers = join_all(leaving).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let kicked = sockets.iter().filter(|socket| socket.event_names().contains(&"kicked".to_owned())).count();
    assert_eq!(kicked, SOCKETS - 1);
    drop(sockets);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_joins_afresh_replaces_its_older_self_that_is_away() {
    let server = server(GRACE_S).await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let (tab, tabs) = Client::joined(&server, "c", "anna").await;
    let (other, others) = Client::joined(&server, "c", "anna").await;
    tab.kill().await;
    ben.next_event("peerReconnecting").await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    assert_eq!(joined["resumed"], false);
    let users: Vec<_> = joined["peers"].as_array().expect("peers").iter().map(|peer| &peer["peerId"]).collect();
    assert!(users.contains(&&others["peerId"]), "a tab that is there stays: {joined}");
    assert!(!users.contains(&&tabs["peerId"]), "no ghost: {joined}");
    let left = ben.next_event("peerLeft").await;
    assert_eq!(left, json!({ "peerId": tabs["peerId"], "userId": "anna", "reason": "replaced" }));
    for client in [anna, ben, other] {
        client.ok("leaveRoom", Value::Null).await;
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_with_nobody_but_one_who_is_away_waits_for_it() {
    // The room would close a second after its last peer.
    let server = server(3).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let transport = anna.create_transport("send").await;
    anna.kill().await;
    let (ben, bens) = Client::joined(&server, "d", "ben").await;
    ben.ok("leaveRoom", Value::Null).await;
    server.until_counts([1, 1, 1, 0, 0]).await;
    assert!(bens["peers"].as_array().is_some_and(Vec::is_empty));
    let (anna, resumed) = Client::resumed(&server, "c", "anna", &joined["resumeToken"]).await;
    assert_eq!(resumed["own"]["transports"], json!([transport]));
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_flows_while_nobody_has_a_socket() {
    let server = server(GRACE_S).await;
    let mut anna = Caller::join(&server, "call", "anna").await;
    let mut ben = Caller::join(&server, "call", "ben").await;
    let sending = anna.open("send", Protocol::Udp).await;
    let receiving = ben.open("recv", Protocol::Udp).await;
    let audio = anna.publish(&sending, StreamSpec::audio(1000)).await;
    let video = anna.publish(&sending, StreamSpec::video(2000)).await;
    let (heard, seen) = (ben.receive(&receiving, &audio).await, ben.receive(&receiving, &video).await);
    let flows = [Flow::new(&sending, &audio, &receiving, &heard), Flow::new(&sending, &video, &receiving, &seen)];
    let go_on = async || {
        for flow in &flows {
            flow.reaches(flow.received().packets + MANY).await;
        }
    };
    go_on().await;

    // The sender's socket, then both, then they come back the other way round.
    drop(anna.client);
    ben.client.next_event("peerReconnecting").await;
    go_on().await;
    ben.client.kill().await;
    go_on().await;
    let (client, resumed) = Client::resumed(&server, "call", "ben", &ben.resume_token).await;
    ben.client = client;
    assert_eq!(resumed["own"]["transports"], json!([receiving.id]));
    let ids = |consumer: &Value| (consumer["consumerId"].clone(), consumer["producerId"].clone());
    let mut consumers: Vec<_> = resumed["own"]["consumers"].as_array().expect("consumers").iter().map(ids).collect();
    let mut expected =
        vec![(json!(heard.consumer), json!(audio.producer)), (json!(seen.consumer), json!(video.producer))];
    consumers.sort_by_key(|(consumer, _)| consumer.to_string());
    expected.sort_by_key(|(consumer, _)| consumer.to_string());
    assert_eq!(consumers, expected);
    go_on().await;
    let (client, resumed) = Client::resumed(&server, "call", "anna", &anna.resume_token).await;
    anna.client = client;
    assert_eq!(resumed["own"]["transports"], json!([sending.id]));
    assert_eq!(resumed["own"]["producers"].as_array().map(Vec::len), Some(2), "{resumed}");
    go_on().await;
    for flow in &flows {
        let received = flow.received();
        assert_eq!((received.gaps, received.damaged), (0, 0), "{received:#?}");
    }

    // The new sockets have the same media in their hands.
    anna.client.ok("pauseProducer", json!({ "producerId": audio.producer })).await;
    assert_eq!(ben.client.next_event("consumerPaused").await["consumerId"], heard.consumer.as_str());
    flows[0].is_silent_while(flows[1]).await;
    anna.client.ok("resumeProducer", json!({ "producerId": audio.producer })).await;
    flows[0].goes_on().await;
    assert_eq!(server.counts().await, [1, 2, 2, 2, 2]);
    for caller in [anna, ben] {
        caller.client.ok("leaveRoom", Value::Null).await;
    }
    drop((sending, receiving));
    server.finish().await;
}

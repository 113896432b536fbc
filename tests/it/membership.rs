//! Coming, going, and who learns of it.

use crate::support::{Client, Pending, TestServer, fixtures};
use futures_util::future::join_all;
use serde_json::{Value, json};

fn call(name: &str) -> Value {
    json!({ "callId": name })
}

fn join(name: &str, user: &str) -> Value {
    json!({ "callId": name, "userId": user, "rtpCapabilities": {} })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_room_cannot_be_joined() {
    let server = TestServer::start().await;
    let anna = Client::connect(&server).await;
    assert_eq!(anna.refused("joinRoom", join("nowhere", "anna")).await, "ROOM_NOT_FOUND");
    assert_eq!(anna.refused("leaveRoom", Value::Null).await, "NOT_JOINED");
    assert_eq!(server.counts().await, [0; 5]);
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_in_one_room_only() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "a", "anna").await;
    let (ben, _) = Client::joined(&server, "b", "ben").await;
    for name in ["a", "b", "nowhere"] {
        assert_eq!(anna.refused("joinRoom", join(name, "anna")).await, "ALREADY_JOINED", "{name}");
    }
    // She is where she was, and hears what happens there.
    let (carl, _) = Client::joined(&server, "a", "carl").await;
    assert_eq!(anna.next_event("peerJoined").await["userId"], "carl");
    ben.catch_up("b").await;
    assert_eq!(ben.event_names(), [""; 0]);
    assert_eq!(server.counts().await, [2, 3, 0, 0, 0]);
    drop((anna, ben, carl));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_joins_of_one_socket_at_once_are_one_join() {
    let server = TestServer::start().await;
    let anna = Client::connect(&server).await;
    anna.ok("createRoom", call("c")).await;
    let answers = anna.send_all([("joinRoom", join("c", "anna")), ("joinRoom", join("c", "anna"))]);
    let answers = join_all(answers.into_iter().map(Pending::answer)).await;
    assert!(answers[0].is_ok());
    assert_eq!(answers[1].as_ref().expect_err("the second").code, "ALREADY_JOINED");
    assert_eq!(server.counts().await, [1, 1, 0, 0, 0]);
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_can_join_again_here_or_elsewhere_as_a_new_peer() {
    let server = TestServer::start().await;
    let (anna, first) = Client::joined(&server, "a", "anna").await;
    let transport = anna.create_transport("send").await;
    let producer = anna.produce_audio(&transport).await;
    anna.ok("leaveRoom", Value::Null).await;
    server.until_counts([1, 0, 0, 0, 0]).await;
    assert_eq!(anna.refused("leaveRoom", Value::Null).await, "NOT_JOINED");
    let again = anna.create_and_join("a", "anna").await;
    assert_ne!(first["peerId"], again["peerId"]);
    // Nothing of the first stay is hers any more.
    assert_eq!(anna.refused("closeProducer", json!({ "producerId": producer })).await, "PRODUCER_NOT_FOUND");
    let connect = json!({ "transportId": transport, "dtlsParameters": fixtures::dtls() });
    assert_eq!(anna.refused("connectTransport", connect).await, "TRANSPORT_NOT_FOUND");
    anna.ok("leaveRoom", Value::Null).await;
    anna.create_and_join("b", "anna").await;
    anna.create_transport("recv").await;
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_sent_without_waiting_are_carried_out_in_order() {
    let server = TestServer::start().await;
    for round in 0..10 {
        let (name, other) = (format!("c{round}"), format!("d{round}"));
        let anna = Client::connect(&server).await;
        let answers = anna.send_all([
            ("createRoom", call(&name)),
            ("createRoom", call(&other)),
            ("joinRoom", join(&name, "anna")),
            ("createTransport", json!({ "direction": "send" })),
            ("getProducers", call(&name)),
            ("createTransport", json!({ "direction": "recv" })),
            ("leaveRoom", Value::Null),
            ("joinRoom", join(&other, "anna")),
            ("createTransport", json!({ "direction": "send" })),
        ]);
        let answers = join_all(answers.into_iter().map(Pending::answer)).await;
        let refused: Vec<_> = answers.iter().map(|answer| answer.as_ref().err().map(ToString::to_string)).collect();
        // The transports were not there yet when she left, and fall with her.
        let left = Some("NOT_JOINED: join the room first".to_owned());
        let fell = |place: usize| [None, left.clone()].contains(&refused[place]);
        assert!(fell(3) && fell(5), "{refused:?}");
        for place in [0, 1, 2, 4, 6, 7, 8] {
            assert_eq!(refused[place], None, "request {place}: {refused:?}");
        }
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_are_listed_in_the_order_in_which_they_came() {
    let server = TestServer::start().await;
    let mut clients = Vec::new();
    for number in 0..8 {
        let (client, joined) = Client::joined(&server, "c", &format!("user {number}")).await;
        let users: Vec<_> = joined["peers"].as_array().expect("a list").iter().map(|peer| &peer["userId"]).collect();
        let expected: Vec<_> = (0..number).map(|before| json!(format!("user {before}"))).collect();
        assert_eq!(users, expected.iter().collect::<Vec<_>>());
        clients.push(client);
    }
    drop(clients);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_hear_who_comes_and_who_goes_and_why() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    for reason in ["left", "closed", "killed"] {
        let (ben, joined) = Client::joined(&server, "c", "ben").await;
        let came = anna.next_event("peerJoined").await;
        let expected =
            json!({ "peerId": joined["peerId"], "userId": "ben", "displayName": "ben", "role": "participant" });
        assert_eq!(came, expected);
        let expected = match reason {
            "left" => {
                ben.ok("leaveRoom", Value::Null).await;
                "left"
            }
            "closed" => {
                ben.close().await;
                "disconnected"
            }
            _ => {
                ben.kill().await;
                "disconnected"
            }
        };
        let went = anna.next_event("peerLeft").await;
        assert_eq!(went, json!({ "peerId": joined["peerId"], "userId": "ben", "reason": expected }), "{reason}");
    }
    anna.catch_up("c").await;
    assert_eq!(anna.events().len(), 6, "{:?}", anna.events());
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_without_a_name_is_announced_without_one() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let ben = Client::connect(&server).await;
    ben.ok("joinRoom", join("c", "ben")).await;
    let came = anna.next_event("peerJoined").await;
    assert_eq!(came.as_object().expect("an object").get("displayName"), None);
    let (carl, joined) = Client::joined(&server, "c", "carl").await;
    assert_eq!(joined["peers"][1]["displayName"], Value::Null);
    drop((anna, ben, carl));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_members_learn_what_is_published_and_not_their_own() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    let (stranger, _) = Client::joined(&server, "elsewhere", "stranger").await;
    let outside = Client::connect(&server).await;
    let of_anna = anna.produce_audio(&anna.create_transport("send").await).await;
    let of_ben = ben.produce_video(&ben.create_transport("send").await).await;
    for client in [&stranger, &outside] {
        assert_eq!(client.refused("getProducers", call("c")).await, "NOT_JOINED");
    }
    for (client, expected) in [(&anna, &of_ben), (&ben, &of_anna)] {
        let list = client.ok("getProducers", call("c")).await;
        let ids: Vec<_> = list["producers"].as_array().expect("a list").iter().map(|p| &p["producerId"]).collect();
        assert_eq!(ids, [expected]);
    }
    let (carl, joined) = Client::joined(&server, "c", "carl").await;
    let published = |peer: usize| &joined["peers"][peer]["producers"][0]["producerId"];
    assert_eq!((published(0), published(1)), (&json!(of_anna), &json!(of_ben)));
    drop((anna, ben, carl, stranger, outside));
    server.finish().await;
}

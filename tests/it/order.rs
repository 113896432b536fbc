//! Requests of one socket are carried out in the order in which they arrive.

use crate::support::scene::Scene;
use crate::support::{Client, Pending, TestServer};
use futures_util::future::join_all;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_pauses_and_resumes_the_last_one_counts() {
    let scene = Scene::set().await;
    for last_is_pause in [true, false] {
        let before = scene.ben.events().len();
        let request = json!({ "producerId": scene.audio });
        let names =
            if last_is_pause { ["resumeProducer", "pauseProducer"] } else { ["pauseProducer", "resumeProducer"] };
        let answers = scene.anna.send_all((0..200).map(|n| (names[n % 2], request.clone())));
        for answer in join_all(answers.into_iter().map(Pending::answer)).await {
            answer.expect("done");
        }
        scene.ben.catch_up("c").await;
        let events = scene.ben.events();
        let (last, payload) = events.last().expect("events");
        assert_eq!(
            (last == "producerPaused", payload["paused"] == true),
            (last_is_pause, last_is_pause),
            "{last} {payload}"
        );
        // Each change is told, and none twice.
        let paused: Vec<_> = events[before..]
            .iter()
            .filter(|(name, _)| name.starts_with("producer"))
            .map(|(_, e)| &e["paused"])
            .collect();
        assert!(paused.windows(2).all(|pair| pair[0] != pair[1]), "{paused:?}");
        assert!(paused.len() >= 199, "{}", paused.len());
        let listed = scene.ben.ok("getProducers", json!({ "callId": "c" })).await;
        let audio = listed["producers"].as_array().expect("a list").iter().find(|p| p["producerId"] == *scene.audio);
        assert_eq!(audio.expect("listed")["paused"], last_is_pause);
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_and_leaving_without_waiting_ends_where_the_last_request_says() {
    let server = TestServer::start_with(|config| config.signaling.max_in_flight = 1000).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let ben = Client::connect(&server).await;
    let join = json!({ "callId": "c", "userId": "ben", "rtpCapabilities": {} });
    let requests = (0..100).flat_map(|_| [("joinRoom", join.clone()), ("leaveRoom", Value::Null)]);
    for answer in join_all(ben.send_all(requests).into_iter().map(Pending::answer)).await {
        answer.expect("done");
    }
    anna.catch_up("c").await;
    let events = anna.event_names();
    assert_eq!(events.len(), 200);
    assert!(events.chunks(2).all(|pair| pair == ["peerJoined", "peerLeft"]), "{events:?}");
    assert_eq!(server.counts().await, [1, 1, 0, 0, 0]);
    drop((anna, ben));
    server.finish().await;
}

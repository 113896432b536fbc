//! Requests of one socket are carried out in the order in which they arrive.

use crate::support::scene::Scene;
use crate::support::{Client, Pending, TestServer};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_pauses_and_resumes_the_last_one_counts() {
    let scene = Scene::set().await;
    of_pauses_and_resumes_the_last_one_counts(&scene, 200).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_pauses_and_resumes_the_last_one_counts_however_busy_the_server_is() {
    let scene = Scene::set().await;
    // Tasks of the server find each other's news late when others take their turn in between.
    let busy: Vec<_> = (0..4).map(|_| tokio::spawn(keep_busy())).collect();
    for _ in 0..100 {
        of_pauses_and_resumes_the_last_one_counts(&scene, 2).await;
    }
    busy.iter().for_each(JoinHandle::abort);
    scene.finish().await;
}

async fn keep_busy() {
    loop {
        let started = Instant::now();
        while started.elapsed() < Duration::from_micros(100) {
            std::hint::spin_loop();
        }
        tokio::task::yield_now().await;
    }
}

/// Sends pauses and resumes in turn, without waiting, and looks at what others see in the end.
async fn of_pauses_and_resumes_the_last_one_counts(scene: &Scene, requests: usize) {
    for last_is_pause in [true, false] {
        let request = json!({ "producerId": scene.audio });
        let names =
            if last_is_pause { ["resumeProducer", "pauseProducer"] } else { ["pauseProducer", "resumeProducer"] };
        let answers = scene.anna.send_all((0..requests).map(|n| (names[n % 2], request.clone())));
        for answer in join_all(answers.into_iter().map(Pending::answer)).await {
            answer.expect("done");
        }
        let listed = scene.ben.ok("getProducers", json!({ "callId": "c" })).await;
        let audio = listed["producers"].as_array().expect("a list").iter().find(|p| p["producerId"] == *scene.audio);
        assert_eq!(audio.expect("listed")["paused"], last_is_pause);
        // Others are told of changes only, and know how it is in the end. A change that was undone before it was known
        // need not be told.
        let events = scene.ben.events();
        let told: Vec<_> =
            events.iter().filter(|(name, _)| name.starts_with("producer")).map(|(_, e)| &e["paused"]).collect();
        assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "{told:?}");
        assert_eq!(told.last().is_some_and(|paused| **paused == true), last_is_pause);
    }
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

//! Rooms that outgrow a worker: their receivers are spread over several, and what is published reaches all of them.

use crate::process::signal;
use crate::support::fixtures::text;
use crate::support::rtc::{Caller, Flow, Incoming, Link, Protocol, Published, StreamSpec};
use crate::support::{Client, DEADLINE, TestServer};
use colloquy::config::{Config, WorkerIsolation};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Receivers of one producer in the large room.
const MANY: usize = 600;
/// Clients that hold them, each with a transport for every consumer.
const CLIENTS: usize = 6;

fn isolated(config: &mut Config) {
    config.workers.isolation = WorkerIsolation::Process;
}

async fn by_worker(server: &TestServer, what: &str) -> Vec<u64> {
    let stats = server.stats().await;
    let workers = stats["workersDetail"].as_array().expect("a list").clone();
    workers.iter().map(|worker| worker[what].as_u64().expect("a number")).collect()
}

/// Waits until the figures are these: a worker's process tells of a change a moment after it.
pub async fn until_by_worker(server: &TestServer, what: &str, expected: impl Fn(&[u64]) -> bool) -> Vec<u64> {
    let started = Instant::now();
    loop {
        let figures = by_worker(server, what).await;
        if expected(&figures) {
            return figures;
        }
        assert!(started.elapsed() < DEADLINE, "{what} by worker: still {figures:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Transports are made and consumers asked for as fast as they go, many at the same moment.
async fn spreads_evenly(isolate: bool) {
    let server = TestServer::start_with(|config| {
        config.rooms.max_consumers_per_router = 150;
        config.rooms.max_transports_per_peer = MANY;
        config.signaling.max_in_flight = MANY;
        if isolate {
            isolated(config);
        }
    })
    .await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let sends = anna.create_transport("send").await;
    let video = anna.produce_video(&sends).await;
    let mut viewers = Vec::new();
    for number in 0..CLIENTS {
        viewers.push(Client::joined(&server, "c", &format!("viewer {number}")).await.0);
    }
    for viewer in &viewers {
        let ask = |_| ("createTransport", json!({ "direction": "recv" }));
        let mut transports = Vec::new();
        for made in viewer.send_all((0..MANY / CLIENTS).map(ask)) {
            transports.push(text(&made.answer().await.expect("is made"), "id"));
        }
        let ask = |transport: &String| ("consume", viewer.consume_request(transport, &video));
        for consumed in viewer.send_all(transports.iter().map(ask)) {
            consumed.answer().await.expect("is made");
        }
    }
    let all = |spread: &[u64]| spread.iter().sum::<u64>() == MANY as u64;
    let spread = until_by_worker(&server, "consumers", all).await;
    assert!(spread.iter().all(|count| (295..=305).contains(count)), "{spread:?}");
    assert_eq!(by_worker(&server, "routers").await, [1, 1]);
    // Pipes are not counted: there is one producer, whatever the number of its copies.
    server.until_counts([1, 7, 601, 1, MANY as u64]).await;

    anna.ok("pauseProducer", json!({ "producerId": video })).await;
    anna.ok("closeProducer", json!({ "producerId": video })).await;
    for viewer in &viewers {
        viewer.catch_up("c").await;
        let count = |name: &str| viewer.event_names().iter().filter(|event| *event == name).count();
        assert_eq!((count("consumerPaused"), count("consumerClosed")), (MANY / CLIENTS, MANY / CLIENTS));
    }
    until_by_worker(&server, "consumers", |figures| figures == [0, 0]).await;
    // The second router goes with the last who received there, while the room goes on.
    drop(viewers);
    server.until_counts([1, 1, 1, 0, 0]).await;
    until_by_worker(&server, "routers", |figures| figures.iter().sum::<u64>() == 1).await;
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_hundred_receivers_are_spread_evenly_over_two_workers() {
    spreads_evenly(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_so_they_are_over_two_processes() {
    spreads_evenly(true).await;
}

/// Anna publishes, Ben receives on the same worker, Carl on the other.
struct Scene {
    server: TestServer,
    anna: Caller,
    ben: Caller,
    carl: Caller,
    sending: Link,
    bens: Link,
    carls: Link,
    video: Published,
    to_ben: Incoming,
    to_carl: Incoming,
}

impl Scene {
    async fn set(change: impl FnOnce(&mut Config)) -> Self {
        let server = TestServer::start_with(|config| {
            config.rooms.max_consumers_per_router = 1;
            change(config);
        })
        .await;
        let [anna, ben, carl] = [
            Caller::join(&server, "c", "anna").await,
            Caller::join(&server, "c", "ben").await,
            Caller::join(&server, "c", "carl").await,
        ];
        let sending = anna.open("send", Protocol::Udp).await;
        let video = anna.publish(&sending, StreamSpec::video(2000)).await;
        let bens = ben.open("recv", Protocol::Udp).await;
        let to_ben = ben.receive(&bens, &video).await;
        let carls = carl.open("recv", Protocol::Udp).await;
        let to_carl = carl.receive(&carls, &video).await;
        until_by_worker(&server, "consumers", |figures| figures == [1, 1]).await;
        Self { server, anna, ben, carl, sending, bens, carls, video, to_ben, to_carl }
    }

    fn near(&self) -> Flow<'_> {
        Flow::new(&self.sending, &self.video, &self.bens, &self.to_ben)
    }

    fn far(&self) -> Flow<'_> {
        Flow::new(&self.sending, &self.video, &self.carls, &self.to_carl)
    }

    async fn finish(self) {
        let Self { server, anna, ben, carl, sending, bens, carls, .. } = self;
        drop((anna, ben, carl, sending, bens, carls));
        server.finish().await;
    }
}

async fn reaches_the_other_worker(change: impl FnOnce(&mut Config)) {
    let scene = Scene::set(change).await;
    let (near, far) = (scene.near(), scene.far());
    near.goes_on().await;
    far.goes_on().await;
    assert_eq!((far.received().damaged, far.received().gaps), (0, 0), "{:?}", far.received());
    // A key frame asked for over there is asked of her who makes them, and comes.
    let (asked, came) = (near.sent().key_frame_requests, far.received().key_frames);
    scene.carls.peer.request_key_frame(scene.to_carl.ssrc);
    scene.sending.peer.until("is asked", |now| now.sent(scene.video.ssrc).key_frame_requests > asked).await;
    scene.carls.peer.until("a key frame", |now| now.received(scene.to_carl.ssrc).key_frames > came).await;

    let producer = json!({ "producerId": scene.video.producer });
    scene.anna.client.ok("pauseProducer", producer.clone()).await;
    let paused = scene.carl.client.next_event("consumerPaused").await;
    assert_eq!(paused["consumerId"], json!(scene.to_carl.consumer));
    let asked = near.sent().key_frame_requests;
    scene.anna.client.ok("resumeProducer", producer.clone()).await;
    far.goes_on().await;
    assert!(near.sent().key_frame_requests > asked, "a picture begins with a key frame");
    scene.anna.client.ok("closeProducer", producer).await;
    let closed = scene.carl.client.next_event("consumerClosed").await;
    assert_eq!(closed["consumerId"], json!(scene.to_carl.consumer));
    until_by_worker(&scene.server, "consumers", |figures| figures == [0, 0]).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_on_one_worker_is_received_on_the_other() {
    reaches_the_other_worker(|_| {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_from_process_to_process() {
    reaches_the_other_worker(isolated).await;
}

/// The pid of the worker on which a room's producers stand (or not).
async fn pid_of_worker(server: &TestServer, with_producer: bool) -> String {
    let stats = server.stats().await;
    let workers = stats["workersDetail"].as_array().expect("a list").clone();
    let mut fitting = workers.iter().filter(|worker| (worker["producers"] != json!(0)) == with_producer);
    fitting.next().unwrap_or_else(|| panic!("no such worker: {stats}"))["pid"].to_string()
}

/// After `mediaReset`: a new transport, and what there is to receive.
async fn begin_anew(caller: &Caller, sender: &Published) -> (Link, Incoming) {
    let link = caller.open("recv", Protocol::Udp).await;
    let incoming = caller.receive(&link, sender).await;
    (link, incoming)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_other_worker_is_felt_only_by_those_who_receive_there() {
    let scene = Scene::set(isolated).await;
    scene.far().goes_on().await;
    signal("KILL", &pid_of_worker(&scene.server, false).await);
    assert_eq!(scene.carl.client.next_event("mediaReset").await["reason"], json!("worker_lost"));
    let (link, incoming) = begin_anew(&scene.carl, &scene.video).await;
    Flow::new(&scene.sending, &scene.video, &link, &incoming).goes_on().await;
    scene.near().goes_on().await;
    assert_eq!(scene.near().received().gaps, 0, "Ben noticed nothing");
    for caller in [&scene.anna, &scene.ben] {
        caller.client.catch_up("c").await;
        assert!(!caller.client.event_names().iter().any(|name| name == "mediaReset"));
    }
    drop(link);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_first_worker_is_felt_by_all_and_survived_by_all() {
    let scene = Scene::set(isolated).await;
    scene.far().goes_on().await;
    signal("KILL", &pid_of_worker(&scene.server, true).await);
    for caller in [&scene.anna, &scene.ben, &scene.carl] {
        let reset = caller.client.next_event("mediaReset").await;
        assert!(reset["rtpCapabilities"]["codecs"].as_array().is_some_and(|codecs| !codecs.is_empty()), "{reset}");
    }
    assert_eq!(scene.server.metric("colloquy_media_resets_total").await, 3.0);
    let nothing: Value = scene.ben.client.ok("getProducers", json!({ "callId": "c" })).await;
    assert_eq!(nothing["producers"], json!([]));
    let sending = scene.anna.open("send", Protocol::Udp).await;
    let video = scene.anna.publish(&sending, StreamSpec::video(2000)).await;
    let (bens, to_ben) = begin_anew(&scene.ben, &video).await;
    let (carls, to_carl) = begin_anew(&scene.carl, &video).await;
    Flow::new(&sending, &video, &bens, &to_ben).goes_on().await;
    Flow::new(&sending, &video, &carls, &to_carl).goes_on().await;
    // Nobody was told of the end of single things that were void anyway.
    for caller in [&scene.ben, &scene.carl] {
        let names = caller.client.event_names();
        assert!(!names.iter().any(|name| name == "consumerClosed" || name == "producerClosed"), "{names:?}");
    }
    drop((sending, bens, carls));
    scene.finish().await;
}

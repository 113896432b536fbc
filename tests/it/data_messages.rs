//! Data channels with endpoints that use them: what is sent arrives, as reliably as it was agreed.

use crate::support::TestServer;
use crate::support::rtc::{Caller, ChannelSpec, Flow, Link, Protocol, Snapshot, StreamSpec};
use crate::wide::until_by_worker;
use colloquy::config::{Config, WorkerIsolation};
use serde_json::json;

/// Anna sends, Ben receives.
struct Scene {
    server: TestServer,
    anna: Caller,
    ben: Caller,
    sending: Link,
    receiving: Link,
}

impl Scene {
    async fn set(change: impl FnOnce(&mut Config)) -> Self {
        let server = TestServer::start_with(change).await;
        let (anna, ben) = (Caller::join(&server, "c", "anna").await, Caller::join(&server, "c", "ben").await);
        let (sending, receiving) = (anna.open("send", Protocol::Udp).await, ben.open("recv", Protocol::Udp).await);
        Self { server, anna, ben, sending, receiving }
    }

    /// A channel from Anna to Ben: Anna's stream, and Ben's.
    async fn channel(&self, spec: ChannelSpec) -> (u16, u16) {
        let producer = self.anna.open_channel(&self.sending, &spec).await;
        let (_, stream) = self.ben.receive_channel(&self.receiving, &producer).await;
        (spec.stream, stream)
    }

    fn say(&self, stream: u16, message: &str) {
        self.sending.peer.say(stream, message);
    }

    /// Waits until Ben has that message, as the latest.
    async fn until_heard(&self, stream: u16, message: &str) {
        heard(&self.receiving, stream, message).await;
    }

    async fn finish(self) {
        let Self { server, anna, ben, sending, receiving } = self;
        drop((anna, ben, sending, receiving));
        server.finish().await;
    }
}

async fn heard(link: &Link, stream: u16, message: &str) {
    let last = |now: &Snapshot| now.heard(stream).messages.last().cloned();
    link.peer.until(message, |now| last(now).as_deref() == Some(message.as_bytes())).await;
}

fn texts(link: &Link, stream: u16) -> Vec<String> {
    let messages = link.peer.heard(stream).into_iter();
    messages.map(|message| String::from_utf8(message).expect("text")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reliable_channel_brings_everything_in_order_whatever_is_lost() {
    let scene = Scene::set(|_| ()).await;
    let (to, from) = scene.channel(ChannelSpec::reliable(5)).await;
    let sent: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    for (number, message) in sent.iter().enumerate() {
        if number % 50 == 10 {
            scene.receiving.peer.miss(1);
        }
        scene.say(to, message);
        if number % 20 == 0 {
            scene.until_heard(from, message).await;
        }
    }
    scene.until_heard(from, "199").await;
    assert_eq!(texts(&scene.receiving, from), sent);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_on_a_fleeting_channel_stays_lost_and_holds_nothing_up() {
    let scene = Scene::set(|_| ()).await;
    let (to, from) = scene.channel(ChannelSpec::fleeting(0)).await;
    let (reliably, back) = scene.channel(ChannelSpec::reliable(1)).await;
    // Both have sent something, and what is on its way now has arrived.
    scene.say(to, "first");
    scene.until_heard(from, "first").await;
    scene.say(reliably, "first");
    scene.until_heard(back, "first").await;
    scene.receiving.peer.miss(1);
    scene.say(to, "lost");
    for number in 0..5 {
        scene.say(to, &number.to_string());
        scene.until_heard(from, &number.to_string()).await;
    }
    // A reliable channel has by now sent again what it lost.
    scene.receiving.peer.miss(1);
    scene.say(reliably, "sent again");
    scene.until_heard(back, "sent again").await;
    assert_eq!(texts(&scene.receiving, from), ["first", "0", "1", "2", "3", "4"]);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_has_its_size() {
    let scene = Scene::set(|config| config.data.max_message_bytes = 5000).await;
    let created = scene.anna.client.ok("createTransport", json!({ "direction": "send" })).await;
    assert_eq!(created["sctpParameters"]["maxMessageSize"], 5000);
    let (to, from) = scene.channel(ChannelSpec::reliable(0)).await;
    let (fits, too_long) = ("x".repeat(5000), "y".repeat(5001));
    for message in [&fits, &too_long, "after"] {
        scene.say(to, message);
    }
    scene.until_heard(from, "after").await;
    assert_eq!(texts(&scene.receiving, from), [fits.as_str(), "after"]);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_and_data_share_a_transport_and_closing_one_leaves_the_other() {
    let scene = Scene::set(|_| ()).await;
    let audio = scene.anna.publish(&scene.sending, StreamSpec::audio(1000)).await;
    let incoming = scene.ben.receive(&scene.receiving, &audio).await;
    let flow = Flow::new(&scene.sending, &audio, &scene.receiving, &incoming);
    flow.goes_on().await;
    let producer = scene.anna.open_channel(&scene.sending, &ChannelSpec::reliable(0)).await;
    let (_, stream) = scene.ben.receive_channel(&scene.receiving, &producer).await;
    scene.say(0, "hello");
    scene.until_heard(stream, "hello").await;
    flow.goes_on().await;
    scene.anna.client.ok("closeDataProducer", json!({ "dataProducerId": producer })).await;
    scene.ben.client.next_event("dataConsumerClosed").await;
    // The far end of the channel closes, too: its stream is reset.
    scene.receiving.peer.until("the channel closed", |now| now.heard(stream).closed).await;
    flow.goes_on().await;
    scene.server.until_counts([1, 2, 2, 1, 1]).await;
    assert_eq!(scene.server.data_counts().await, [0, 0]);
    scene.finish().await;
}

/// Carl receives on another worker than Anna sends on.
async fn over_a_spoke(isolation: WorkerIsolation) {
    let scene = Scene::set(|config| {
        config.rooms.max_consumers_per_router = 1;
        config.workers.isolation = isolation;
    });
    let scene = scene.await;
    let mut producers = Vec::new();
    for stream in 0..4 {
        producers.push(scene.anna.open_channel(&scene.sending, &ChannelSpec::reliable(stream)).await);
    }
    let fleeting = scene.anna.open_channel(&scene.sending, &ChannelSpec::fleeting(4)).await;
    let carl = Caller::join(&scene.server, "c", "carl").await;
    let carls = carl.open("recv", Protocol::Tcp).await;
    until_by_worker(&scene.server, "routers", |figures| figures == [1, 1]).await;
    let (_, at_home) = scene.ben.receive_channel(&scene.receiving, &producers[0]).await;
    let (consumer, far) = carl.receive_channel(&carls, &producers[0]).await;
    let (_, also) = carl.receive_channel(&carls, &producers[1]).await;
    let consumed = carl.client.consume_data(&carls.id, &fleeting).await;
    assert_eq!(consumed["sctpStreamParameters"]["maxRetransmits"], 0, "{consumed}");
    assert_eq!(consumed["sctpStreamParameters"]["ordered"], false, "{consumed}");
    for number in 0..100 {
        scene.say(0, &number.to_string());
    }
    scene.say(1, "on another channel");
    scene.until_heard(at_home, "99").await;
    heard(&carls, far, "99").await;
    heard(&carls, also, "on another channel").await;
    let expected: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    assert_eq!((texts(&scene.receiving, at_home), texts(&carls, far)), (expected.clone(), expected));
    // Pipes are not counted.
    scene.server.until_data_counts([5, 4]).await;

    // The last who receives gives the pipe back; the next opens it anew.
    carl.client.ok("closeDataConsumer", json!({ "dataConsumerId": consumer })).await;
    let (_, far) = carl.receive_channel(&carls, &producers[0]).await;
    scene.say(0, "again");
    heard(&carls, far, "again").await;
    scene.until_heard(at_home, "again").await;
    // Its owner's end closes both.
    scene.anna.client.ok("closeDataProducer", json!({ "dataProducerId": producers[0] })).await;
    for client in [&scene.ben.client, &carl.client] {
        assert_eq!(client.next_event("dataConsumerClosed").await["dataProducerId"], json!(producers[0]));
        assert_eq!(client.next_event("dataProducerClosed").await["dataProducerId"], json!(producers[0]));
    }
    drop((carl, carls));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_reaches_those_who_receive_on_another_worker() {
    over_a_spoke(WorkerIsolation::Thread).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_so_it_does_from_process_to_process() {
    over_a_spoke(WorkerIsolation::Process).await;
}

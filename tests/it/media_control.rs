//! What is paused or closed lets nothing through, and what is resumed flows again.

use crate::support::TestServer;
use crate::support::rtc::{Caller, Flow, Incoming, Link, Protocol, Published, StreamSpec};
use serde_json::json;

/// Anna publishes audio and video, and Ben receives both. The video is the clock by which the audio's silence is
/// measured, and the other way round.
struct Call {
    server: TestServer,
    anna: Caller,
    ben: Caller,
    sending: Link,
    receiving: Link,
    audio: (Published, Incoming),
    video: (Published, Incoming),
}

impl Call {
    async fn start() -> Self {
        let server = TestServer::start().await;
        let (anna, ben) = (Caller::join(&server, "call", "anna").await, Caller::join(&server, "call", "ben").await);
        let sending = anna.open("send", Protocol::Udp).await;
        let receiving = ben.open("recv", Protocol::Udp).await;
        let audio = anna.publish(&sending, StreamSpec::audio(1000)).await;
        let video = anna.publish(&sending, StreamSpec::video(2000)).await;
        let heard = ben.receive(&receiving, &audio).await;
        let seen = ben.receive(&receiving, &video).await;
        let call = Self { server, anna, ben, sending, receiving, audio: (audio, heard), video: (video, seen) };
        call.audio().goes_on().await;
        call.video().goes_on().await;
        call
    }

    fn audio(&self) -> Flow<'_> {
        Flow::new(&self.sending, &self.audio.0, &self.receiving, &self.audio.1)
    }

    fn video(&self) -> Flow<'_> {
        Flow::new(&self.sending, &self.video.0, &self.receiving, &self.video.1)
    }

    async fn end(self) {
        self.sending.peer.close().await;
        self.receiving.peer.close().await;
        self.anna.client.close().await;
        self.ben.client.close().await;
        self.server.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_is_silent_until_it_is_resumed() {
    let call = Call::start().await;
    let another = call.ben.consume(&call.receiving, &call.audio.0).await;
    let flow = Flow::new(&call.sending, &call.audio.0, &call.receiving, &another);
    flow.is_silent_while(call.video()).await;
    assert_eq!(flow.received().packets, 0);
    call.ben.client.ok("resumeConsumer", json!({ "consumerId": another.consumer })).await;
    flow.goes_on().await;
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_consumer_is_silent() {
    let call = Call::start().await;
    for (paused, flows, id) in
        [(call.audio(), call.video(), &call.audio.1.consumer), (call.video(), call.audio(), &call.video.1.consumer)]
    {
        call.ben.client.ok("pauseConsumer", json!({ "consumerId": id })).await;
        paused.is_silent_while(flows).await;
        call.ben.client.ok("resumeConsumer", json!({ "consumerId": id })).await;
        paused.goes_on().await;
        assert_eq!(paused.received().gaps, 0, "no packet seems lost: {:#?}", paused.received());
    }
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_producer_is_silent() {
    let call = Call::start().await;
    for (paused, flows, id) in
        [(call.audio(), call.video(), &call.audio.0.producer), (call.video(), call.audio(), &call.video.0.producer)]
    {
        call.anna.client.ok("pauseProducer", json!({ "producerId": id })).await;
        paused.is_silent_while(flows).await;
        call.anna.client.ok("resumeProducer", json!({ "producerId": id })).await;
        paused.goes_on().await;
        assert_eq!(paused.received().gaps, 0, "no packet seems lost: {:#?}", paused.received());
    }
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_producer_is_silent() {
    let call = Call::start().await;
    call.anna.client.ok("closeProducer", json!({ "producerId": call.audio.0.producer })).await;
    let closed = call.ben.client.next_event("consumerClosed").await;
    assert_eq!(closed["consumerId"], call.audio.1.consumer.as_str());
    call.audio().is_silent_while(call.video()).await;
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_consumer_is_silent() {
    let call = Call::start().await;
    call.ben.client.ok("closeConsumer", json!({ "consumerId": call.video.1.consumer })).await;
    call.video().is_silent_while(call.audio()).await;
    call.end().await;
}

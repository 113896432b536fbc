//! Media between two endpoints that are no browsers: a DTLS handshake and SRTP of another implementation, over UDP and
//! over TCP. The first thing to fail when the native build is broken: a worker that dies in the handshake takes the whole
//! test process with it.

use crate::support::TestServer;
use crate::support::rtc::{Caller, DtlsRole, Flow, Protocol, Snapshot, StreamSpec};
use colloquy::config::Config;

/// Enough to see that a stream flows and not just starts.
const PACKETS: u64 = 50;

/// Two callers, audio and video one way, and every packet looked at.
async fn call(server: TestServer, role: DtlsRole, anna_over: Protocol, ben_over: Protocol) {
    let (anna, ben) = (Caller::join(&server, "call", "anna").await, Caller::join(&server, "call", "ben").await);
    let sending = anna.open_as(role, "send", anna_over).await;
    let receiving = ben.open_as(role, "recv", ben_over).await;
    for spec in [StreamSpec::audio(1000), StreamSpec::video(2000)] {
        let published = anna.publish(&sending, spec.clone()).await;
        let incoming = ben.receive(&receiving, &published).await;
        let flow = Flow::new(&sending, &published, &receiving, &incoming);
        flow.reaches(PACKETS).await;
        let received = flow.received();
        assert_eq!(received.damaged, 0, "{received:#?}");
        assert_eq!(received.bytes, received.packets * spec.payload_bytes as u64, "{received:#?}");
        assert_eq!(received.payload_type, ben.payload_type(spec.kind), "{received:#?}");
        assert_eq!(received.gaps, 0, "sequence numbers without gaps: {received:#?}");
    }
    assert_eq!(server.counts().await, [1, 2, 2, 2, 2]);
    for (caller, link) in [(anna, sending), (ben, receiving)] {
        link.peer.close().await;
        caller.client.close().await;
    }
    server.finish().await;
}

fn without_udp(config: &mut Config) {
    config.rtc.enable_udp = false;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audio_and_video_flow_over_udp() {
    call(TestServer::start().await, DtlsRole::Client, Protocol::Udp, Protocol::Udp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audio_and_video_flow_over_tcp() {
    call(TestServer::start_with(without_udp).await, DtlsRole::Client, Protocol::Tcp, Protocol::Tcp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_over_tcp_is_received_over_udp() {
    call(TestServer::start().await, DtlsRole::Client, Protocol::Tcp, Protocol::Udp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_can_begin_the_handshake() {
    call(TestServer::start().await, DtlsRole::Server, Protocol::Udp, Protocol::Udp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_packet_is_asked_for_again() {
    let server = TestServer::start().await;
    let (anna, ben) = (Caller::join(&server, "call", "anna").await, Caller::join(&server, "call", "ben").await);
    let sending = anna.open("send", Protocol::Udp).await;
    let receiving = ben.open("recv", Protocol::Udp).await;
    let video = anna.publish(&sending, StreamSpec::video(2000)).await;
    let incoming = ben.receive(&receiving, &video).await;
    let flow = Flow::new(&sending, &video, &receiving, &incoming);
    flow.reaches(PACKETS).await;
    let missed_at_the_start = flow.received().missing();
    sending.peer.lose(2);
    sending.peer.until("a packet is asked for again", |now| now.sent(video.ssrc).nacks > 0).await;
    flow.goes_on().await;
    let complete = |now: &Snapshot| now.received(incoming.ssrc).missing() == missed_at_the_start;
    receiving.peer.until("the lost packets have come", complete).await;
    assert_eq!(flow.received().damaged, 0);
    drop((sending, receiving));
    anna.client.close().await;
    ben.client.close().await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receivers_wish_for_a_key_frame_reaches_the_sender() {
    let server = TestServer::start().await;
    let (anna, ben) = (Caller::join(&server, "call", "anna").await, Caller::join(&server, "call", "ben").await);
    let sending = anna.open("send", Protocol::Udp).await;
    let receiving = ben.open("recv", Protocol::Udp).await;
    let video = anna.publish(&sending, StreamSpec::video(2000)).await;
    let incoming = ben.receive(&receiving, &video).await;
    let flow = Flow::new(&sending, &video, &receiving, &incoming);
    flow.reaches(PACKETS).await;
    let before = flow.received().key_frames;
    assert!(before > 0, "a video begins with a key frame: {:#?}", flow.received());
    receiving.peer.request_key_frame(incoming.ssrc);
    let another = |now: &Snapshot| now.received(incoming.ssrc).key_frames > before;
    receiving.peer.until("another key frame", another).await;
    drop((sending, receiving));
    anna.client.close().await;
    ben.client.close().await;
    server.finish().await;
}

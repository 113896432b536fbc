//! Many callers in one room: each receives everybody else, whichever way they came.

use crate::support::TestServer;
use crate::support::rtc::{Caller, Flow, Link, Protocol, Published, StreamSpec};
use std::time::Duration;

const CALLERS: usize = 8;
/// Frames at the pace of a camera, so that the test's own endpoints keep up on a small machine.
const FRAME_INTERVAL: Duration = Duration::from_millis(40);
/// Of each stream to each receiver.
const PACKETS: u64 = 25;

struct Member {
    caller: Caller,
    sending: Link,
    receiving: Link,
    published: [Published; 2],
}

impl Member {
    async fn join(server: &TestServer, number: usize) -> Self {
        let protocol = if number.is_multiple_of(2) { Protocol::Udp } else { Protocol::Tcp };
        let caller = Caller::join(server, "group", &format!("caller {number}")).await;
        let (sending, receiving) = (caller.open("send", protocol).await, caller.open("recv", protocol).await);
        let video = StreamSpec { interval: FRAME_INTERVAL, ..StreamSpec::video(2000) };
        let published =
            [caller.publish(&sending, StreamSpec::audio(1000)).await, caller.publish(&sending, video).await];
        Self { caller, sending, receiving, published }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_receives_everybody() {
    let server = TestServer::start().await;
    let mut members = Vec::new();
    for number in 0..CALLERS {
        members.push(Member::join(&server, number).await);
    }
    let mut flows = Vec::new();
    for (number, receiver) in members.iter().enumerate() {
        let others = members.iter().enumerate().filter(|(other, _)| *other != number);
        for (sender, published) in others.flat_map(|(_, sender)| sender.published.iter().map(move |one| (sender, one)))
        {
            let incoming = receiver.caller.receive(&receiver.receiving, published).await;
            flows.push(Flow::new(&sender.sending, published, &receiver.receiving, &incoming));
        }
    }
    let (callers, streams) = (CALLERS as u64, flows.len() as u64);
    assert_eq!(server.counts().await, [1, callers, 2 * callers, 2 * callers, streams]);
    for flow in &flows {
        flow.reaches(PACKETS).await;
        flow.goes_on().await;
        assert_eq!(flow.received().damaged, 0, "{:#?}", flow.received());
    }
    drop(flows);
    for member in members {
        member.sending.peer.close().await;
        member.receiving.peer.close().await;
        member.caller.client.close().await;
    }
    server.finish().await;
}

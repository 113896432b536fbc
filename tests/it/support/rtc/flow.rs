//! One stream on its way from one endpoint to another.

use super::call::{Incoming, Link, Published};
use super::peer::RtcPeer;
use super::state::{Received, Sent, Snapshot};

/// Packets that have to be sent in vain before a stream counts as silent.
const IN_VAIN: u64 = 20;

/// A stream from its sender to one receiver.
#[derive(Clone, Copy)]
pub struct Flow<'a> {
    sender: &'a RtcPeer,
    sent: u32,
    receiver: &'a RtcPeer,
    received: u32,
}

impl<'a> Flow<'a> {
    /// What is published over one link and received over another.
    pub fn new(from: &'a Link, published: &Published, to: &'a Link, incoming: &Incoming) -> Self {
        Self { sender: &from.peer, sent: published.ssrc, receiver: &to.peer, received: incoming.ssrc }
    }

    /// What was sent so far.
    pub fn sent(&self) -> Sent {
        self.sender.sent(self.sent)
    }

    /// What has arrived so far.
    pub fn received(&self) -> Received {
        self.receiver.received(self.received)
    }

    /// Waits until that many packets have arrived in all.
    pub async fn reaches(&self, packets: u64) {
        let arrived = |now: &Snapshot| now.received(self.received).packets >= packets;
        self.receiver.until(&format!("{packets} packets of {}", self.received), arrived).await;
    }

    /// Waits until something arrives that was sent after this call.
    pub async fn goes_on(&self) {
        let mark = self.sent().last_number;
        let fresh = |now: &Snapshot| now.received(self.received).last_number > mark;
        self.receiver.until(&format!("packets of {} sent after {mark:?}", self.received), fresh).await;
    }

    /// Demands that nothing arrives, though it is sent. The clock is `other`, a stream from the same sender to the
    /// same receiver, that flows: what was sent before something that arrived has arrived as well, or never will.
    pub async fn is_silent_while(&self, other: Flow<'_>) {
        other.goes_on().await;
        let (before, goal) = (self.received().packets, self.sent().packets + IN_VAIN);
        let sent = |now: &Snapshot| now.sent(self.sent).packets >= goal;
        self.sender.until(&format!("{goal} packets of {} are sent", self.sent), sent).await;
        other.goes_on().await;
        assert_eq!(self.received().packets, before, "{} should be silent: {:#?}", self.received, self.received());
    }
}

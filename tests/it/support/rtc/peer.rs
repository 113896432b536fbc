//! A connected endpoint, as a test holds it.

use super::channel::ChannelSpec;
use super::driver::{Command, Driver};
use super::state::{Received, Sent, Snapshot};
use super::stream::{Kind, StreamSpec};
use super::transport::IceParameters;
use crate::support::DEADLINE;
use serde_json::Value;
use std::num::NonZeroU32;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Commands that may wait for an endpoint.
const MAX_COMMANDS: usize = 256;

/// An endpoint with a socket and a task of its own. Dropping it is disappearing: no goodbye is sent.
pub struct RtcPeer {
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<Snapshot>,
    task: JoinHandle<()>,
}

impl RtcPeer {
    pub(super) fn spawn(driver: impl FnOnce(mpsc::Receiver<Command>, watch::Sender<Snapshot>) -> Driver) -> Self {
        let (commands, obeyed) = mpsc::channel(MAX_COMMANDS);
        let (reported, state) = watch::channel(Snapshot::default());
        let task = tokio::spawn(driver(obeyed, reported).run());
        Self { commands, state, task }
    }

    /// Sends a stream from now on.
    pub fn send(&self, spec: StreamSpec) {
        self.command(Command::Send(spec));
    }

    /// Makes a stream of audio as loud as that from now on, in dBov.
    pub fn speak(&self, ssrc: u32, dbov: i8) {
        self.command(Command::Speak { ssrc, dbov });
    }

    /// Keeps the next media packets from the network, as if they were lost on it.
    pub fn lose(&self, packets: u32) {
        self.command(Command::Lose(packets));
    }

    /// Opens its end of a data channel; the server has, or will have, the other.
    pub fn open(&self, spec: &ChannelSpec) {
        self.command(Command::Open(spec.clone()));
    }

    /// Sends a message over a data channel that is open.
    pub fn say(&self, stream: u16, message: impl Into<Vec<u8>>) {
        self.command(Command::Say { stream, message: message.into() });
    }

    /// Keeps the next datagrams with data from the endpoint, as if they were lost on their way to it.
    pub fn miss(&self, datagrams: u32) {
        self.command(Command::Miss(datagrams));
    }

    /// What came over a data channel so far.
    pub fn heard(&self, stream: u16) -> Vec<Vec<u8>> {
        self.state.borrow().heard(stream).messages
    }

    /// Of so many media packets keeps one from the network from now on; 0: of none.
    pub fn lose_every(&self, packets: u32) {
        self.command(Command::LoseEvery(NonZeroU32::new(packets)));
    }

    /// Takes in what the `rtpParameters` of a consumer announce; to be called before the consumer is resumed. Returns
    /// the SSRC, under which the stream is counted.
    pub fn expect(&self, rtp_parameters: &Value) -> u32 {
        let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        let encoding = &rtp_parameters["encodings"][0];
        let ssrc = number(&encoding["ssrc"]).expect("a consumer's encoding has an ssrc");
        let mime_type = rtp_parameters["codecs"][0]["mimeType"].as_str().expect("a codec has a mimeType");
        self.command(Command::Expect {
            kind: if mime_type.starts_with("audio/") { Kind::Audio } else { Kind::Video },
            ssrc,
            rtx: number(&encoding["rtx"]["ssrc"]),
            mid: rtp_parameters["mid"].as_str().expect("a consumer has a mid").to_owned(),
        });
        ssrc
    }

    /// Asks the server for a key frame of a stream that is received (PLI, RFC 4585).
    pub fn request_key_frame(&self, ssrc: u32) {
        self.command(Command::RequestKeyFrame(ssrc));
    }

    /// Reaches the server by other credentials of ICE from now on.
    pub fn reach(&self, ice: &IceParameters) {
        self.command(Command::Reach(ice.credentials()));
    }

    /// What was sent so far.
    pub fn sent(&self, ssrc: u32) -> Sent {
        self.state.borrow().sent(ssrc)
    }

    /// What was received so far.
    pub fn received(&self, ssrc: u32) -> Received {
        self.state.borrow().received(ssrc)
    }

    /// Waits for a condition.
    ///
    /// # Panics
    /// With `what` and the state, when it does not come true in time, or cannot any more.
    pub async fn until(&self, what: &str, condition: impl FnMut(&Snapshot) -> bool) {
        let mut state = self.state.clone();
        let outcome = timeout(DEADLINE, state.wait_for(condition)).await.map(|outcome| outcome.map(drop));
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(_)) => panic!("waiting for {what:?}: the endpoint has ended: {:#?}", *state.borrow()),
            Err(_) => panic!("waiting for {what:?}: not within {DEADLINE:?}: {:#?}", *state.borrow()),
        }
    }

    /// Says goodbye (RTCP BYE, DTLS close) and waits until it is said.
    pub async fn close(mut self) {
        self.command(Command::Close);
        timeout(DEADLINE, &mut self.task).await.expect("the endpoint closes in time").expect("the endpoint closes");
    }

    fn command(&self, command: Command) {
        // An endpoint that has ended does nothing more; waiting for it says so.
        if let Err(TrySendError::Full(_)) = self.commands.try_send(command) {
            panic!("the endpoint does not keep up with its commands");
        }
    }
}

impl Drop for RtcPeer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

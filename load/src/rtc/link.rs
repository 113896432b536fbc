//! A connection to a server, as others hold it.

use super::driver::Driver;
use super::error::RtcError;
use super::machine::Machine;
use super::receive::{Codec, Counters, Expected};
use super::socket::Socket;
use super::track::{Track, TrackId};
use crate::measure::Tally;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Commands that may wait for a link's task: a participant of a large call subscribes to all others at once.
const MAX_COMMANDS: usize = 4096;

/// Until a link's task has taken in a description.
const TELL_DEADLINE: Duration = Duration::from_secs(10);

/// How a stream is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscribeOptions {
    /// Packets are counted by what of them is in the clear. One in 64 is decrypted for its time of sending, and video
    /// until its first key frame, as long as all streams of the link are light. Nothing is asked for again and nothing
    /// reported, so the server has nothing to estimate bandwidth by; layers are not told.
    pub light: bool,
    /// Milliseconds without a new frame that count as a freeze.
    pub freeze_ms: u64,
}

/// Names a stream that is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamId(pub(super) u32);

/// Where the outcome of a command goes.
type Told<T> = oneshot::Sender<Result<T, RtcError>>;

pub(super) enum Command {
    Publish(Box<Track>),
    Unpublish(TrackId),
    Pause(TrackId, bool),
    Speak(TrackId, bool),
    SendLayers(TrackId, u8),
    Expect(Expected),
    Forget(u32),
    Rest(u32),
    Offer(Vec<Track>, Told<String>),
    AcceptAnswer(String, Told<()>),
    Answer(String, SubscribeOptions, Told<(String, Vec<StreamId>)>),
    Close,
}

/// How far a connection is.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    Connecting,
    /// And how long it took.
    Connected(Duration),
    /// And why.
    Ended(Arc<str>),
}

/// What a link and its task share.
#[derive(Default)]
pub(super) struct Shared(Mutex<Counters>);

impl Shared {
    pub fn counters(&self) -> MutexGuard<'_, Counters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection with a task and a socket of its own. Dropping it is disappearing: no goodbye is sent.
pub struct Link {
    commands: mpsc::Sender<Command>,
    phase: watch::Receiver<Phase>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Link {
    pub(super) fn spawn(machine: Machine, socket: Socket) -> Self {
        let (commands, obeyed) = mpsc::channel(MAX_COMMANDS);
        let (told, phase) = watch::channel(Phase::Connecting);
        let shared = Arc::<Shared>::default();
        let driver = Driver { machine, socket, commands: obeyed, phase: told, shared: Arc::clone(&shared) };
        Self { commands, phase, shared, task: tokio::spawn(driver.run()) }
    }

    /// Waits until media can flow; says how long ICE and DTLS took.
    ///
    /// # Errors
    /// [`RtcError::NotConnected`] when it takes longer than that, and [`RtcError::Ended`].
    pub async fn until_connected(&self, deadline: Duration) -> Result<Duration, RtcError> {
        let mut phase = self.phase.clone();
        let over = |phase: &Phase| !matches!(phase, Phase::Connecting);
        let reached = timeout(deadline, phase.wait_for(over)).await.map_err(|_| RtcError::NotConnected(deadline))?;
        match reached.as_deref() {
            Ok(Phase::Connected(took)) => Ok(*took),
            Ok(Phase::Ended(why)) => Err(RtcError::Ended(why.to_string())),
            Ok(Phase::Connecting) | Err(_) => Err(RtcError::Ended("its task is gone".into())),
        }
    }

    /// Why the link has ended, if it has.
    pub fn ended(&self) -> Option<Arc<str>> {
        match &*self.phase.borrow() {
            Phase::Ended(why) => Some(Arc::clone(why)),
            _ => None,
        }
    }

    /// Sends a track from now on, or once it is connected; each track once. Audio speaks, video sends all layers.
    ///
    /// # Errors
    /// [`RtcError::Ended`] and [`RtcError::Busy`]; these of all commands below. A codec that was not among the
    /// endpoint's capabilities ends the link.
    pub fn publish(&self, track: Track) -> Result<(), RtcError> {
        self.command(Command::Publish(Box::new(track)))
    }

    /// Sends a track no more.
    ///
    /// # Errors
    /// As [`Link::publish`].
    pub fn unpublish(&self, track: TrackId) -> Result<(), RtcError> {
        self.command(Command::Unpublish(track))
    }

    /// Sends nothing of a track until it is resumed.
    ///
    /// # Errors
    /// As [`Link::publish`].
    pub fn pause(&self, track: TrackId) -> Result<(), RtcError> {
        self.command(Command::Pause(track, true))
    }

    /// Sends a track again, video with a key frame.
    ///
    /// # Errors
    /// As [`Link::publish`].
    pub fn resume(&self, track: TrackId) -> Result<(), RtcError> {
        self.command(Command::Pause(track, false))
    }

    /// Whether audio says that somebody speaks (RFC 6464); packets go on as before.
    ///
    /// # Errors
    /// As [`Link::publish`].
    pub fn speak(&self, track: TrackId, speaking: bool) -> Result<(), RtcError> {
        self.command(Command::Speak(track, speaking))
    }

    /// Sends so many of the spatial layers of video, the smallest first; 0: nothing.
    ///
    /// # Errors
    /// As [`Link::publish`].
    pub fn send_layers(&self, track: TrackId, layers: u8) -> Result<(), RtcError> {
        self.command(Command::SendLayers(track, layers))
    }

    /// Counts a stream from now on, by the `rtpParameters` in the answer to `consume`; to be called before the
    /// consumer is resumed.
    ///
    /// # Errors
    /// [`RtcError::Parameters`] when they are not a consumer's, and as [`Link::publish`].
    pub fn expect(&self, rtp_parameters: &Value, options: SubscribeOptions) -> Result<StreamId, RtcError> {
        let wrong = |why: &str| RtcError::Parameters { what: "rtpParameters", why: why.to_owned() };
        let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        let encoding = &rtp_parameters["encodings"][0];
        let ssrc = number(&encoding["ssrc"]).ok_or_else(|| wrong("no ssrc"))?;
        let mime_type = rtp_parameters["codecs"][0]["mimeType"].as_str().ok_or_else(|| wrong("no codec"))?;
        let codec = Codec::of_mime_type(mime_type).ok_or_else(|| wrong(mime_type))?;
        let mid = rtp_parameters["mid"].as_str().ok_or_else(|| wrong("no mid"))?.to_owned();
        let rtx = number(&encoding["rtx"]["ssrc"]);
        let freeze = Duration::from_millis(options.freeze_ms);
        self.command(Command::Expect(Expected { codec, ssrc, rtx, mid, light: options.light, freeze }))?;
        Ok(StreamId(ssrc))
    }

    /// Counts a stream no more; what still comes of it is only counted as bytes.
    ///
    /// # Errors
    /// As [`Link::publish`].
    pub fn forget(&self, stream: StreamId) -> Result<(), RtcError> {
        self.command(Command::Forget(stream.0))
    }

    /// Says that a stream is not to come for now (its consumer or producer is paused): until its next packet, nothing
    /// is a freeze.
    ///
    /// # Errors
    /// As [`Link::publish`].
    pub fn rest(&self, stream: StreamId) -> Result<(), RtcError> {
        self.command(Command::Rest(stream.0))
    }

    /// What happened since the last call. A link that ended by itself counts as error `rtc_ended`.
    pub fn take(&self) -> Tally {
        self.shared.counters().take()
    }

    /// Says goodbye (RTCP BYE, DTLS close) and waits until it is said; gives what happened since the last
    /// [`Link::take`].
    ///
    /// # Errors
    /// [`RtcError::NotConnected`] when that takes longer; the link is gone then as well.
    pub async fn close(mut self, deadline: Duration) -> Result<Tally, RtcError> {
        // One that has ended before has nothing to say.
        if self.command(Command::Close).is_ok() {
            timeout(deadline, &mut self.task).await.map_err(|_| RtcError::NotConnected(deadline))?.ok();
        }
        Ok(self.take())
    }

    /// Makes an offer of SDP by which these tracks are sent, once it is answered.
    ///
    /// # Errors
    /// [`RtcError::Sdp`] when there is nothing to offer, and as [`Link::publish`].
    pub async fn offer(&self, tracks: Vec<Track>) -> Result<String, RtcError> {
        self.ask(|told| Command::Offer(tracks, told)).await
    }

    /// Takes in the answer to the last offer; its tracks are sent from now on, or once the link is connected.
    ///
    /// # Errors
    /// [`RtcError::Sdp`] when it is none or nothing was offered, and as [`Link::publish`].
    pub async fn accept_answer(&self, answer: &str) -> Result<(), RtcError> {
        self.ask(|told| Command::AcceptAnswer(answer.to_owned(), told)).await
    }

    /// Takes in an offer of SDP, the first or a later one, and answers it. All streams that it brings are counted from
    /// now on, by the SSRCs that it names; those that it does not bring any more are forgotten.
    ///
    /// # Errors
    /// [`RtcError::Sdp`] when it is none, and as [`Link::publish`].
    pub async fn answer(&self, offer: &str, options: SubscribeOptions) -> Result<(String, Vec<StreamId>), RtcError> {
        self.ask(|told| Command::Answer(offer.to_owned(), options, told)).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Told<T>) -> Command) -> Result<T, RtcError> {
        let (told, outcome) = oneshot::channel();
        self.command(command(told))?;
        let outcome = timeout(TELL_DEADLINE, outcome).await.map_err(|_| RtcError::Busy)?;
        outcome.map_err(|_| RtcError::Ended("its task is gone".to_owned()))?
    }

    fn command(&self, command: Command) -> Result<(), RtcError> {
        use mpsc::error::TrySendError;
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => RtcError::Busy,
            TrySendError::Closed(_) => {
                RtcError::Ended(self.ended().map_or_else(|| "its task is gone".to_owned(), |why| why.to_string()))
            }
        })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

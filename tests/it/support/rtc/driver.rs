//! The task of an endpoint: carries datagrams, time and commands into the protocol machine and its outputs out.

use super::capabilities::Capabilities;
use super::channel::{ChannelSpec, Channels, Heard};
use super::socket::Socket;
use super::state::{Phase, Received, Snapshot};
use super::stream::{Kind, Outgoing, StreamSpec};
use std::error::Error;
use std::num::NonZeroU32;
use std::time::Instant;
use str0m::channel::ChannelId;
use str0m::ice::IceCreds;
use str0m::media::{KeyframeRequestKind, Mid};
use str0m::net::Receive;
use str0m::{Event, Input, Output, Rtc};
use tokio::sync::{mpsc, watch};

pub(super) enum Command {
    Send(StreamSpec),
    Expect { kind: Kind, ssrc: u32, rtx: Option<u32>, mid: String },
    RequestKeyFrame(u32),
    Speak { ssrc: u32, dbov: i8 },
    Lose(u32),
    LoseEvery(Option<NonZeroU32>),
    Reach(IceCreds),
    Open(ChannelSpec),
    Say { stream: u16, message: Vec<u8> },
    Miss(u32),
    Close,
}

pub(super) struct Driver {
    rtc: Rtc,
    socket: Socket,
    capabilities: Capabilities,
    commands: mpsc::Receiver<Command>,
    state: watch::Sender<Snapshot>,
    connected: bool,
    outgoing: Vec<Outgoing>,
    to_lose: u32,
    to_miss: u32,
    channels: Channels,
    /// Of so many media packets one is lost.
    lose_every: Option<NonZeroU32>,
    media: u32,
}

impl Driver {
    pub fn new(
        rtc: Rtc,
        socket: Socket,
        capabilities: Capabilities,
        commands: mpsc::Receiver<Command>,
        state: watch::Sender<Snapshot>,
    ) -> Self {
        Self {
            rtc,
            socket,
            capabilities,
            commands,
            state,
            connected: false,
            outgoing: Vec::new(),
            to_lose: 0,
            to_miss: 0,
            channels: Channels::default(),
            lose_every: None,
            media: 0,
        }
    }

    /// Runs until either side closes or something fails.
    pub async fn run(mut self) {
        let reason = match self.drive().await {
            Ok(()) => "closed".to_owned(),
            Err(error) => error.to_string(),
        };
        self.state.send_modify(|state| state.phase = Phase::Closed(reason.into()));
    }

    async fn drive(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        loop {
            let now = Instant::now();
            if self.connected {
                self.write_due(now);
            }
            self.rtc.handle_input(Input::Timeout(now))?;
            let mut wake = self.drain().await?;
            if !self.rtc.is_alive() {
                return Ok(());
            }
            if self.connected {
                wake = self.outgoing.iter().map(|stream| stream.due).fold(wake, Instant::min);
            }
            tokio::select! {
                // What is expected must be known before it arrives.
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command)?,
                    None => return Ok(()),
                },
                datagram = self.socket.receive() => self.receive(&datagram?)?,
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    /// Carries out all that the machine has to say; returns when it wants to be called again.
    async fn drain(&mut self) -> Result<Instant, Box<dyn Error + Send + Sync>> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => return Ok(at),
                Output::Transmit(transmit) if is_media(&transmit.contents) && self.loses() => {}
                Output::Transmit(transmit) => self.socket.send(&transmit.contents).await?,
                Output::Event(event) => self.note(event),
            }
        }
    }

    /// Whether the next media packet is one to be lost.
    fn loses(&mut self) -> bool {
        self.media = self.media.wrapping_add(1);
        let some = self.to_lose > 0;
        self.to_lose = self.to_lose.saturating_sub(1);
        some || self.lose_every.is_some_and(|every| self.media.is_multiple_of(every.get()))
    }

    fn receive(&mut self, datagram: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        if self.to_miss > 0 && is_data(datagram) {
            self.to_miss -= 1;
            return Ok(());
        }
        let Socket { local, remote, .. } = self.socket;
        let receive = Receive::new(self.socket.protocol(), remote, local, datagram)?;
        Ok(self.rtc.handle_input(Input::Receive(Instant::now(), receive))?)
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Connected => {
                self.connected = true;
                self.state.send_modify(|state| state.phase = Phase::Connected);
            }
            Event::RtpPacket(packet) => self.state.send_modify(|state| {
                if let Some((kind, received)) = state.received.get_mut(&packet.header.ssrc) {
                    received.count(*kind, &packet);
                }
            }),
            Event::KeyframeRequest(request) => {
                if let Some(stream) = find(&mut self.outgoing, request.mid) {
                    stream.key_frame = true;
                    let ssrc = stream.spec.ssrc;
                    self.state.send_modify(|state| state.sent.entry(ssrc).or_default().key_frame_requests += 1);
                }
            }
            Event::MediaEgressStats(statistics) => {
                if let Some(stream) = find(&mut self.outgoing, statistics.mid) {
                    let ssrc = stream.spec.ssrc;
                    self.state.send_modify(|state| state.sent.entry(ssrc).or_default().nacks = statistics.nacks);
                }
            }
            Event::ChannelOpen(id, _) => self.note_channel(id, |heard| heard.open = true),
            Event::ChannelClose(id) => self.note_channel(id, |heard| heard.closed = true),
            Event::ChannelData(data) => self.note_channel(data.id, |heard| heard.messages.push(data.data)),
            _ => {}
        }
    }

    fn note_channel(&self, id: ChannelId, note: impl FnOnce(&mut Heard)) {
        if let Some(stream) = self.channels.stream(id) {
            self.state.send_modify(|state| note(state.channels.entry(stream).or_default()));
        }
    }

    fn obey(&mut self, command: Command) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut direct = self.rtc.direct_api();
        match command {
            Command::Send(spec) => {
                let mid = Mid::from(spec.mid.as_str());
                direct.declare_media(mid, spec.kind.media_kind());
                direct.declare_stream_tx(spec.ssrc.into(), spec.rtx_ssrc().map(Into::into), mid, None);
                let payload_type = self.capabilities.payload_type(spec.kind);
                self.outgoing.push(Outgoing::new(spec, payload_type, Instant::now()));
            }
            Command::Expect { kind, ssrc, rtx, mid } => {
                let mid = Mid::from(mid.as_str());
                direct.declare_media(mid, kind.media_kind());
                direct.expect_stream_rx(ssrc.into(), rtx.map(Into::into), mid, None);
                self.state.send_modify(|state| {
                    state.received.insert(ssrc, (kind, Received::default()));
                });
            }
            Command::RequestKeyFrame(ssrc) => {
                if let Some(stream) = direct.stream_rx(&ssrc.into()) {
                    stream.request_keyframe(KeyframeRequestKind::Pli);
                }
            }
            Command::Speak { ssrc, dbov } => {
                self.outgoing.iter_mut().filter(|it| it.spec.ssrc == ssrc).for_each(|it| it.spec.dbov = dbov);
            }
            Command::Lose(packets) => self.to_lose += packets,
            Command::LoseEvery(every) => self.lose_every = every,
            Command::Reach(credentials) => direct.set_remote_ice_credentials(credentials),
            Command::Open(spec) => self.channels.open(&mut self.rtc, &spec),
            Command::Say { stream, message } => self.channels.say(&mut self.rtc, stream, &message),
            Command::Miss(datagrams) => self.to_miss += datagrams,
            Command::Close => self.rtc.close()?,
        }
        Ok(())
    }

    fn write_due(&mut self, now: Instant) {
        let mut direct = self.rtc.direct_api();
        for outgoing in self.outgoing.iter_mut().filter(|outgoing| outgoing.due <= now) {
            let ssrc = outgoing.spec.ssrc;
            let Some(stream) = direct.stream_tx(&ssrc.into()) else { continue };
            let written = outgoing.write(stream, now);
            self.state.send_modify(|state| {
                let sent = state.sent.entry(ssrc).or_default();
                sent.packets += 1;
                sent.last_number = Some(written.number);
                sent.key_frames += u64::from(written.key_frame);
            });
        }
    }
}

fn find(outgoing: &mut [Outgoing], mid: Mid) -> Option<&mut Outgoing> {
    outgoing.iter_mut().find(|stream| Mid::from(stream.spec.mid.as_str()) == mid)
}

/// Whether a datagram is RTP rather than STUN, DTLS or RTCP (RFC 7983, RFC 5761).
fn is_media(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, second, ..] if !(64..96).contains(&(second & 0x7f)))
}

/// Whether a datagram is what DTLS carries, once it is set up: with data channels, SCTP.
fn is_data(datagram: &[u8]) -> bool {
    datagram.first() == Some(&23)
}

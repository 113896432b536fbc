//! The protocols of a link, without its socket: datagrams and time go in, datagrams and counts come out.

use super::capabilities::{PROBE_MID, PROBE_SSRC};
use super::error::RtcError;
use super::link::Command;
use super::meter::Meter;
use super::receive::{Counters, Expected, Header, Inbox, Via, is_receiver_report};
use super::sdp::Offered;
use super::send::{Outgoing, media_kind};
use super::track::{Kind, Track, TrackId};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use std::vec::Drain;
use str0m::media::Mid;
use str0m::net::{DatagramSend, Protocol, Receive, Transmit};
use str0m::rtp::{RtpHeader, RtpPacket};
use str0m::{Event, IceConnectionState, Input, Output, Rtc};

/// How often what takes time to be told is looked at: jitter, freezes.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Machine {
    pub(super) rtc: Rtc,
    local: SocketAddr,
    meter: Meter,
    began: Instant,
    connected: bool,
    closing: bool,
    /// How long it took, until that is told.
    newly_connected: Option<Duration>,
    pub(super) outgoing: Vec<Outgoing>,
    pub(super) inbox: Inbox,
    /// To be sent, in order.
    outbox: Vec<(DatagramSend, SocketAddr)>,
    look_at: Instant,
    /// When str0m wants to be called again.
    timeout_at: Instant,
    /// An offer that was not answered yet, and what is sent when it is.
    pub(super) offered: Option<Offered>,
    /// Requests for retransmission that were told already, by media section.
    nacks: HashMap<Mid, u64>,
}

/// A packet on its way through decryption.
#[derive(Clone, Copy)]
struct Arrival {
    via: Via,
    at: Instant,
    /// By what of it is in the clear.
    counted: bool,
}

impl Machine {
    pub fn new(rtc: Rtc, local: SocketAddr, meter: Meter, now: Instant) -> Self {
        Self {
            rtc,
            local,
            meter,
            began: now,
            connected: false,
            closing: false,
            newly_connected: None,
            outgoing: Vec::new(),
            inbox: Inbox::default(),
            outbox: Vec::new(),
            look_at: now + LOOK_INTERVAL,
            timeout_at: now,
            offered: None,
            nacks: HashMap::new(),
        }
    }

    /// Whether there is anything left to do.
    pub fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }

    /// Whether it was told to end.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// What is to be sent now, and where to.
    pub fn outbox(&mut self) -> Drain<'_, (DatagramSend, SocketAddr)> {
        self.outbox.drain(..)
    }

    /// How long connecting took, once.
    pub fn newly_connected(&mut self) -> Option<Duration> {
        self.newly_connected.take()
    }

    /// Counts what is still to be counted.
    pub fn end(&mut self, counters: &mut Counters, now: Instant) {
        self.inbox.look(now, counters);
    }

    /// Lets time pass: sends what is due, and says when it wants to be called again.
    pub fn advance(&mut self, counters: &mut Counters, now: Instant) -> Result<Instant, RtcError> {
        let mut written = false;
        if self.connected {
            let mut direct = self.rtc.direct_api();
            for track in self.outgoing.iter_mut().filter(|track| track.due().is_some_and(|due| due <= now)) {
                track.write_due(&mut direct, &self.meter, now);
                written = true;
            }
        }
        if now >= self.look_at {
            self.inbox.look(now, counters);
            self.look_at = now + LOOK_INTERVAL;
        }
        // It goes through all streams, and mostly it is received packets that brought us here.
        if written || now >= self.timeout_at {
            self.rtc.handle_input(Input::Timeout(now))?;
            self.drain(counters, None)?;
        }
        let due = self.outgoing.iter().filter_map(Outgoing::due).filter(|_| self.connected);
        Ok(due.fold(self.timeout_at.min(self.look_at), Instant::min))
    }

    /// Takes in a datagram.
    pub fn receive(
        &mut self,
        datagram: &[u8],
        source: SocketAddr,
        counters: &mut Counters,
        now: Instant,
    ) -> Result<(), RtcError> {
        let mut arrival = None;
        if let Some(header) = Header::read(datagram) {
            counters.tally.bytes_received += datagram.len() as u64;
            let light = self.inbox.is_light();
            match self.inbox.find(header.ssrc) {
                Some((stream, via)) => {
                    let counted = stream.expected.light;
                    arrival = Some(Arrival { via, at: now, counted });
                    if counted {
                        let sampled = light && via == Via::Media && stream.samples();
                        if via == Via::Retransmission || !stream.count(header, via, now, counters) || !sampled {
                            return Ok(());
                        }
                    }
                }
                // Probes for bandwidth, and the last of what was forgotten.
                None if light => return Ok(()),
                None => {}
            }
        }
        let Ok(receive) = Receive::new(Protocol::Udp, source, self.local, datagram) else {
            counters.tally.error("rtc_strange_datagram");
            return Ok(());
        };
        self.rtc.handle_input(Input::Receive(now, receive))?;
        // There is room for one received packet in str0m: it has to come out before the next.
        self.drain(counters, arrival)
    }

    /// Carries out all that the protocols have to say.
    fn drain(&mut self, counters: &mut Counters, arrival: Option<Arrival>) -> Result<(), RtcError> {
        // What came and is not handed over came before.
        let mut again = arrival.is_some_and(|arrival| arrival.via == Via::Media && !arrival.counted);
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => {
                    self.timeout_at = at;
                    counters.tally.duplicates += u64::from(again);
                    return Ok(());
                }
                Output::Transmit(transmit) => self.transmit(transmit, counters),
                Output::Event(Event::RtpPacket(packet)) => {
                    again = false;
                    self.count(&packet, arrival, counters);
                }
                Output::Event(event) => self.note(event, counters)?,
            }
        }
    }

    /// Takes in a packet that was decrypted.
    fn count(&mut self, packet: &RtpPacket, arrival: Option<Arrival>, counters: &mut Counters) {
        let Some(Arrival { via, at, counted }) = arrival else { return };
        let RtpHeader { sequence_number, timestamp, ssrc, .. } = packet.header;
        let Some((stream, _)) = self.inbox.find(*ssrc) else { return };
        let header = Header { sequence_number, timestamp, ssrc: *ssrc };
        if counted || stream.count(header, via, at, counters) {
            stream.read(&packet.payload, via, at, counters);
        }
    }

    fn transmit(&mut self, transmit: Transmit, counters: &mut Counters) {
        let Transmit { contents: datagram, destination, .. } = transmit;
        match Header::read(&datagram) {
            Some(header) if self.outgoing.iter().any(|track| track.sends(header.ssrc)) => {
                counters.tally.packets_sent += 1;
                counters.tally.bytes_sent += datagram.len() as u64;
            }
            // Of what is not decrypted str0m knows nothing, and would report it lost.
            None if self.inbox.is_light() && is_receiver_report(&datagram) => return,
            _ => {}
        }
        self.outbox.push((datagram, destination));
    }

    fn note(&mut self, event: Event, counters: &mut Counters) -> Result<(), RtcError> {
        match event {
            Event::Connected if !self.connected => {
                self.connected = true;
                self.newly_connected = Some(self.began.elapsed());
                self.outgoing.iter_mut().for_each(|track| track.restart(Instant::now()));
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                return Err(RtcError::Ended("the other side does not answer any more".into()));
            }
            Event::KeyframeRequest(request) => {
                counters.tally.key_frame_requests += 1;
                self.outgoing.iter_mut().for_each(|track| track.key_frame_requested(request.mid, request.rid));
            }
            Event::MediaIngressStats(statistics) => {
                let told = self.nacks.entry(statistics.mid).or_default();
                counters.tally.nacks_sent += statistics.nacks.saturating_sub(*told);
                *told = statistics.nacks;
            }
            _ => {}
        }
        Ok(())
    }

    /// Does what it is told.
    pub fn obey(&mut self, command: Command, counters: &mut Counters, now: Instant) -> Result<(), RtcError> {
        self.timeout_at = now;
        match command {
            Command::Publish(track) => self.publish(&track, now)?,
            Command::Unpublish(id) => {
                let mut direct = self.rtc.direct_api();
                self.outgoing.extract_if(.., |track| track.id() == id).for_each(|it| direct.remove_media(it.mid()));
            }
            Command::Pause(id, paused) => self.with(id, |track| track.set_paused(paused, now)),
            Command::Speak(id, speaking) => self.with(id, |track| track.set_speaking(speaking)),
            Command::SendLayers(id, layers) => self.with(id, |track| track.set_layers(layers.into())),
            Command::Expect(expected) => self.expect(expected, now),
            Command::Forget(ssrc) => {
                if let Some(expected) = self.inbox.forget(ssrc, now, counters) {
                    self.rtc.direct_api().remove_media(Mid::from(expected.mid.as_str()));
                    self.nacks.remove(&Mid::from(expected.mid.as_str()));
                }
            }
            Command::Rest(ssrc) => self.inbox.rest(ssrc),
            Command::Offer(tracks, told) => drop(told.send(self.offer(tracks))),
            Command::AcceptAnswer(answer, told) => drop(told.send(self.accept_answer(&answer, now))),
            Command::Answer(offer, options, told) => drop(told.send(self.answer(&offer, options, counters, now))),
            Command::Close => {
                self.closing = true;
                self.outgoing.clear();
                self.rtc.close()?;
            }
        }
        Ok(())
    }

    fn with(&mut self, id: TrackId, act: impl FnOnce(&mut Outgoing)) {
        if let Some(track) = self.outgoing.iter_mut().find(|track| track.id() == id) {
            act(track);
        }
    }

    fn publish(&mut self, track: &Track, now: Instant) -> Result<(), RtcError> {
        let payload_type = self.payload_type(track)?;
        let mid = Mid::from(track.mid().as_str());
        let mut direct = self.rtc.direct_api();
        direct.declare_media(mid, media_kind(track.kind()));
        self.outgoing.push(Outgoing::declare(track, mid, payload_type, &mut direct, now));
        Ok(())
    }

    pub(super) fn payload_type(&self, track: &Track) -> Result<u8, RtcError> {
        let (codec, name) = track.codec();
        let params = self.rtc.codec_config().find(|params| params.spec().codec == codec);
        Ok(*params.ok_or(RtcError::NoCodec(name))?.pt())
    }

    fn expect(&mut self, expected: Expected, now: Instant) {
        let mid = Mid::from(expected.mid.as_str());
        let probe_mid = Mid::from(PROBE_MID);
        let probed = self.rtc.media(probe_mid).is_some();
        let mut direct = self.rtc.direct_api();
        direct.declare_media(mid, media_kind(expected.codec.kind()));
        let stream = direct.expect_stream_rx(expected.ssrc.into(), expected.rtx.map(Into::into), mid, None);
        if expected.light {
            stream.suppress_nack(true);
        } else {
            direct.enable_twcc_feedback();
            if !probed && expected.codec.kind() == Kind::Video {
                direct.declare_media(probe_mid, media_kind(Kind::Video));
                direct.expect_stream_rx(PROBE_SSRC.into(), None, probe_mid, None).suppress_nack(true);
            }
        }
        self.inbox.expect(expected, now);
    }
}

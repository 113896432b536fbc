//! A track under way.

use super::opus::{self, Packets};
use super::pace::Pace;
use super::video::{self, Camera, Packet};
use crate::rtc::meter::Meter;
use crate::rtc::stamp;
use crate::rtc::track::{Kind, Media, Track, TrackId};
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::change::DirectApi;
use str0m::media::{MediaKind, Mid, Rid};
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo};

/// Packets of a stream that are kept for being sent again, and for how long.
const KEPT_PACKETS: usize = 1024;
const KEPT_FOR: Duration = Duration::from_secs(2);
/// From 1: a stream that begins with 0 counts in mediasoup as if it had come round once, all but lost.
const FIRST_SEQUENCE_NUMBER: u64 = 1;

pub(in crate::rtc) struct Outgoing {
    id: TrackId,
    mid: Mid,
    payload_type: u8,
    streams: Vec<Stream>,
    source: Source,
    pace: Pace,
    started: Instant,
    paused: bool,
}

struct Stream {
    ssrc: u32,
    rid: Option<Rid>,
    sequence_number: u64,
}

enum Source {
    Microphone { packets: Packets, level: i8 },
    Camera(Box<Camera>),
}

impl Outgoing {
    /// Makes the track known to str0m by its own numbers, under a media section that is there already.
    pub fn declare(track: &Track, mid: Mid, payload_type: u8, direct: &mut DirectApi<'_>, now: Instant) -> Self {
        for (encoding, rid) in track.encodings.iter().zip(track.rids()) {
            direct.declare_stream_tx(encoding.media.into(), encoding.rtx.map(Into::into), mid, rid);
        }
        Self::new(track, mid, payload_type, direct, now)
    }

    /// Sends by the streams that str0m has for the track's media section.
    pub fn new(track: &Track, mid: Mid, payload_type: u8, direct: &mut DirectApi<'_>, now: Instant) -> Self {
        let streams = track.rids().into_iter().filter_map(|rid| {
            let stream = direct.stream_tx_by_mid(mid, rid)?;
            stream.set_rtx_cache(KEPT_PACKETS, KEPT_FOR, None);
            Some(Stream { ssrc: *stream.ssrc(), rid, sequence_number: FIRST_SEQUENCE_NUMBER })
        });
        let streams = streams.collect();
        let (source, interval) = match &track.media {
            Media::Audio(audio) => {
                let packets = Packets::new(audio);
                let interval = packets.interval;
                (Source::Microphone { packets, level: opus::SPEECH }, interval)
            }
            Media::Video(video) => {
                let camera = Camera::new(video);
                let interval = camera.interval;
                (Source::Camera(Box::new(camera)), interval)
            }
        };
        let pace = Pace::new(interval, now);
        Self { id: track.id(), mid, payload_type, streams, source, pace, started: now, paused: false }
    }

    pub fn id(&self) -> TrackId {
        self.id
    }

    pub fn mid(&self) -> Mid {
        self.mid
    }

    /// When it has something to send; nothing while it is paused.
    pub fn due(&self) -> Option<Instant> {
        (!self.paused).then(|| self.pace.due())
    }

    /// Whether a stream of that number is one of its own, retransmissions left aside.
    pub fn sends(&self, ssrc: u32) -> bool {
        self.streams.iter().any(|stream| stream.ssrc == ssrc)
    }

    /// Stops or goes on sending, with key frames.
    pub fn set_paused(&mut self, paused: bool, now: Instant) {
        if self.paused && !paused {
            self.pace.restart(now);
            (0..self.streams.len()).for_each(|stream| self.want_key_frame(stream));
        }
        self.paused = paused;
    }

    /// How loud a microphone says it is from now on.
    pub fn set_speaking(&mut self, speaking: bool) {
        if let Source::Microphone { level, .. } = &mut self.source {
            *level = if speaking { opus::SPEECH } else { opus::SILENCE };
        }
    }

    /// How many spatial layers a camera sends from now on.
    pub fn set_layers(&mut self, layers: usize) {
        if let Source::Camera(camera) = &mut self.source {
            camera.set_layers(layers);
        }
    }

    /// Takes in that the server asks for a key frame of a stream, perhaps of another track.
    pub fn key_frame_requested(&mut self, mid: Mid, rid: Option<Rid>) {
        for stream in 0..self.streams.len() {
            if mid == self.mid && self.streams[stream].rid == rid {
                self.want_key_frame(stream);
            }
        }
    }

    /// Begins from now on, if it has waited for the connection.
    pub fn restart(&mut self, now: Instant) {
        self.pace.restart(now);
    }

    fn want_key_frame(&mut self, stream: usize) {
        if let Source::Camera(camera) = &mut self.source {
            camera.want_key_frame(stream);
        }
    }

    /// Hands over all that is due.
    pub fn write_due(&mut self, direct: &mut DirectApi<'_>, meter: &Meter, now: Instant) {
        while !self.paused && self.pace.due() <= now {
            let at = self.pace.due().saturating_duration_since(self.started);
            let (late, _left_out) = self.pace.step(now);
            meter.note(late);
            self.write(at, direct, now);
        }
    }

    /// Hands over one picture, or one packet of sound, that belongs at that time since the track's beginning.
    fn write(&mut self, at: Duration, direct: &mut DirectApi<'_>, now: Instant) {
        let Self { payload_type, streams, source, .. } = self;
        let sent = stamp::micros(now);
        let mut send = |packet: Packet<'_>, clock_hz: u32, level: Option<i8>| {
            let Some(stream) = streams.get_mut(packet.stream) else { return };
            let Some(out) = direct.stream_tx(&stream.ssrc.into()) else { return };
            stamp::write(packet.payload, sent, packet.spatial_layer);
            let sequence_number = SeqNo::from(stream.sequence_number);
            stream.sequence_number += 1;
            let time = (at.as_nanos() * u128::from(clock_hz) / 1_000_000_000) as u32;
            let voice_activity = level.map(|level| level > opus::SILENCE);
            let extensions = ExtensionValues { audio_level: level, voice_activity, ..ExtensionValues::default() };
            let payload: Arc<[u8]> = Arc::from(&*packet.payload);
            let write = RtpWrite::new((*payload_type).into(), sequence_number, time, now, payload);
            out.write_rtp(write.marker(packet.marker).nackable(level.is_none()).ext_vals(extensions));
        };
        match source {
            Source::Microphone { packets, level } => {
                let mut payload = [0; opus::MAX_BYTES];
                let payload = &mut payload[..packets.bytes];
                packets.begin(payload);
                send(Packet { stream: 0, spatial_layer: 0, marker: false, payload }, opus::CLOCK_HZ, Some(*level));
            }
            Source::Camera(camera) => camera.picture(now, |packet| send(packet, video::CLOCK_HZ, None)),
        }
    }
}

/// As str0m names it.
pub(in crate::rtc) fn media_kind(kind: Kind) -> MediaKind {
    match kind {
        Kind::Audio => MediaKind::Audio,
        Kind::Video => MediaKind::Video,
    }
}

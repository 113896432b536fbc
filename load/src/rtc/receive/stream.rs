//! One stream that is received.

use super::freeze::{Freeze, Frozen};
use super::header::Header;
use super::inbox::Counters;
use super::jitter::Jitter;
use super::layers;
use super::sequence::{Noted, Sequence};
use crate::rtc::stamp;
use crate::rtc::track::Kind;
use std::time::{Duration, Instant};

/// Of light packets that many are left unread for each one that is decrypted.
const LIGHT_SAMPLE: u64 = 64;
/// Packets of light video that are decrypted at first, until a key frame is found.
const LIGHT_SEARCH: u64 = 2000;

/// How a payload is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rtc) enum Codec {
    Opus,
    Vp8,
    Vp9,
}

impl Codec {
    /// By its name in signaling.
    pub fn of_mime_type(mime_type: &str) -> Option<Self> {
        let name = mime_type.rsplit('/').next()?;
        [("opus", Self::Opus), ("VP8", Self::Vp8), ("VP9", Self::Vp9)]
            .into_iter()
            .find_map(|(known, codec)| known.eq_ignore_ascii_case(name).then_some(codec))
    }

    pub fn kind(self) -> Kind {
        match self {
            Self::Opus => Kind::Audio,
            Self::Vp8 | Self::Vp9 => Kind::Video,
        }
    }
}

/// A stream that is to come.
#[derive(Debug, Clone)]
pub(in crate::rtc) struct Expected {
    pub codec: Codec,
    pub ssrc: u32,
    pub rtx: Option<u32>,
    pub mid: String,
    pub light: bool,
    /// No new frame for longer is a freeze.
    pub freeze: Duration,
}

/// In which of a stream's two ways a packet came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rtc) enum Via {
    Media,
    Retransmission,
}

/// What came of a stream so far.
pub(in crate::rtc) struct Stream {
    pub expected: Expected,
    since: Instant,
    sequence: Sequence,
    jitter: Jitter,
    freeze: Option<Freeze>,
    packets: u64,
    key_frame_seen: bool,
    /// Since jitter was told last.
    news: bool,
}

impl Stream {
    pub(super) fn new(expected: Expected, now: Instant) -> Self {
        let video = expected.codec.kind() == Kind::Video;
        Self {
            since: now,
            sequence: Sequence::default(),
            jitter: Jitter::new(if video { 90_000 } else { 48_000 }),
            freeze: video.then(|| Freeze::new(expected.freeze)),
            packets: 0,
            key_frame_seen: !video,
            news: false,
            expected,
        }
    }

    /// Whether a light stream's next packet is to be decrypted: until the first key frame, and some later.
    pub fn samples(&self) -> bool {
        !self.key_frame_seen && self.packets < LIGHT_SEARCH || self.packets.is_multiple_of(LIGHT_SAMPLE)
    }

    /// Takes in a packet by its numbers, which are the original one's if it is a retransmission; says whether it is new.
    pub fn count(&mut self, header: Header, via: Via, now: Instant, counters: &mut Counters) -> bool {
        let tally = &mut counters.tally;
        let expected = match self.sequence.note(header.sequence_number) {
            Noted::New { expected } => expected,
            Noted::Duplicate => {
                tally.duplicates += 1;
                return false;
            }
            Noted::Jump => return false,
        };
        if self.packets == 0 {
            tally.first_packet.record(now.saturating_duration_since(self.since));
        }
        self.packets += 1;
        tally.packets_expected += expected;
        match via {
            Via::Media => {
                tally.packets_received += 1;
                self.jitter.note(now, header.timestamp);
                self.news = true;
            }
            Via::Retransmission => tally.packets_repaired += 1,
        }
        let frozen = self.freeze.as_mut().map(|freeze| freeze.note(now, header.timestamp));
        counters.froze(frozen.unwrap_or_default());
        true
    }

    /// Takes in what a new packet holds.
    pub fn read(&mut self, payload: &[u8], via: Via, now: Instant, counters: &mut Counters) {
        let stamp = stamp::read(payload);
        // What came by a retransmission says how long repairing takes, not how long the way is.
        if let (Some(stamp), Via::Media) = (stamp, via) {
            let micros = stamp::micros(now).saturating_sub(stamp.sent);
            counters.tally.latency.record_value(micros);
        }
        let video = match self.expected.codec {
            Codec::Opus => None,
            Codec::Vp8 => layers::vp8(payload),
            Codec::Vp9 => layers::vp9(payload),
        };
        let Some(video) = video else { return };
        if video.key && !self.key_frame_seen {
            self.key_frame_seen = true;
            counters.tally.first_key_frame.record(now.saturating_duration_since(self.since));
        }
        if !self.expected.light {
            let spatial_layer = video.spatial_layer.or(stamp.map(|stamp| stamp.spatial_layer));
            counters.layer(spatial_layer.unwrap_or(0), video.temporal_layer);
        }
    }

    /// Once a second, and at the end.
    pub fn look(&mut self, now: Instant, counters: &mut Counters) {
        if std::mem::take(&mut self.news) {
            counters.tally.jitter.record(self.jitter.now());
        }
        let frozen: Frozen = self.freeze.as_mut().map(|freeze| freeze.look(now)).unwrap_or_default();
        counters.froze(frozen);
    }

    /// Nothing is to come until the next packet.
    pub fn rest(&mut self) {
        if let Some(freeze) = &mut self.freeze {
            freeze.rest();
        }
    }
}

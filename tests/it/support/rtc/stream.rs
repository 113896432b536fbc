//! A stream that an endpoint sends: made-up packets at a steady pace.

use super::payload;
use std::time::{Duration, Instant};
use str0m::media::MediaKind;
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo, StreamTx};

/// The level of silence, in dBov (RFC 6464 §3).
const SILENT: i8 = -127;

/// Audio or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Opus.
    Audio,
    /// VP8 with retransmissions.
    Video,
}

impl Kind {
    /// As in `produce` and `consume`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }

    pub(super) fn media_kind(self) -> MediaKind {
        match self {
            Self::Audio => MediaKind::Audio,
            Self::Video => MediaKind::Video,
        }
    }

    fn clock_hz(self) -> u64 {
        match self {
            Self::Audio => 48_000,
            Self::Video => 90_000,
        }
    }
}

/// What to send. Every packet is a frame of its own.
#[derive(Debug, Clone)]
pub struct StreamSpec {
    /// Which codec.
    pub kind: Kind,
    /// The stream's SSRC; a video stream's retransmissions have the next one.
    pub ssrc: u32,
    /// The media section that the stream stands for.
    pub mid: String,
    /// Payload of each packet.
    pub payload_bytes: usize,
    /// Packets that leave together, at least 1.
    pub burst: u64,
    /// Time from one packet to the next, or from one burst to the next.
    pub interval: Duration,
    /// How loud audio says it is.
    pub dbov: i8,
}

impl StreamSpec {
    /// 50 packets of 100 bytes a second, silent.
    pub fn audio(ssrc: u32) -> Self {
        Self {
            kind: Kind::Audio,
            ssrc,
            mid: "a".into(),
            payload_bytes: 100,
            burst: 1,
            interval: Duration::from_millis(20),
            dbov: SILENT,
        }
    }

    /// 100 packets of 1000 bytes a second, which begin with a key frame; others follow when they are asked for.
    pub fn video(ssrc: u32) -> Self {
        Self {
            kind: Kind::Video,
            ssrc,
            mid: "v".into(),
            payload_bytes: 1000,
            burst: 1,
            interval: Duration::from_millis(10),
            dbov: SILENT,
        }
    }

    /// 40 packets of 1000 bytes at once, five times a second.
    pub fn bursts(ssrc: u32) -> Self {
        Self { burst: 40, interval: Duration::from_millis(200), ..Self::video(ssrc) }
    }

    /// The SSRC of the retransmissions, for a video stream.
    pub fn rtx_ssrc(&self) -> Option<u32> {
        (self.kind == Kind::Video).then_some(self.ssrc + 1)
    }
}

/// A stream under way.
pub(super) struct Outgoing {
    pub spec: StreamSpec,
    payload_type: u8,
    number: u64,
    pub due: Instant,
    /// A key frame is wanted.
    pub key_frame: bool,
}

/// A packet that was handed over.
pub(super) struct Written {
    pub number: u64,
    pub key_frame: bool,
}

impl Outgoing {
    pub fn new(spec: StreamSpec, payload_type: u8, now: Instant) -> Self {
        let key_frame = spec.kind == Kind::Video;
        Self { spec, payload_type, number: 0, due: now, key_frame }
    }

    /// Hands the next packet over, and sets the time of the one after it.
    pub fn write(&mut self, stream: &mut StreamTx, now: Instant) -> Written {
        let Self { spec, number, .. } = self;
        let payload = payload::build(spec.kind, *number, self.key_frame, spec.payload_bytes);
        let ticks = spec.interval.as_micros() as u64 * spec.kind.clock_hz() / 1_000_000;
        let mut level = ExtensionValues::default();
        if spec.kind == Kind::Audio {
            level.audio_level = Some(spec.dbov);
            level.voice_activity = Some(spec.dbov > SILENT);
        }
        // From 1: a stream that begins with 0 counts in mediasoup as if it had come round once, all but lost.
        let sequence_number = SeqNo::from(*number + 1);
        let write = RtpWrite::new(self.payload_type.into(), sequence_number, (*number * ticks) as u32, now, payload)
            .marker(spec.kind == Kind::Video)
            .nackable(spec.kind == Kind::Video)
            .ext_vals(level);
        stream.write_rtp(write);
        let written = Written { number: *number, key_frame: self.key_frame };
        (self.number, self.key_frame) = (*number + 1, false);
        if !self.number.is_multiple_of(self.spec.burst) {
            return written;
        }
        // After a pause of the whole process the pace goes on; what was missed is not made up for in one burst.
        self.due = (self.due + self.spec.interval).max(now);
        written
    }
}

//! Payloads as an Opus encoder's (RFC 6716, RFC 7587).

use crate::scenario::Audio;
use std::time::Duration;

/// Ticks in a second (RFC 7587, 4.1).
pub(super) const CLOCK_HZ: u32 = 48_000;
/// How loud speech is, in dBov (RFC 6464).
pub(super) const SPEECH: i8 = -30;
/// How loud silence is.
pub(super) const SILENCE: i8 = -127;
/// Most bytes of a payload, so that it stays within a datagram.
pub(super) const MAX_BYTES: usize = 1140;

/// What packets of a microphone are like.
#[derive(Debug)]
pub(super) struct Packets {
    pub interval: Duration,
    pub bytes: usize,
    toc: u8,
}

impl Packets {
    pub fn new(audio: &Audio) -> Self {
        let bytes = u64::from(audio.bitrate) * u64::from(audio.frame_ms) / 8000;
        Self {
            interval: Duration::from_millis(audio.frame_ms.into()),
            bytes: usize::try_from(bytes).unwrap_or(MAX_BYTES).clamp(crate::rtc::stamp::BYTES + 1, MAX_BYTES),
            toc: toc(audio.frame_ms),
        }
    }

    /// Begins a payload.
    pub fn begin(&self, payload: &mut [u8]) {
        if let Some(first) = payload.first_mut() {
            *first = self.toc;
        }
    }
}

/// The table of contents (RFC 6716, 3.1): mono, one frame; SILK for what CELT's frames are too short for.
fn toc(frame_ms: u32) -> u8 {
    let config = match frame_ms {
        0..=10 => 30,
        11..=20 => 31,
        21..=40 => 10,
        _ => 11,
    };
    config << 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_as_large_and_as_far_apart_as_the_scenario_says() {
        let packets = Packets::new(&Audio { bitrate: 64_000, frame_ms: 20, speakers: None });
        assert_eq!((packets.bytes, packets.interval), (160, Duration::from_millis(20)));
        let mut payload = [0; 160];
        packets.begin(&mut payload);
        assert_eq!(payload[0], 31 << 3, "CELT, full band, 20 ms, mono, one frame");
    }

    #[test]
    fn there_is_always_room_for_the_time_of_sending() {
        assert_eq!(Packets::new(&Audio { bitrate: 1, frame_ms: 10, speakers: None }).bytes, 13);
    }
}

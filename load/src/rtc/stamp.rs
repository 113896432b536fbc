//! What each packet tells of itself at the end of its payload: when it was sent, and of which layer it is.

use nix::time::{ClockId, clock_gettime};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Tells a payload of ours from any other.
const MAGIC: [u8; 4] = [0xc0, 0x11, 0x0a, 0xd5];
/// Bytes of a stamp: the magic, the spatial layer, and microseconds in the seven bytes behind it.
pub(super) const BYTES: usize = MAGIC.len() + size_of::<u64>();
const MICROS_BITS: u32 = 56;

/// What is read of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// When it was sent, as [`micros`].
    pub sent: u64,
    /// With simulcast the payload does not tell it otherwise.
    pub spatial_layer: u8,
}

/// One instant, and what the clock that all processes share said then.
static ANCHOR: LazyLock<(Instant, Duration)> = LazyLock::new(|| {
    // This clock there is on any Linux.
    let shared = clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from);
    (Instant::now(), shared)
});

/// An instant as microseconds of `CLOCK_MONOTONIC`, which is the same in all processes of a machine.
pub(super) fn micros(at: Instant) -> u64 {
    let (anchor, shared) = *ANCHOR;
    let shared = if at >= anchor { shared + (at - anchor) } else { shared.saturating_sub(anchor - at) };
    u64::try_from(shared.as_micros()).unwrap_or(u64::MAX)
}

/// Writes a stamp over the end of a payload; one too short for it has none.
pub(super) fn write(payload: &mut [u8], sent: u64, spatial_layer: u8) {
    if let Some(end) = payload.last_chunk_mut::<BYTES>() {
        let number = u64::from(spatial_layer) << MICROS_BITS | sent & ((1 << MICROS_BITS) - 1);
        end[..MAGIC.len()].copy_from_slice(&MAGIC);
        end[MAGIC.len()..].copy_from_slice(&number.to_be_bytes());
    }
}

/// What a payload tells of itself, if it is one of ours.
pub(super) fn read(payload: &[u8]) -> Option<Stamp> {
    let (magic, number) = payload.last_chunk::<BYTES>()?.split_first_chunk()?;
    let number = u64::from_be_bytes(*number.first_chunk()?);
    let stamp = Stamp { sent: number & ((1 << MICROS_BITS) - 1), spatial_layer: (number >> MICROS_BITS) as u8 };
    (*magic == MAGIC).then_some(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_as_it_was_written() {
        let mut payload = vec![0xff; 40];
        write(&mut payload, 123_456_789, 2);
        assert_eq!(read(&payload), Some(Stamp { sent: 123_456_789, spatial_layer: 2 }));
        assert!(payload[..40 - BYTES].iter().all(|byte| *byte == 0xff));
    }

    #[test]
    fn what_is_not_ours_or_too_short_has_none() {
        assert_eq!(read(&[0; 40]), None);
        let mut short = [0xff; BYTES - 1];
        write(&mut short, 1, 0);
        assert_eq!((read(&short), short), (None, [0xff; BYTES - 1]));
    }

    #[test]
    fn instants_differ_as_their_stamps_do() {
        let now = Instant::now();
        assert_eq!(micros(now + Duration::from_millis(5)) - micros(now), 5000);
    }
}

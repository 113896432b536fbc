//! Payloads that look like Opus and VP8 to a server, and of which a receiver can tell the number and whether they came
//! unharmed: one that is built from the same number, kind and length is the same.

use super::stream::Kind;

/// An Opus table of contents (RFC 6716 §3.1): CELT, fullband, 20 ms, mono, one frame.
const OPUS_TOC: u8 = 31 << 3;
/// A VP8 payload descriptor (RFC 7741 §4.2): extended, start of partition 0; extension: a picture id follows.
const VP8_DESCRIPTOR: [u8; 2] = [0x90, 0x80];
/// Where the VP8 payload header stands, behind the descriptor and 15 bits of picture id.
const VP8_HEADER_AT: usize = 4;
/// Start code and 640 × 360 of a VP8 key frame (RFC 6386 §9.1).
const VP8_KEY_FRAME: [u8; 7] = [0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];
const SHOWN: u8 = 0x10;
const INTER_FRAME: u8 = 0x01;
const NUMBER_BYTES: usize = 8;

/// Shortest payload that holds all of it.
pub(super) const MIN_BYTES: usize = VP8_HEADER_AT + 3 + VP8_KEY_FRAME.len() + NUMBER_BYTES;

/// The payload with this number; `bytes` at least [`MIN_BYTES`].
pub(super) fn build(kind: Kind, number: u64, key_frame: bool, bytes: usize) -> Vec<u8> {
    assert!(bytes >= MIN_BYTES, "a payload has {MIN_BYTES} bytes at least");
    let filling = number.to_be_bytes().iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
    let mut payload: Vec<u8> = (0..bytes).map(|at| (at as u8).wrapping_mul(31) ^ filling).collect();
    match kind {
        Kind::Audio => payload[0] = OPUS_TOC,
        Kind::Video => {
            payload[..2].copy_from_slice(&VP8_DESCRIPTOR);
            payload[2] = 0x80 | (number >> 8) as u8;
            payload[3] = number as u8;
            let header = &mut payload[VP8_HEADER_AT..];
            header[0] = SHOWN | if key_frame { 0 } else { INTER_FRAME };
            if key_frame {
                header[3..3 + VP8_KEY_FRAME.len()].copy_from_slice(&VP8_KEY_FRAME);
            }
        }
    }
    payload[bytes - NUMBER_BYTES..].copy_from_slice(&number.to_be_bytes());
    payload
}

/// What a received payload says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contents {
    pub number: u64,
    pub key_frame: bool,
}

/// Reads a payload; nothing when a single byte is not as it was built.
pub(super) fn read(kind: Kind, payload: &[u8]) -> Option<Contents> {
    if payload.len() < MIN_BYTES {
        return None;
    }
    let (_, number) = payload.split_last_chunk::<NUMBER_BYTES>()?;
    let number = u64::from_be_bytes(*number);
    let key_frame = kind == Kind::Video && payload[VP8_HEADER_AT] & INTER_FRAME == 0;
    (build(kind, number, key_frame, payload.len()) == payload).then_some(Contents { number, key_frame })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_built_is_read() {
        for (kind, key_frame) in [(Kind::Audio, false), (Kind::Video, false), (Kind::Video, true)] {
            let payload = build(kind, 70_000, key_frame, 100);
            assert_eq!(read(kind, &payload), Some(Contents { number: 70_000, key_frame }));
        }
    }

    #[test]
    fn any_changed_byte_shows() {
        for at in 0..100 {
            let mut payload = build(Kind::Video, 7, false, 100);
            payload[at] ^= 0x40;
            assert_eq!(read(Kind::Video, &payload), None, "byte {at}");
        }
    }
}

//! Finds out from the bytes of a WebSocket (RFC 6455) whether a client sends a larger message than it may. The
//! WebSocket's reader ends the connection then, and doesn't say why: here it can be counted.

/// A frame's head at its longest: two bytes, eight of length, four of mask.
const MAX_HEAD: usize = 14;

/// The bit of control frames: those come between the parts of a message and belong to none.
const CONTROL: u8 = 0b1000;

/// Reads over the frames of one direction.
#[derive(Debug)]
pub(super) struct MessageLengths {
    max: u64,
    head: [u8; MAX_HEAD],
    head_len: usize,
    /// What is still to come of the frame's payload.
    payload: u64,
    /// Of the message so far.
    message: u64,
}

impl MessageLengths {
    /// Before the first frame; messages may have that many bytes.
    pub fn new(max: u64) -> Self {
        Self { max, head: [0; MAX_HEAD], head_len: 0, payload: 0, message: 0 }
    }

    /// Reads on; true if a message turns out to be larger than it may be. Nothing after that makes sense any more.
    pub fn exceeded(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let skipped = usize::try_from(self.payload).unwrap_or(usize::MAX).min(bytes.len());
            self.payload -= skipped as u64;
            bytes = &bytes[skipped..];
            while let Some((&byte, rest)) = bytes.split_first().filter(|_| self.payload == 0) {
                self.head[self.head_len] = byte;
                self.head_len += 1;
                bytes = rest;
                if self.head_is_whole() && self.begin_frame() {
                    return true;
                }
            }
        }
        false
    }

    fn head_is_whole(&self) -> bool {
        let Some(second) = self.head[..self.head_len].get(1) else { return false };
        let length = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        self.head_len == 2 + length + mask
    }

    fn begin_frame(&mut self) -> bool {
        let [first, second, rest @ ..] = self.head;
        self.head_len = 0;
        self.payload = match second & 0x7f {
            126 => u64::from(u16::from_be_bytes([rest[0], rest[1]])),
            127 => rest[..8].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
            short => u64::from(short),
        };
        let (last, opcode) = (first & 0x80 != 0, first & 0x0f);
        if opcode & CONTROL != 0 {
            return false;
        }
        self.message = self.message.saturating_add(self.payload);
        let exceeded = self.message > self.max;
        if last {
            self.message = 0;
        }
        exceeded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: u8 = 0x80;
    const TEXT: u8 = 1;
    const MORE: u8 = 0;
    const PING: u8 = 9;

    /// A masked frame, as clients send them.
    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match length {
            0..126 => frame.push(0x80 | length as u8),
            126..65_536 => {
                frame.push(0x80 | 126);
                frame.extend((length as u16).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(vec![0xff; length]);
        frame
    }

    /// Whether it notices, whatever the pieces in which the bytes come.
    fn exceeded(max: u64, frames: &[Vec<u8>]) -> bool {
        let bytes = frames.concat();
        let by = |size: usize| {
            let mut lengths = MessageLengths::new(max);
            bytes.chunks(size).any(|piece| lengths.exceeded(piece))
        };
        let [one, few, all] = [1, 7, bytes.len()].map(by);
        assert!(one == few && few == all);
        all
    }

    #[test]
    fn a_message_is_as_long_as_its_frames() {
        for max in [100, 1000, 100_000] {
            let fits = usize::try_from(max).expect("small");
            assert!(!exceeded(max, &[frame(LAST | TEXT, fits), frame(LAST | TEXT, fits)]));
            assert!(exceeded(max, &[frame(LAST | TEXT, 5), frame(LAST | TEXT, fits + 1)]));
            assert!(!exceeded(max, &[frame(TEXT, 50), frame(LAST | PING, 120), frame(LAST | MORE, fits - 50)]));
            assert!(exceeded(max, &[frame(TEXT, 50), frame(MORE, 0), frame(LAST | MORE, fits - 49)]));
        }
    }

    #[test]
    fn a_length_of_all_ones_is_too_large_and_no_overflow() {
        let mut head = vec![TEXT, 0x80 | 127];
        head.extend([0xff; 12]);
        assert!(exceeded(100, &[frame(TEXT, 50), head]));
    }
}

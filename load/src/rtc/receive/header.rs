//! What of an RTP packet is in the clear.

/// Bytes of a header without extensions.
const FIXED_BYTES: usize = 12;
/// Payload types that stand for RTCP when both come over one port (RFC 5761).
const RTCP: std::ops::Range<u8> = 64..96;

/// The numbers by which a packet is counted (RFC 3550, 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rtc) struct Header {
    pub sequence_number: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Header {
    /// Reads a datagram; nothing if it is STUN, DTLS or RTCP (RFC 7983).
    pub fn read(datagram: &[u8]) -> Option<Self> {
        let fixed: &[u8; FIXED_BYTES] = datagram.first_chunk()?;
        if !matches!(fixed[0], 128..=191) || RTCP.contains(&(fixed[1] & 0x7f)) {
            return None;
        }
        Some(Self {
            sequence_number: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        })
    }
}

/// Whether a datagram is RTCP that begins with a receiver report: one without anything sent by this side.
pub(in crate::rtc) fn is_receiver_report(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, 201, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_where_they_belong() {
        let packet = [0x90, 0xe5, 0x12, 0x34, 0, 0, 1, 0, 0xde, 0xad, 0xbe, 0xef, 0xbe];
        let header = Header { sequence_number: 0x1234, timestamp: 256, ssrc: 0xdead_beef };
        assert_eq!(Header::read(&packet), Some(header));
    }

    #[test]
    fn other_protocols_of_the_port_are_none_of_it() {
        let mut packet = [0; 40];
        for (first, second) in [(0, 1), (22, 254), (0x80, 200), (0x81, 201), (0x80, 72)] {
            (packet[0], packet[1]) = (first, second);
            assert_eq!(Header::read(&packet), None, "{first} {second}");
        }
        assert_eq!(Header::read(&[0x80; 11]), None, "too short");
    }
}

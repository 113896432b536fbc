//! The beginnings of VP8 payloads (RFC 7741).

/// Bytes of the descriptor: the first, the extension, 15 bits of picture id, index of the base layer, temporal layer.
const DESCRIPTOR_BYTES: usize = 6;
/// Bytes of a key frame's header (RFC 6386, 9.1): tag, start code, width and height.
const KEY_FRAME_BYTES: usize = 10;
/// Longest beginning.
pub(super) const MAX_BYTES: usize = DESCRIPTOR_BYTES + KEY_FRAME_BYTES;

const EXTENDED: u8 = 0x80;
const NON_REFERENCE: u8 = 0x20;
const START_OF_PARTITION: u8 = 0x10;
/// Picture id, index of the base layer and temporal layer follow.
const ALL_FIELDS: u8 = 0xe0;
const LONG_PICTURE_ID: u8 = 0x80;
const LAYER_SYNC: u8 = 0x20;
const INTER_FRAME: u8 = 0x01;
const SHOWN: u8 = 0x10;
const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];

/// A frame, as its packets tell of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub picture_id: u16,
    pub tl0_picture_index: u8,
    pub temporal_layer: u8,
    /// It refers to the base layer alone.
    pub layer_sync: bool,
    /// Nothing refers to it.
    pub discardable: bool,
    pub key: bool,
    pub width: u16,
    pub height: u16,
}

impl Frame {
    /// Begins the payload of its first or another packet; says how many bytes that takes.
    pub fn begin(&self, first: bool, payload: &mut [u8; MAX_BYTES]) -> usize {
        let picture_id = self.picture_id.to_be_bytes();
        payload[0] =
            EXTENDED | if self.discardable { NON_REFERENCE } else { 0 } | if first { START_OF_PARTITION } else { 0 };
        payload[1] = ALL_FIELDS;
        payload[2] = LONG_PICTURE_ID | picture_id[0];
        payload[3] = picture_id[1];
        payload[4] = self.tl0_picture_index;
        payload[5] = self.temporal_layer << 6 | if self.layer_sync { LAYER_SYNC } else { 0 };
        if !first {
            return DESCRIPTOR_BYTES;
        }
        payload[6..9].copy_from_slice(&[SHOWN | if self.key { 0 } else { INTER_FRAME }, 0, 0]);
        if !self.key {
            return DESCRIPTOR_BYTES + 3;
        }
        payload[9..12].copy_from_slice(&START_CODE);
        payload[12..14].copy_from_slice(&self.width.to_le_bytes());
        payload[14..16].copy_from_slice(&self.height.to_le_bytes());
        MAX_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame {
        picture_id: 0x1234,
        tl0_picture_index: 7,
        temporal_layer: 0,
        layer_sync: false,
        discardable: false,
        key: true,
        width: 640,
        height: 360,
    };

    #[test]
    fn a_key_frame_begins_with_its_size() {
        let mut payload = [0xff; MAX_BYTES];
        assert_eq!(FRAME.begin(true, &mut payload), MAX_BYTES);
        assert_eq!(payload[..6], [0x90, 0xe0, 0x92, 0x34, 7, 0]);
        assert_eq!(payload[6..], [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
    }

    #[test]
    fn further_packets_have_the_descriptor_alone() {
        let mut payload = [0xff; MAX_BYTES];
        let upper = Frame { key: false, temporal_layer: 2, layer_sync: true, discardable: true, ..FRAME };
        assert_eq!(upper.begin(false, &mut payload), 6);
        assert_eq!(payload[..6], [0xa0, 0xe0, 0x92, 0x34, 7, 0xa0]);
    }
}

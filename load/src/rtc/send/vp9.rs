//! The beginnings of VP9 payloads (RFC 9628), in the mode without flexible references, as browsers send it.

/// Most spatial layers.
const MAX_LAYERS: usize = 3;
/// Longest beginning: the descriptor, the scalability structure, and the frame's first byte.
pub(super) const MAX_BYTES: usize = 5 + 1 + 4 * MAX_LAYERS + 1;

const PICTURE_ID: u8 = 0x80;
const INTER_PICTURE: u8 = 0x40;
const LAYER_INDICES: u8 = 0x20;
const START_OF_FRAME: u8 = 0x08;
const END_OF_FRAME: u8 = 0x04;
const STRUCTURE: u8 = 0x02;
const NO_UPPER_REFERENCE: u8 = 0x01;
const LONG_PICTURE_ID: u8 = 0x80;
const SWITCHING_UP: u8 = 0x10;
const INTER_LAYER: u8 = 0x01;
const SIZES: u8 = 0x10;
/// Of the bits with which an uncompressed header begins: frame marker, profile 0, no repetition.
const FRAME_MARKER: u8 = 0x80;
const NON_KEY: u8 = 0x04;
const SHOWN: u8 = 0x02;

/// One spatial layer's frame of a picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub picture_id: u16,
    pub tl0_picture_index: u8,
    pub spatial_layer: u8,
    pub temporal_layer: u8,
    /// The picture is one that can be begun with.
    pub key: bool,
    /// From here the next temporal layer can be received.
    pub switching_up: bool,
    /// Width and height of each spatial layer.
    pub sizes: &'a [(u16, u16)],
}

impl Frame<'_> {
    /// Begins a packet's payload; says how many bytes that takes.
    pub fn begin(&self, first: bool, last: bool, payload: &mut [u8; MAX_BYTES]) -> usize {
        let structure = first && self.key && self.spatial_layer == 0;
        let top = usize::from(self.spatial_layer) + 1 == self.sizes.len();
        let picture_id = self.picture_id.to_be_bytes();
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        payload[0] = PICTURE_ID
            | LAYER_INDICES
            | flag(!self.key, INTER_PICTURE)
            | flag(first, START_OF_FRAME)
            | flag(last, END_OF_FRAME)
            | flag(structure, STRUCTURE)
            | flag(top, NO_UPPER_REFERENCE);
        payload[1] = LONG_PICTURE_ID | picture_id[0];
        payload[2] = picture_id[1];
        payload[3] = self.temporal_layer << 5
            | flag(self.switching_up, SWITCHING_UP)
            | self.spatial_layer << 1
            | flag(self.spatial_layer > 0, INTER_LAYER);
        payload[4] = self.tl0_picture_index;
        let mut at = 5;
        if structure {
            at += write_structure(self.sizes, &mut payload[at..]);
        }
        if first {
            // A layer above the first of a key picture refers to the one below: no key frame by itself.
            payload[at] = FRAME_MARKER | SHOWN | flag(!self.key || self.spatial_layer > 0, NON_KEY);
            at += 1;
        }
        at
    }
}

/// The scalability structure (RFC 9628, 4.2.1): sizes alone; how pictures refer to each other is left open.
fn write_structure(sizes: &[(u16, u16)], payload: &mut [u8]) -> usize {
    let layers = sizes.len().clamp(1, MAX_LAYERS);
    payload[0] = ((layers - 1) as u8) << 5 | SIZES;
    for ((width, height), bytes) in sizes.iter().zip(payload[1..].chunks_exact_mut(4)) {
        bytes[..2].copy_from_slice(&width.to_be_bytes());
        bytes[2..].copy_from_slice(&height.to_be_bytes());
    }
    1 + 4 * layers
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Frame<'_> = Frame {
        picture_id: 0x1234,
        tl0_picture_index: 7,
        spatial_layer: 0,
        temporal_layer: 0,
        key: true,
        switching_up: true,
        sizes: &[(320, 180), (640, 360)],
    };

    #[test]
    fn a_key_picture_begins_with_the_structure() {
        let mut payload = [0xff; MAX_BYTES];
        assert_eq!(KEY.begin(true, false, &mut payload), 15);
        assert_eq!(payload[..5], [0xaa, 0x92, 0x34, 0x10, 7]);
        assert_eq!(payload[5..14], [0x30, 1, 64, 0, 180, 2, 128, 1, 104]);
        assert_eq!(payload[14], 0x82);
    }

    #[test]
    fn the_layer_above_refers_to_it() {
        let mut payload = [0xff; MAX_BYTES];
        let upper = Frame { spatial_layer: 1, ..KEY };
        assert_eq!(upper.begin(true, true, &mut payload), 6);
        assert_eq!(payload[..6], [0xad, 0x92, 0x34, 0x13, 7, 0x86]);
    }

    #[test]
    fn packets_between_have_the_descriptor_alone() {
        let mut payload = [0xff; MAX_BYTES];
        let later = Frame { key: false, temporal_layer: 1, switching_up: false, ..KEY };
        assert_eq!(later.begin(false, false, &mut payload), 5);
        assert_eq!(payload[..5], [0xe0, 0x92, 0x34, 0x20, 7]);
    }
}

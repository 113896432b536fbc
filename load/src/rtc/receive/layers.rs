//! What a video payload's descriptor says (RFC 7741, RFC 9628).

/// What is read of a payload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Video {
    /// A key frame begins here.
    pub key: bool,
    /// As far as the descriptor tells it.
    pub spatial_layer: Option<u8>,
    pub temporal_layer: u8,
}

/// Reads a VP8 payload.
pub(super) fn vp8(payload: &[u8]) -> Option<Video> {
    let mut bytes = payload.iter().copied();
    let first = bytes.next()?;
    let mut temporal_layer = 0;
    if first & 0x80 != 0 {
        let extension = bytes.next()?;
        // The picture id takes one byte more if its first bit says so.
        if extension & 0x80 != 0 && bytes.next()? & 0x80 != 0 {
            bytes.next()?;
        }
        if extension & 0x40 != 0 {
            bytes.next()?;
        }
        if extension & 0x30 != 0 {
            let layer = bytes.next()?;
            temporal_layer = if extension & 0x20 != 0 { layer >> 6 } else { 0 };
        }
    }
    let begins = first & 0x17 == 0x10;
    let key = begins && bytes.next().is_some_and(|tag| tag & 1 == 0);
    Some(Video { key, spatial_layer: None, temporal_layer })
}

/// Reads a VP9 payload.
pub(super) fn vp9(payload: &[u8]) -> Option<Video> {
    let mut bytes = payload.iter().copied();
    let first = bytes.next()?;
    if first & 0x80 != 0 && bytes.next()? & 0x80 != 0 {
        bytes.next()?;
    }
    let indices = if first & 0x20 != 0 { bytes.next()? } else { 0 };
    let spatial_layer = indices >> 1 & 7;
    // Not predicted from another picture, the beginning of a frame, and of the lowest layer.
    let key = first & 0x48 == 0x08 && spatial_layer == 0;
    Some(Video { key, spatial_layer: Some(spatial_layer), temporal_layer: indices >> 5 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp8_key_frames_and_layers() {
        let read = |payload: &[u8]| vp8(payload).map(|video| (video.key, video.temporal_layer));
        assert_eq!(read(&[0x90, 0xe0, 0x92, 0x34, 7, 0x00, 0x10]), Some((true, 0)));
        assert_eq!(read(&[0xb0, 0xe0, 0x92, 0x34, 7, 0x80, 0x11]), Some((false, 2)));
        assert_eq!(read(&[0x80, 0xe0, 0x92, 0x34, 7, 0x00, 0x10]), Some((false, 0)), "no beginning");
        assert_eq!(read(&[0x90, 0x80, 0x34, 0x10]), Some((true, 0)), "a short picture id");
        assert_eq!(read(&[0x10, 0x10]), Some((true, 0)), "no extension");
        assert_eq!(read(&[0x90, 0xe0, 0x92]), None, "cut off");
    }

    #[test]
    fn vp9_key_frames_and_layers() {
        let read = |payload: &[u8]| vp9(payload).map(|video| (video.key, video.spatial_layer, video.temporal_layer));
        assert_eq!(read(&[0xaa, 0x92, 0x34, 0x10, 7]), Some((true, Some(0), 0)));
        assert_eq!(read(&[0xad, 0x92, 0x34, 0x13, 7]), Some((false, Some(1), 0)), "the layer above");
        assert_eq!(read(&[0xe8, 0x92, 0x34, 0x24, 7]), Some((false, Some(2), 1)));
        assert_eq!(read(&[]), None);
    }
}

//! A camera: pictures at a steady rate, in layers, cut into packets.

use super::{vp8, vp9};
use crate::rtc::stamp;
use crate::scenario::{Video, VideoCodec};
use std::time::{Duration, Instant};

/// Ticks in a second.
pub(super) const CLOCK_HZ: u32 = 90_000;
/// Most payload of a packet, so that with headers and SRTP's tag a datagram holds 1200 bytes at most.
const MAX_PAYLOAD: usize = 1140;
/// Least payload: the longest beginning of any, and the time of sending.
const MIN_PAYLOAD: usize = vp9::MAX_BYTES + stamp::BYTES;
/// How many times as large as others key frames are.
const KEY_FRAME_FACTOR: usize = 4;
/// Width and height of spatial layers, the largest first.
const SIZES: [(u16, u16); 3] = [(1280, 720), (640, 360), (320, 180)];

/// A packet to be sent.
pub(super) struct Packet<'a> {
    /// By which of the track's streams.
    pub stream: usize,
    pub spatial_layer: u8,
    /// It is the last of a picture.
    pub marker: bool,
    pub payload: &'a mut [u8],
}

/// What a camera gives.
pub(super) struct Camera {
    codec: VideoCodec,
    /// Bytes of a frame of each spatial layer, the smallest first.
    frame_bytes: Vec<usize>,
    sizes: Vec<(u16, u16)>,
    temporal_layers: u8,
    pub interval: Duration,
    key_interval: Option<Duration>,
    last_key: Option<Instant>,
    /// Of each spatial layer: whether its next frame has to be a key frame.
    key_wanted: Vec<bool>,
    /// Spatial layers that are sent.
    layers: usize,
    picture: u32,
    /// Where in the order of temporal layers the next picture stands.
    turn: u8,
    tl0_picture_index: u8,
}

impl Camera {
    pub fn new(video: &Video) -> Self {
        let rate = video.frame_rate.max(1);
        let frame_bytes = |bits: &u32| (*bits as usize / 8 / rate as usize).max(MIN_PAYLOAD);
        let layers = video.bitrates.len();
        Self {
            codec: video.codec,
            frame_bytes: video.bitrates.iter().map(frame_bytes).collect(),
            sizes: SIZES.iter().take(layers).rev().copied().collect(),
            temporal_layers: video.temporal_layers.clamp(1, 3),
            interval: Duration::from_secs(1) / rate,
            key_interval: video.key_frame_interval.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            last_key: None,
            key_wanted: vec![true; layers],
            layers,
            picture: 0,
            turn: 0,
            tl0_picture_index: 0,
        }
    }

    /// The next frame of a stream is a key frame.
    pub fn want_key_frame(&mut self, stream: usize) {
        match self.codec {
            VideoCodec::Vp8 => self.key_wanted.iter_mut().skip(stream).take(1).for_each(|wanted| *wanted = true),
            VideoCodec::Vp9 => self.key_wanted.fill(true),
        }
    }

    /// Sends so many spatial layers from now on; one that was not sent before begins with a key frame.
    pub fn set_layers(&mut self, layers: usize) {
        let layers = layers.min(self.frame_bytes.len());
        (self.layers..layers).for_each(|layer| self.want_key_frame(layer));
        self.layers = layers;
    }

    /// Makes the next picture.
    pub fn picture(&mut self, now: Instant, emit: impl FnMut(Packet<'_>)) {
        if let Some(interval) = self.key_interval
            && self.last_key.is_none_or(|last| now.saturating_duration_since(last) >= interval)
        {
            self.key_wanted.fill(true);
            self.last_key = Some(now);
        }
        match self.codec {
            VideoCodec::Vp8 => self.vp8(emit),
            VideoCodec::Vp9 => self.vp9(emit),
        }
        self.picture = self.picture.wrapping_add(1);
    }

    /// The temporal layer of the next picture, and whether it refers to the lowest alone. Key frames are of the lowest,
    /// in all streams of the track at once, as an encoder has it that makes them in step.
    fn temporal(&mut self, key: bool) -> (u8, bool) {
        let turn = if key { 0 } else { self.turn };
        self.turn = (turn + 1) % 4;
        let (layer, sync) = match (self.temporal_layers, turn) {
            (1, _) | (_, 0) | (2, 2) => (0, false),
            (2, _) | (_, 2) => (1, true),
            (_, turn) => (2, turn == 1),
        };
        if layer == 0 {
            self.tl0_picture_index = self.tl0_picture_index.wrapping_add(1);
        }
        (layer, sync)
    }

    fn vp8(&mut self, mut emit: impl FnMut(Packet<'_>)) {
        let any_key = self.key_wanted[..self.layers].contains(&true);
        let (temporal_layer, layer_sync) = self.temporal(any_key);
        for stream in 0..self.layers {
            let key = std::mem::take(&mut self.key_wanted[stream]);
            let (width, height) = self.sizes[stream];
            let frame = vp8::Frame {
                picture_id: (self.picture & 0x7fff) as u16,
                tl0_picture_index: self.tl0_picture_index,
                temporal_layer,
                layer_sync,
                discardable: temporal_layer > 0 && temporal_layer + 1 == self.temporal_layers,
                key,
                width,
                height,
            };
            cut(frame_bytes(self.frame_bytes[stream], key), |first, last, payload| {
                let mut beginning = [0; vp8::MAX_BYTES];
                let length = frame.begin(first, &mut beginning);
                payload[..length].copy_from_slice(&beginning[..length]);
                emit(Packet { stream, spatial_layer: stream as u8, marker: last, payload });
            });
        }
    }

    fn vp9(&mut self, mut emit: impl FnMut(Packet<'_>)) {
        let key = self.key_wanted.contains(&true);
        self.key_wanted.fill(false);
        let (temporal_layer, switching_up) = self.temporal(key);
        for layer in 0..self.layers {
            let frame = vp9::Frame {
                picture_id: (self.picture & 0x7fff) as u16,
                tl0_picture_index: self.tl0_picture_index,
                spatial_layer: layer as u8,
                temporal_layer,
                key,
                switching_up,
                sizes: &self.sizes[..self.layers],
            };
            let top = layer + 1 == self.layers;
            cut(frame_bytes(self.frame_bytes[layer], key), |first, last, payload| {
                let mut beginning = [0; vp9::MAX_BYTES];
                let length = frame.begin(first, last, &mut beginning);
                payload[..length].copy_from_slice(&beginning[..length]);
                emit(Packet { stream: 0, spatial_layer: layer as u8, marker: last && top, payload });
            });
        }
    }
}

fn frame_bytes(usual: usize, key: bool) -> usize {
    if key { usual * KEY_FRAME_FACTOR } else { usual }
}

/// Cuts a frame of that size into packets of about the same size; says of each whether it is the first or the last.
fn cut(bytes: usize, mut packet: impl FnMut(bool, bool, &mut [u8])) {
    let mut payload = [0; MAX_PAYLOAD];
    let count = bytes.div_ceil(MAX_PAYLOAD).max(1);
    let (each, longer) = (bytes / count, bytes % count);
    for at in 0..count {
        let length = (each + usize::from(at < longer)).max(MIN_PAYLOAD);
        packet(at == 0, at + 1 == count, &mut payload[..length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Streams, sizes, markers and beginnings of the packets of so many pictures.
    fn pictures(camera: &mut Camera, count: usize) -> Vec<(usize, usize, bool, [u8; 6])> {
        let mut packets = Vec::new();
        for _ in 0..count {
            camera.picture(Instant::now(), |packet| {
                let beginning = *packet.payload.first_chunk().expect("is long enough");
                packets.push((packet.stream, packet.payload.len(), packet.marker, beginning));
            });
        }
        packets
    }

    fn camera(codec: VideoCodec, bitrates: &[u32], temporal_layers: u8) -> Camera {
        Camera::new(&Video { codec, bitrates: bitrates.to_vec(), temporal_layers, ..Video::default() })
    }

    #[test]
    fn the_bit_rate_is_kept_and_datagrams_stay_small() {
        let mut camera = camera(VideoCodec::Vp8, &[1_500_000], 1);
        pictures(&mut camera, 1);
        let second = pictures(&mut camera, 30);
        assert_eq!(second.iter().map(|it| it.1).sum::<usize>(), 6250 * 30);
        assert!(second.iter().all(|it| it.1 <= MAX_PAYLOAD));
        assert_eq!(second.iter().filter(|it| it.2).count(), 30, "each picture ends once");
    }

    #[test]
    fn a_key_frame_comes_first_and_when_it_is_asked_for() {
        let mut camera = camera(VideoCodec::Vp8, &[150_000, 500_000], 1);
        let frames = |packets: Vec<(usize, usize, bool, [u8; 6])>, stream: usize| {
            packets.iter().filter(|it| it.0 == stream).map(|it| it.1).sum::<usize>()
        };
        assert_eq!(frames(pictures(&mut camera, 1), 1), 2083 * KEY_FRAME_FACTOR);
        assert_eq!(frames(pictures(&mut camera, 1), 1), 2083);
        camera.want_key_frame(1);
        let asked = pictures(&mut camera, 1);
        assert_eq!((frames(asked.clone(), 0), frames(asked, 1)), (625, 2083 * KEY_FRAME_FACTOR));
    }

    #[test]
    fn vp8_goes_through_its_temporal_layers() {
        let mut camera = camera(VideoCodec::Vp8, &[100_000], 3);
        let layers: Vec<_> = pictures(&mut camera, 12).iter().filter(|it| it.2).map(|it| it.3[5] >> 6).collect();
        assert_eq!(layers[layers.len() - 8..], [0, 2, 1, 2, 0, 2, 1, 2]);
    }

    #[test]
    fn vp9_has_all_layers_in_one_stream_and_one_end() {
        let mut camera = camera(VideoCodec::Vp9, &[100_000, 200_000, 300_000], 2);
        pictures(&mut camera, 1);
        let picture = pictures(&mut camera, 1);
        let layers: Vec<_> = picture.iter().map(|it| (it.0, it.3[3] >> 1 & 7, it.2)).collect();
        assert_eq!(layers, [(0, 0, false), (0, 1, false), (0, 2, false), (0, 2, true)]);
    }

    #[test]
    fn layers_that_nobody_wants_are_not_sent_and_come_back_with_a_key_frame() {
        let mut camera = camera(VideoCodec::Vp8, &[150_000, 500_000], 1);
        pictures(&mut camera, 2);
        camera.set_layers(1);
        assert!(pictures(&mut camera, 3).iter().all(|it| it.0 == 0));
        camera.set_layers(2);
        let back: usize = pictures(&mut camera, 1).iter().filter(|it| it.0 == 1).map(|it| it.1).sum();
        assert_eq!(back, 2083 * KEY_FRAME_FACTOR);
    }
}

//! What is sent into the worker: RTP as an encoder makes it, a packet or a burst at a time.

use super::worker::Load;
use mediasoup::prelude::{MediaKind, RtpParameters};
use serde_json::json;
use std::net::SocketAddr;
use tokio::net::UdpSocket;

/// Of a packet of video, without the RTP header.
pub const PAYLOAD_BYTES: usize = 1188;
const AUDIO_PAYLOAD_BYTES: usize = 148;
const SSRC: u32 = 0x1234_5678;
const PAYLOAD_TYPE: u8 = 100;

/// A source of RTP.
pub struct Source {
    socket: UdpSocket,
    load: Load,
    sequence: u16,
    timestamp: u32,
    packet: Vec<u8>,
}

impl Source {
    pub async fn new(to: SocketAddr, load: Load) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        socket.connect(to).await.expect("a UDP socket connects");
        Self { socket, load, sequence: 0, timestamp: 0, packet: Vec::new() }
    }

    /// Sends the packets of one moment.
    pub async fn send(&mut self) {
        let count = self.load.packets();
        self.timestamp = self.timestamp.wrapping_add(3000);
        for number in 1..=count {
            self.sequence = self.sequence.wrapping_add(1);
            self.packet.clear();
            let marker = if number == count { 0x80 } else { 0 };
            self.packet.extend_from_slice(&[0x80, marker | PAYLOAD_TYPE]);
            self.packet.extend_from_slice(&self.sequence.to_be_bytes());
            self.packet.extend_from_slice(&self.timestamp.to_be_bytes());
            self.packet.extend_from_slice(&SSRC.to_be_bytes());
            // To VP8 (RFC 7741 §4.2), the begin of a key frame or what follows it.
            self.packet.push(if number == 1 { 0x10 } else { 0 });
            let bytes = if self.load == Load::Audio { AUDIO_PAYLOAD_BYTES } else { PAYLOAD_BYTES };
            self.packet.resize(12 + bytes, 0);
            self.socket.send(&self.packet).await.expect("loopback takes it");
        }
    }
}

/// What the worker is told of the source.
pub fn parameters(load: Load) -> (MediaKind, RtpParameters) {
    let (kind, codec) = match load {
        Load::Audio => (
            MediaKind::Audio,
            json!({ "mimeType": "audio/opus", "clockRate": 48000, "channels": 2, "payloadType": PAYLOAD_TYPE }),
        ),
        Load::Burst(_) => {
            (MediaKind::Video, json!({ "mimeType": "video/VP8", "clockRate": 90000, "payloadType": PAYLOAD_TYPE }))
        }
    };
    let parameters = json!({
        "codecs": [codec], "headerExtensions": [], "encodings": [{ "ssrc": SSRC }], "rtcp": { "cname": "source", "reducedSize": true },
    });
    (kind, serde_json::from_value(parameters).expect("RTP parameters"))
}

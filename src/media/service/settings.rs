//! What transports are made with.

use mediasoup::prelude::{ListenInfo, PipeTransportOptions, Protocol, WebRtcServer, WebRtcTransportOptions};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};

/// Milliseconds between two requests to a publisher for a key frame. Chromium passes over one that comes within 300 ms of
/// the last, and the worker tries again only after a second: who comes in right behind another would wait that long.
pub(super) const KEY_FRAME_REQUEST_DELAY_MS: u32 = 350;

/// What every transport of a worker has in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportSettings {
    /// Whether clients may come over UDP.
    pub enable_udp: bool,
    /// Whether clients may come over TCP.
    pub enable_tcp: bool,
    /// Whether UDP is preferred where both are there.
    pub prefer_udp: bool,
    /// Where the estimate of the bandwidth to a client starts, in bit/s.
    pub initial_outgoing_bitrate_bps: u32,
    /// What is sent to a client at most, whatever the estimate, in bit/s; 0: no bound.
    pub max_outgoing_bitrate_bps: u32,
    /// What a client is told to send at most over one transport until its ceiling is known better, in bit/s.
    pub max_incoming_bitrate_bps: u32,
    /// Seconds without an ICE consent check (RFC 7675) until the transport counts as disconnected.
    pub ice_consent_timeout_s: u8,
    /// Largest message of a data channel, in bytes; none: no data channels.
    pub max_data_message_bytes: Option<u32>,
}

impl TransportSettings {
    pub(super) fn webrtc(&self, server: WebRtcServer) -> WebRtcTransportOptions {
        let mut options = WebRtcTransportOptions::new_with_server(server);
        options.enable_udp = self.enable_udp;
        options.enable_tcp = self.enable_tcp;
        options.prefer_udp = self.prefer_udp;
        options.prefer_tcp = !self.prefer_udp;
        options.initial_available_outgoing_bitrate = u64::from(self.initial_outgoing_bitrate_bps);
        options.max_incoming_bitrate = Some(u64::from(self.max_incoming_bitrate_bps));
        options.ice_consent_timeout = self.ice_consent_timeout_s;
        if let Some(bytes) = self.max_data_message_bytes {
            options.enable_sctp = true;
            options.max_send_message_size = bytes;
            options.max_receive_message_size = bytes;
        }
        options
    }

    /// One end of a pipe: on loopback, so it needs no encryption; the port is whichever is free. A burst can overflow the
    /// system's buffer also there, so what is lost is asked for again.
    pub(super) fn pipe(&self) -> PipeTransportOptions {
        let mut options = PipeTransportOptions::new(ListenInfo {
            protocol: Protocol::Udp,
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            announced_address: None,
            expose_internal_ip: false,
            port: None,
            port_range: None,
            flags: None,
            send_buffer_size: None,
            recv_buffer_size: None,
        });
        options.enable_rtx = true;
        if let Some(bytes) = self.max_data_message_bytes {
            options.enable_sctp = true;
            options.max_send_message_size = bytes;
            options.max_receive_message_size = bytes;
        }
        options
    }
}

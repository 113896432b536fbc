//! One worker with one producer and its receivers, and how fast it forwards.

use super::endpoint;
use super::rate::{Rate, cpu_of, thread_called};
use super::source::{self, Source};
use futures_util::future::join_all;
use mediasoup::consumer::ConsumerRtpStreamStat;
use mediasoup::prelude::*;
use mediasoup::worker::WorkerLogLevel;
use mediasoup_types::srtp_parameters::SrtpParameters;
use serde_json::json;
use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::MissedTickBehavior;

const WARM_UP: Duration = Duration::from_millis(500);
const DURATION: Duration = Duration::from_secs(3);
/// So long a packet may take on a slow core: what is sent is paced by it, so that nothing piles up.
const PACKET_ALLOWANCE: Duration = Duration::from_micros(5);
const LEAST_INTERVAL: Duration = Duration::from_millis(2);
/// A master key of AES-GCM-128 with its salt, in Base64; nobody decrypts.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==";

/// What receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receivers {
    /// WebRTC transports behind the worker's one socket, as the server has them.
    WebRtc,
    /// SRTP transports, each with a socket of its own.
    Plain,
}

/// What is sent at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// One small packet.
    Audio,
    /// A frame of so many packets.
    Burst(usize),
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    pub receivers: Receivers,
    pub consumers: usize,
    pub load: Load,
}

impl Load {
    pub fn packets(self) -> usize {
        match self {
            Self::Audio => 1,
            Self::Burst(packets) => packets,
        }
    }
}

impl fmt::Display for Receivers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self == Self::WebRtc { "webrtc" } else { "plain" })
    }
}

impl fmt::Display for Load {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Audio => formatter.write_str("audio"),
            Self::Burst(packets) => write!(formatter, "video by {packets}"),
        }
    }
}

impl Setup {
    pub fn arguments(&self) -> Vec<String> {
        let (kind, packets) = if self.load == Load::Audio { ("audio", 1) } else { ("burst", self.load.packets()) };
        [self.receivers.to_string(), self.consumers.to_string(), kind.to_owned(), packets.to_string()].into()
    }

    pub fn read(arguments: &[String]) -> Self {
        let [receivers, consumers, load, packets] = arguments else { panic!("four arguments") };
        let number = |text: &String| text.parse().expect("a number");
        Self {
            receivers: if receivers == "webrtc" { Receivers::WebRtc } else { Receivers::Plain },
            consumers: number(consumers),
            load: if load == "audio" { Load::Audio } else { Load::Burst(number(packets)) },
        }
    }
}

#[tokio::main(flavor = "current_thread")]
pub async fn measure(setup: &Setup) -> Rate {
    let manager = WorkerManager::new();
    let mut settings = WorkerSettings::default();
    settings.log_level = WorkerLogLevel::None;
    let worker = manager.create_worker(settings).await.expect("a worker");
    let thread = thread_called("mediasoup-worke");
    let codecs = json!([
        { "kind": "audio", "mimeType": "audio/opus", "clockRate": 48000, "channels": 2 },
        { "kind": "video", "mimeType": "video/VP8", "clockRate": 90000 },
    ]);
    let codecs = serde_json::from_value(codecs).expect("codecs");
    let router = worker.create_router(RouterOptions::new(codecs)).await.expect("a router");

    let mut options = PlainTransportOptions::new(listen());
    options.comedia = true;
    let entry = router.create_plain_transport(options).await.expect("a transport");
    let (kind, parameters) = source::parameters(setup.load);
    let producer = entry.produce(ProducerOptions::new(kind, parameters)).await.expect("a producer");
    let server = WebRtcServerOptions::new(WebRtcServerListenInfos::new(listen()));
    let server = worker.create_webrtc_server(server).await.expect("a server");

    // Handshakes take their time, side by side they take it once.
    let receivers = (0..setup.consumers).map(|_| receive(setup.receivers, &router, &server, producer.id()));
    let (consumers, _unread): (Vec<_>, Vec<_>) = join_all(receivers).await.into_iter().unzip();

    let local = entry.tuple();
    let mut source =
        Source::new(format!("127.0.0.1:{}", local.local_port()).parse().expect("an address"), setup.load).await;
    let packets = u32::try_from(setup.load.packets() * setup.consumers).expect("not so many");
    let interval = (PACKET_ALLOWANCE * packets).max(LEAST_INTERVAL);
    send(&mut source, interval, WARM_UP).await;
    let (sent, cpu) = (packets_of(&consumers).await, cpu_of(thread));
    send(&mut source, interval, DURATION).await;
    let cpu = cpu_of(thread).saturating_sub(cpu);
    Rate::new(packets_of(&consumers).await - sent, cpu)
}

/// A receiver that reads nothing: its consumer and its socket.
async fn receive(
    receivers: Receivers,
    router: &Router,
    server: &WebRtcServer,
    producer: ProducerId,
) -> (Consumer, UdpSocket) {
    let options = ConsumerOptions::new(producer, capabilities(router));
    match receivers {
        Receivers::WebRtc => {
            let mut transport = WebRtcTransportOptions::new_with_server(server.clone());
            // Nobody answers once connected.
            transport.ice_consent_timeout = 0;
            transport.enable_bwe = false;
            let transport = router.create_webrtc_transport(transport).await.expect("a transport");
            let socket = endpoint::connect(&transport).await;
            (transport.consume(options).await.expect("a consumer"), socket)
        }
        Receivers::Plain => {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
            let mut transport = PlainTransportOptions::new(listen());
            transport.enable_srtp = true;
            transport.srtp_crypto_suite = SrtpCryptoSuite::AeadAes128Gcm;
            let transport = router.create_plain_transport(transport).await.expect("a transport");
            let to = socket.local_addr().expect("it is bound");
            let srtp_parameters =
                SrtpParameters { crypto_suite: SrtpCryptoSuite::AeadAes128Gcm, key_base64: KEY.to_owned() };
            let remote = PlainTransportRemoteParameters {
                ip: Some(to.ip()),
                port: Some(to.port()),
                rtcp_port: None,
                srtp_parameters: Some(srtp_parameters),
            };
            transport.connect(remote).await.expect("the worker takes them");
            (transport.consume(options).await.expect("a consumer"), socket)
        }
    }
}

/// The router's own without transport-cc: who gives no feedback must not promise any, or the worker keeps a minute of
/// packets for each to hear about.
fn capabilities(router: &Router) -> RtpCapabilities {
    let mut capabilities = json!(router.rtp_capabilities());
    for codec in capabilities["codecs"].as_array_mut().into_iter().flatten() {
        if let Some(feedback) = codec["rtcpFeedback"].as_array_mut() {
            feedback.retain(|kind| kind["type"] != "transport-cc");
        }
    }
    if let Some(extensions) = capabilities["headerExtensions"].as_array_mut() {
        extensions.retain(|extension| !extension["uri"].as_str().is_some_and(|uri| uri.contains("transport-wide-cc")));
    }
    serde_json::from_value(capabilities).expect("the same in other words")
}

async fn send(source: &mut Source, interval: Duration, duration: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let _ = tokio::time::timeout(duration, async {
        loop {
            ticks.tick().await;
            source.send().await;
        }
    })
    .await;
}

/// By the worker's own count.
async fn packets_of(consumers: &[Consumer]) -> u64 {
    let mut packets = 0;
    for consumer in consumers {
        for stat in consumer.get_stats().await.expect("statistics") {
            if let ConsumerRtpStreamStat::Outbound(own) = stat {
                packets += own.packet_count;
            }
        }
    }
    packets
}

fn listen() -> ListenInfo {
    ListenInfo {
        protocol: mediasoup::prelude::Protocol::Udp,
        ip: Ipv4Addr::LOCALHOST.into(),
        announced_address: None,
        expose_internal_ip: false,
        port: None,
        port_range: None,
        flags: None,
        send_buffer_size: None,
        recv_buffer_size: None,
    }
}

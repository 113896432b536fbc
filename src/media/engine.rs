//! One mediasoup worker with its server: how it is started, the same in a thread of this process as in one of its own.

use super::codecs::Codec;
use super::service::TransportSettings;
use super::speakers::SpeakerSettings;
use mediasoup::prelude::{
    ListenInfo, Protocol, WebRtcServer, WebRtcServerListenInfos, WebRtcServerOptions, Worker, WorkerManager,
    WorkerSettings,
};
use mediasoup::worker::{WorkerLogLevel, WorkerLogTag};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::sync::Arc;

/// What one worker is started with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EngineSettings {
    /// How much it logs.
    pub log_level: MediaLogLevel,
    /// Where to listen.
    pub listen_ip: IpAddr,
    /// The address that clients are told, where it differs.
    pub announced_address: Option<String>,
    /// Its port over UDP and TCP; 0 takes any free ones.
    pub port: u16,
    /// What rooms can carry, in order of preference.
    pub codecs: Vec<Codec>,
    /// What every transport has in common.
    pub transport: TransportSettings,
    /// How closely routers listen to who speaks; none: not at all.
    pub speakers: Option<SpeakerSettings>,
}

/// How much a mediasoup worker logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the words are mediasoup's own")]
pub enum MediaLogLevel {
    Debug,
    Warn,
    Error,
    None,
}

/// Why a worker did not start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum StartFailure {
    /// Its port is in use.
    #[error(
        "rtc port {port}/{protocol} on {ip} cannot be opened ({reason}): set rtc.min_port (RTC_MIN_PORT) to a free one"
    )]
    Port {
        /// The port.
        port: u16,
        /// `udp` or `tcp`.
        protocol: String,
        /// The address.
        ip: IpAddr,
        /// What the system says.
        reason: String,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// A worker that listens.
pub(super) struct Engine {
    pub worker: Worker,
    pub server: WebRtcServer,
}

impl Engine {
    /// Starts it; `in_thread` is called once, from the worker's own thread.
    pub async fn start(
        manager: &WorkerManager,
        settings: &EngineSettings,
        in_thread: Option<Arc<dyn Fn() + Send + Sync>>,
    ) -> Result<Self, StartFailure> {
        probe_port(settings)?;
        let other = |error: &dyn std::error::Error| StartFailure::Other(error.to_string());
        let mut options = WorkerSettings::default();
        options.log_level = match settings.log_level {
            MediaLogLevel::Debug => WorkerLogLevel::Debug,
            MediaLogLevel::Warn => WorkerLogLevel::Warn,
            MediaLogLevel::Error => WorkerLogLevel::Error,
            MediaLogLevel::None => WorkerLogLevel::None,
        };
        options.log_tags = vec![WorkerLogTag::Info, WorkerLogTag::Ice, WorkerLogTag::Dtls, WorkerLogTag::Srtp];
        options.thread_initializer = in_thread;
        let worker = manager.create_worker(options).await.map_err(|error| other(&error))?;
        let infos = listen_infos(settings).ok_or_else(|| StartFailure::Other("neither UDP nor TCP".to_owned()))?;
        let server = worker.create_webrtc_server(WebRtcServerOptions::new(infos)).await;
        let server = server.map_err(|error| other(&error))?;
        Ok(Self { worker, server })
    }
}

fn listen_infos(settings: &EngineSettings) -> Option<WebRtcServerListenInfos> {
    let protocols = [(Protocol::Udp, settings.transport.enable_udp), (Protocol::Tcp, settings.transport.enable_tcp)];
    let mut infos = protocols.into_iter().filter(|(_, enabled)| *enabled).map(|(protocol, _)| ListenInfo {
        protocol,
        ip: settings.listen_ip,
        announced_address: settings.announced_address.clone(),
        expose_internal_ip: false,
        port: (settings.port != 0).then_some(settings.port),
        port_range: None,
        flags: None,
        send_buffer_size: None,
        recv_buffer_size: None,
    });
    let first = infos.next()?;
    Some(infos.fold(WebRtcServerListenInfos::new(first), WebRtcServerListenInfos::insert))
}

/// Opens and closes the port once: the system's own words about a taken port are better than the worker's.
fn probe_port(settings: &EngineSettings) -> Result<(), StartFailure> {
    let (ip, port) = (settings.listen_ip, settings.port);
    if port == 0 {
        return Ok(());
    }
    let failure = |protocol: &str| {
        let protocol = protocol.to_owned();
        move |error: std::io::Error| StartFailure::Port { port, protocol, ip, reason: error.to_string() }
    };
    if settings.transport.enable_udp {
        UdpSocket::bind((ip, port)).map_err(failure("udp"))?;
    }
    if settings.transport.enable_tcp {
        TcpListener::bind((ip, port)).map_err(failure("tcp"))?;
    }
    Ok(())
}

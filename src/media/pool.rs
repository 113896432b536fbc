//! The pool: one mediasoup worker for each core, each with one port for all its transports, and the choice of a worker
//! for the next room.

use super::codecs::Codec;
use super::handle::{Placement, Rooms, WorkerHandle};
use super::protocol::{RtpCodecCapability, WorkerLoad};
use super::queue;
use super::service::{self, Parts, TransportSettings};
use super::usage::{self, ThreadUsage};
use mediasoup::prelude::{
    ListenInfo, Protocol, WebRtcServer, WebRtcServerListenInfos, WebRtcServerOptions, Worker, WorkerManager,
    WorkerSettings,
};
use mediasoup::worker::{WorkerLogLevel, WorkerLogTag};
use serde::Serialize;
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// How many workers, where they listen, and what they offer.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// Workers, at least 1.
    pub workers: usize,
    /// How much the workers log.
    pub log_level: WorkerLogLevel,
    /// How long a worker may take to answer.
    pub deadline: Duration,
    /// Where to listen.
    pub listen_ip: IpAddr,
    /// The address that clients are told, where it differs.
    pub announced_address: Option<String>,
    /// The first worker's port, the next has the next; 0 takes any free ones.
    pub first_port: u16,
    /// What rooms can carry, in order of preference.
    pub codecs: Vec<Codec>,
    /// What every transport has in common.
    pub transport: TransportSettings,
}

/// Why the pool could not start.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// A port is in use.
    #[error(
        "rtc port {port}/{protocol} on {ip} cannot be opened ({reason}): set rtc.min_port (RTC_MIN_PORT) to a free one"
    )]
    Port {
        /// The port.
        port: u16,
        /// `udp` or `tcp`.
        protocol: &'static str,
        /// The address.
        ip: IpAddr,
        /// What the system says.
        reason: String,
    },
    /// mediasoup did not start.
    #[error("media worker {index} did not start: {reason}")]
    Worker {
        /// Its number.
        index: usize,
        /// mediasoup's words.
        reason: String,
    },
}

/// One worker in `/stats`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerReport {
    /// Its number, from 0.
    pub id: usize,
    /// The process it runs in.
    pub pid: u32,
    /// What lives in it.
    #[serde(flatten)]
    pub load: WorkerLoad,
    /// Percent of one CPU since the last report.
    pub cpu_percent: f64,
    /// Resident memory of its process, in bytes.
    pub rss_bytes: u64,
    /// How often it was started again.
    pub restarts: u32,
    /// Since its start.
    pub uptime_seconds: u64,
    /// Whether it serves.
    #[serde(skip)]
    pub alive: bool,
}

/// The workers. Cheap to clone; they end when [`Pool::shutdown`] is called.
#[derive(Clone)]
pub struct Pool {
    workers: Arc<[Member]>,
    services: TaskTracker,
    // Its drop blocks until the workers' threads end.
    manager: Arc<std::sync::Mutex<Option<WorkerManager>>>,
    stop: tokio_util::sync::CancellationToken,
}

struct Member {
    handle: WorkerHandle,
    usage: Arc<ThreadUsage>,
    started: Instant,
}

impl Pool {
    /// Starts all workers and opens their ports.
    ///
    /// # Errors
    /// The first port that is taken, or what mediasoup says.
    pub async fn start(settings: &PoolSettings) -> Result<Self, PoolError> {
        let codecs: Vec<_> = settings.codecs.iter().map(|codec| codec.capability()).collect();
        for index in 0..settings.workers {
            probe_port(settings, index)?;
        }
        let manager = WorkerManager::new();
        let services = TaskTracker::new();
        let stop = tokio_util::sync::CancellationToken::new();
        let mut workers = Vec::with_capacity(settings.workers);
        let mut failed = None;
        for index in 0..settings.workers {
            match start_worker(&manager, settings, &codecs, index, &services, &stop).await {
                Ok(worker) => workers.push(worker),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        let manager = Arc::new(std::sync::Mutex::new(Some(manager)));
        let pool = Self { workers: workers.into(), services, manager, stop };
        match failed {
            None => Ok(pool),
            Some(error) => {
                pool.shutdown().await;
                Err(error)
            }
        }
    }

    /// A place for the next router: on the least loaded worker that is alive and none of those (by their numbers).
    pub fn place(&self, apart_from: &[usize]) -> Option<Placement> {
        let handles = self.workers.iter().map(|member| &member.handle);
        let alive = handles.filter(|handle| handle.alive() && !apart_from.contains(&handle.index()));
        alive.min_by_key(|handle| handle.weight()).map(WorkerHandle::place)
    }

    /// How many workers there are.
    pub fn len(&self) -> usize {
        self.workers.len()
    }

    /// Never: a pool has a worker at least.
    pub fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    /// Every worker's state.
    pub fn reports(&self) -> Vec<WorkerReport> {
        let (pid, rss_bytes) = (std::process::id(), usage::resident_bytes());
        let report = |member: &Member| WorkerReport {
            id: member.handle.index(),
            pid,
            load: member.handle.load(),
            cpu_percent: (member.usage.cpu_percent() * 10.0).round() / 10.0,
            rss_bytes,
            restarts: 0,
            uptime_seconds: member.started.elapsed().as_secs(),
            alive: member.handle.alive(),
        };
        self.workers.iter().map(report).collect()
    }

    /// Closes everything and waits for the workers' threads to end.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        self.services.close();
        self.services.wait().await;
        let manager = self.manager.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        drop(tokio::task::spawn_blocking(move || drop(manager)).await);
    }
}

async fn start_worker(
    manager: &WorkerManager,
    settings: &PoolSettings,
    codecs: &[RtpCodecCapability],
    index: usize,
    services: &TaskTracker,
    stop: &tokio_util::sync::CancellationToken,
) -> Result<Member, PoolError> {
    let failed = |reason: String| PoolError::Worker { index, reason };
    let usage = Arc::new(ThreadUsage::new());
    let worker = manager
        .create_worker(worker_settings(settings.log_level, &usage))
        .await
        .map_err(|error| failed(error.to_string()))?;
    let server = listen(&worker, settings, index).await.map_err(failed)?;
    let (load, loaded) = watch::channel(WorkerLoad::default());
    let (events, mut happened) = queue::bounded_by_objects();
    let rooms = Arc::new(Rooms::default());
    let (handle, jobs) = WorkerHandle::new(index, settings.deadline, loaded, Arc::clone(&rooms));
    let parts = Parts { worker, server, codecs: codecs.to_vec(), transport: settings.transport.clone(), load, events };
    let stop = stop.clone();
    services.spawn(async move {
        if stop.run_until_cancelled_owned(service::run(parts, jobs)).await.is_some() {
            tracing::error!(worker.id = index, "media worker {index} ended by itself");
        }
    });
    services.spawn(async move {
        while let Some((router, event)) = happened.recv().await {
            rooms.tell(router, event);
        }
    });
    Ok(Member { handle, usage, started: Instant::now() })
}

fn worker_settings(log_level: WorkerLogLevel, usage: &Arc<ThreadUsage>) -> WorkerSettings {
    let usage = Arc::clone(usage);
    let mut settings = WorkerSettings::default();
    settings.log_level = log_level;
    settings.log_tags = vec![WorkerLogTag::Info, WorkerLogTag::Ice, WorkerLogTag::Dtls, WorkerLogTag::Srtp];
    settings.thread_initializer = Some(Arc::new(move || usage.watch_this_thread()));
    settings
}

async fn listen(worker: &Worker, settings: &PoolSettings, index: usize) -> Result<WebRtcServer, String> {
    let protocols = [(Protocol::Udp, settings.transport.enable_udp), (Protocol::Tcp, settings.transport.enable_tcp)];
    let mut infos = protocols.into_iter().filter(|(_, enabled)| *enabled).map(|(protocol, _)| ListenInfo {
        protocol,
        ip: settings.listen_ip,
        announced_address: settings.announced_address.clone(),
        expose_internal_ip: false,
        port: port_of(settings, index),
        port_range: None,
        flags: None,
        send_buffer_size: None,
        recv_buffer_size: None,
    });
    let first = infos.next().ok_or("neither UDP nor TCP is enabled")?;
    let infos = infos.fold(WebRtcServerListenInfos::new(first), WebRtcServerListenInfos::insert);
    let server = worker.create_webrtc_server(WebRtcServerOptions::new(infos)).await;
    server.map_err(|error| error.to_string())
}

fn port_of(settings: &PoolSettings, index: usize) -> Option<u16> {
    let offset = u16::try_from(index).ok()?;
    (settings.first_port != 0).then(|| settings.first_port.saturating_add(offset))
}

/// Opens and closes the port once: the system's own words about a taken port are better than the worker's.
fn probe_port(settings: &PoolSettings, index: usize) -> Result<(), PoolError> {
    let (ip, Some(port)) = (settings.listen_ip, port_of(settings, index)) else { return Ok(()) };
    let error =
        |protocol| move |error: std::io::Error| PoolError::Port { port, protocol, ip, reason: error.to_string() };
    if settings.transport.enable_udp {
        UdpSocket::bind((ip, port)).map_err(error("udp"))?;
    }
    if settings.transport.enable_tcp {
        TcpListener::bind((ip, port)).map_err(error("tcp"))?;
    }
    Ok(())
}

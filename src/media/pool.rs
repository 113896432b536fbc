//! The pool: one mediasoup worker for each core, each with one port for all its transports, and the choice of a worker
//! for the next room.

use super::backend::{Backend, Incarnation, Isolation};
use super::codecs::Codec;
use super::engine::{EngineSettings, MediaLogLevel, StartFailure};
use super::handle::{Placement, WorkerHandle};
use super::process::Pace;
use super::protocol::WorkerLoad;
use super::restarts::Restarts;
use super::service::TransportSettings;
use super::speakers::SpeakerSettings;
use super::supervisor::{Slot, Supervisor, Tenant};
use futures_util::future::join_all;
use serde::Serialize;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use utoipa::ToSchema;

/// How many workers, where they live and listen, and what they offer.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// Workers, at least 1.
    pub workers: usize,
    /// Where they live.
    pub isolation: Isolation,
    /// How they are watched and started again.
    pub supervision: Supervision,
    /// How much the workers log.
    pub log_level: MediaLogLevel,
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
    /// How closely routers listen to who speaks; none: not at all.
    pub speakers: Option<SpeakerSettings>,
}

/// How workers are watched and started again.
#[derive(Debug, Clone, Copy)]
pub struct Supervision {
    /// Between two heartbeats of a process.
    pub heartbeat_interval: Duration,
    /// Heartbeats in a row without an answer after which a process is killed, at least 1.
    pub heartbeat_misses: u32,
    /// Deaths in a row after which a worker is given up, at least 1.
    pub max_failures: u32,
    /// A worker that has lived this long has not died too soon.
    pub min_uptime: Duration,
}

/// Why the pool could not start.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// A port is in use.
    #[error(transparent)]
    Port(StartFailure),
    /// A worker did not start.
    #[error("media worker {index} did not start: {reason}")]
    Worker {
        /// Its number.
        index: usize,
        /// In words.
        reason: String,
    },
    /// The system refuses a thread.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// It serves.
    Serving,
    /// It has died and will be started again.
    Restarting,
    /// It kept dying and stays dead.
    GivenUp,
}

/// One worker in `/stats`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkerReport {
    /// Its number, from 0.
    pub id: usize,
    /// The process it runs in; none while it is dead.
    pub pid: Option<u32>,
    /// What it is doing.
    pub state: WorkerState,
    /// What lives in it.
    #[serde(flatten)]
    pub load: WorkerLoad,
    /// Percent of one CPU since the last report.
    pub cpu_percent: f64,
    /// Resident memory of its process, in bytes.
    pub rss_bytes: u64,
    /// How often it was started again.
    pub restarts: u32,
    /// Since its last start.
    pub uptime_seconds: u64,
}

/// The workers. Cheap to clone; they end when [`Pool::shutdown`] is called.
#[derive(Clone)]
pub struct Pool {
    slots: Arc<[Arc<Slot>]>,
    supervisors: TaskTracker,
    stop: CancellationToken,
    lines_left_out: Arc<AtomicU64>,
    /// Until the end: in thread mode its drop waits for the threads.
    backend: Arc<Mutex<Option<Arc<Backend>>>>,
}

impl Pool {
    /// Starts all workers and opens their ports.
    ///
    /// # Errors
    /// The first port that is taken, or why a worker did not start.
    pub async fn start(settings: &PoolSettings) -> Result<Self, PoolError> {
        let Supervision { heartbeat_interval, heartbeat_misses, max_failures, min_uptime } = settings.supervision;
        let pace = Pace { interval: heartbeat_interval, misses: heartbeat_misses };
        let (lines_left_out, stop) = (Arc::<AtomicU64>::default(), CancellationToken::new());
        let backend = Arc::new(Backend::new(&settings.isolation, pace, Arc::clone(&lines_left_out))?);
        let engines: Vec<_> = (0..settings.workers).map(|index| engine(settings, index)).collect();
        let starts =
            engines.iter().enumerate().map(|(index, engine)| backend.start(index, engine, settings.deadline, &stop));
        let started = join_all(starts).await.into_iter().enumerate();
        let started = started.map(|(index, start)| start.map_err(|failure| pool_error(index, failure)));
        let (started, failed): (Vec<_>, Vec<_>) = started.partition(Result::is_ok);
        let first: Vec<Incarnation> = started.into_iter().flatten().collect();
        let slots: Arc<[_]> =
            first.iter().enumerate().map(|(index, first)| Arc::new(Slot::new(index, first))).collect();
        let supervisors = TaskTracker::new();
        for ((slot, settings_of_one), first) in slots.iter().zip(engines).zip(first) {
            let supervisor = Supervisor {
                slot: Arc::clone(slot),
                backend: Arc::clone(&backend),
                settings: settings_of_one,
                deadline: settings.deadline,
                restarts: Restarts::new(max_failures, min_uptime),
                stop: stop.clone(),
            };
            supervisors.spawn(supervisor.run(first));
        }
        let backend = Arc::new(Mutex::new(Some(backend)));
        let pool = Self { slots, supervisors, stop, lines_left_out, backend };
        match failed.into_iter().find_map(Result::err) {
            None => Ok(pool),
            Some(error) => {
                pool.shutdown().await;
                Err(error)
            }
        }
    }

    /// A place for the next router: on the least loaded worker that is alive and none of those (by their numbers).
    pub fn place(&self, apart_from: &[usize]) -> Option<Placement> {
        let handles = self.slots.iter().filter_map(|slot| match slot.tenant() {
            Tenant::Serving { handle, .. } => Some(handle),
            Tenant::Restarting | Tenant::GivenUp => None,
        });
        let fit = handles.filter(|handle| handle.alive() && !apart_from.contains(&handle.index()));
        fit.min_by_key(WorkerHandle::weight).map(|handle| handle.place())
    }

    /// How many workers there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Never: a pool has a worker at least.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Every worker's state.
    pub fn reports(&self) -> Vec<WorkerReport> {
        self.slots.iter().map(|slot| report(slot)).collect()
    }

    /// How many lines of mediasoup's the workers' processes have left out of the log.
    pub fn lines_left_out(&self) -> u64 {
        self.lines_left_out.load(Ordering::Relaxed)
    }

    /// Closes everything and waits for the workers to end.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        self.supervisors.close();
        self.supervisors.wait().await;
        let backend = self.backend.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(tokio::task::spawn_blocking(move || drop(backend)).await);
    }
}

fn engine(settings: &PoolSettings, index: usize) -> EngineSettings {
    let offset = u16::try_from(index).unwrap_or(u16::MAX);
    EngineSettings {
        log_level: settings.log_level,
        listen_ip: settings.listen_ip,
        announced_address: settings.announced_address.clone(),
        port: if settings.first_port == 0 { 0 } else { settings.first_port.saturating_add(offset) },
        codecs: settings.codecs.clone(),
        transport: settings.transport.clone(),
        speakers: settings.speakers,
    }
}

fn pool_error(index: usize, failure: StartFailure) -> PoolError {
    match failure {
        StartFailure::Port { .. } => PoolError::Port(failure),
        StartFailure::Other(reason) => PoolError::Worker { index, reason },
    }
}

fn report(slot: &Slot) -> WorkerReport {
    let dead = WorkerReport {
        id: slot.index(),
        pid: None,
        state: WorkerState::Restarting,
        load: WorkerLoad::default(),
        cpu_percent: 0.0,
        rss_bytes: 0,
        restarts: slot.restarts(),
        uptime_seconds: 0,
    };
    match slot.tenant() {
        Tenant::Serving { handle, usage, since } if handle.alive() => WorkerReport {
            pid: Some(usage.pid()),
            state: WorkerState::Serving,
            load: handle.load(),
            cpu_percent: (usage.cpu_percent() * 10.0).round() / 10.0,
            rss_bytes: usage.resident_bytes(),
            uptime_seconds: since.elapsed().as_secs(),
            ..dead
        },
        Tenant::Serving { .. } | Tenant::Restarting => dead,
        Tenant::GivenUp => WorkerReport { state: WorkerState::GivenUp, ..dead },
    }
}

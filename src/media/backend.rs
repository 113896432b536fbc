//! Where workers live: in threads of this process, or each in a process of its own. Supervision is the same for both.

use super::engine::{EngineSettings, StartFailure};
use super::handle::WorkerHandle;
use super::process::{Pace, Spawner, WorkerProgram};
use super::usage::Usage;
use super::{process, thread};
use futures_util::future::BoxFuture;
use mediasoup::prelude::WorkerManager;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Where workers live.
#[derive(Debug, Clone)]
pub enum Isolation {
    /// In threads of this process, which one that crashes takes along.
    Thread,
    /// Each in a process of its own, started from this program.
    Process(WorkerProgram),
}

/// One life of a worker.
pub(super) struct Incarnation {
    pub handle: WorkerHandle,
    pub usage: Arc<Usage>,
    /// Runs it until it dies or is told to stop. When this is done, the handle is dead.
    pub life: BoxFuture<'static, Death>,
}

/// How a life ended.
pub(super) struct Death {
    /// In words.
    pub reason: String,
    /// Frees what is left, such as the port; may have more to tell.
    pub burial: BoxFuture<'static, Option<String>>,
}

/// Starts workers.
pub(super) enum Backend {
    Thread(WorkerManager),
    Process {
        spawner: Spawner,
        pace: Pace,
        /// Of their log.
        lines_left_out: Arc<AtomicU64>,
    },
}

impl Backend {
    /// Counts in `lines_left_out` what processes do not write into the log.
    pub fn new(isolation: &Isolation, pace: Pace, lines_left_out: Arc<AtomicU64>) -> io::Result<Self> {
        Ok(match isolation {
            Isolation::Thread => Self::Thread(WorkerManager::new()),
            Isolation::Process(program) => {
                Self::Process { spawner: Spawner::start(program.clone())?, pace, lines_left_out }
            }
        })
    }

    /// Starts the worker of that number; gives up at once when told to stop.
    pub async fn start(
        &self,
        index: usize,
        settings: &EngineSettings,
        deadline: Duration,
        stop: &CancellationToken,
    ) -> Result<Incarnation, StartFailure> {
        match self {
            Self::Thread(manager) => thread::start(manager, index, settings, deadline, stop).await,
            Self::Process { spawner, pace, lines_left_out } => {
                process::start(spawner, *pace, lines_left_out, index, settings, deadline, stop).await
            }
        }
    }
}

//! A worker in a process of its own: a child of this one, started from the same program, that speaks the media protocol
//! over a socket. When it crashes or hangs, nobody else does.

mod child;
mod life;
mod link;
mod pulse;
mod spawner;

pub use child::run_worker;
pub(super) use pulse::Pace;
pub(super) use spawner::Spawner;
pub use spawner::WorkerProgram;

use super::backend::Incarnation;
use super::engine::{EngineSettings, StartFailure};
use super::handle::WorkerHandle;
use super::usage::Usage;
use life::Life;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a process may take until it listens.
const START_DEADLINE: Duration = Duration::from_secs(10);

pub(super) async fn start(
    spawner: &Spawner,
    pace: Pace,
    lines_left_out: &Arc<AtomicU64>,
    index: usize,
    settings: &EngineSettings,
    deadline: Duration,
    stop: &CancellationToken,
) -> Result<Incarnation, StartFailure> {
    let other = |reason: &str| StartFailure::Other(reason.to_owned());
    let (pid, mut link) = spawner.spawn().await.map_err(|reason| other(&reason))?;
    let greeting = tokio::time::timeout(START_DEADLINE, link.greet(settings));
    let greeted = match stop.run_until_cancelled(greeting).await {
        Some(Ok(greeted)) => greeted,
        Some(Err(_)) => Err(other("it took too long")),
        None => Err(other("the server ends")),
    };
    if let Err(failure) = greeted {
        link.kill().await;
        return Err(failure);
    }
    let (handle, far) = WorkerHandle::new(index, deadline);
    let usage = Arc::new(Usage::of_process(pid));
    let lines_left_out = Arc::clone(lines_left_out);
    let life = Life::new(far, handle.weak_jobs(), pace, stop.clone(), Arc::clone(&usage), lines_left_out);
    Ok(Incarnation { handle, usage, life: Box::pin(life.run(link)) })
}

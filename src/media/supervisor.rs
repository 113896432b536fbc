//! Keeps one worker alive: starts it again when it dies, until it dies too soon too often.

use super::backend::{Backend, Death, Incarnation};
use super::engine::{EngineSettings, StartFailure};
use super::handle::WorkerHandle;
use super::restarts::Restarts;
use super::usage::Usage;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// A worker's place in the pool, whoever fills it just now.
pub(super) struct Slot {
    index: usize,
    tenant: Mutex<Tenant>,
    restarts: AtomicU32,
}

/// Who is in a slot.
#[derive(Clone)]
pub(super) enum Tenant {
    /// A worker that serves.
    Serving { handle: WorkerHandle, usage: Arc<Usage>, since: Instant },
    /// Nobody for the moment.
    Restarting,
    /// Nobody, for good.
    GivenUp,
}

impl Slot {
    pub fn new(index: usize, first: &Incarnation) -> Self {
        Self { index, tenant: Mutex::new(Tenant::of(first)), restarts: AtomicU32::new(0) }
    }

    pub fn index(&self) -> usize {
        self.index
    }

    pub fn tenant(&self) -> Tenant {
        self.lock().clone()
    }

    /// How often the worker was started again.
    pub fn restarts(&self) -> u32 {
        self.restarts.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Tenant> {
        self.tenant.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tenant {
    fn of(incarnation: &Incarnation) -> Self {
        let (handle, usage) = (incarnation.handle.clone(), Arc::clone(&incarnation.usage));
        Self::Serving { handle, usage, since: Instant::now() }
    }
}

/// What it takes to supervise one worker.
pub(super) struct Supervisor {
    pub slot: Arc<Slot>,
    pub backend: Arc<Backend>,
    pub settings: EngineSettings,
    /// For an answer of the worker.
    pub deadline: Duration,
    pub restarts: Restarts,
    pub stop: CancellationToken,
}

impl Supervisor {
    /// Runs the worker and its successors until told to stop, or until it is given up.
    pub async fn run(mut self, first: Incarnation) {
        let index = self.slot.index;
        let mut next = Ok(first);
        loop {
            let (lived, how) = match next {
                Ok(incarnation) => self.live(incarnation).await,
                Err(failure) => (Duration::ZERO, format!("did not start: {failure}")),
            };
            if self.stop.is_cancelled() {
                return;
            }
            let Some(delay) = self.restarts.after(lived) else {
                tracing::error!(worker.id = index, "media worker {index} {how}; it keeps dying and is given up");
                *self.slot.lock() = Tenant::GivenUp;
                return;
            };
            let delay_ms = delay.as_millis();
            tracing::warn!(
                worker.id = index,
                delay_ms,
                "media worker {index} {how}; starting it again in {delay_ms} ms"
            );
            if self.stop.run_until_cancelled(tokio::time::sleep(delay)).await.is_none() {
                return;
            }
            self.slot.restarts.fetch_add(1, Ordering::Relaxed);
            next = self.start().await;
        }
    }

    async fn start(&self) -> Result<Incarnation, StartFailure> {
        let incarnation = self.backend.start(self.slot.index, &self.settings, self.deadline, &self.stop).await?;
        *self.slot.lock() = Tenant::of(&incarnation);
        let (index, pid) = (self.slot.index, incarnation.usage.pid());
        tracing::info!(worker.id = index, worker.pid = pid, "media worker {index} is back as process {pid}");
        Ok(incarnation)
    }

    /// One life: how long it was, and how it ended.
    async fn live(&self, Incarnation { handle, usage, life }: Incarnation) -> (Duration, String) {
        let born = Instant::now();
        let Death { reason, burial } = life.await;
        let lived = born.elapsed();
        *self.slot.lock() = Tenant::Restarting;
        // Rooms look for another worker as soon as they hear of it, and must not find this one.
        handle.lose();
        let more = burial.await.map(|more| format!(", {more}")).unwrap_or_default();
        let (pid, seconds) = (usage.pid(), lived.as_secs());
        (lived, format!("(process {pid}) died after {seconds} s: {reason}{more}"))
    }
}

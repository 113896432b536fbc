//! A worker in a thread of this process: for tests and small machines. A crash of it is a crash of the server.

use super::backend::{Death, Incarnation};
use super::engine::{Engine, EngineSettings, StartFailure};
use super::handle::WorkerHandle;
use super::service::{self, Parts};
use super::usage::Usage;
use mediasoup::prelude::WorkerManager;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub(super) async fn start(
    manager: &WorkerManager,
    index: usize,
    settings: &EngineSettings,
    deadline: Duration,
    stop: &CancellationToken,
) -> Result<Incarnation, StartFailure> {
    let usage = Arc::new(Usage::of_thread());
    let watched = Arc::clone(&usage);
    let engine = Engine::start(manager, settings, Some(Arc::new(move || watched.watch_this_thread()))).await?;
    let (handle, far) = WorkerHandle::new(index, deadline);
    let listeners = far.listeners;
    let events = Box::new(move |router, event| listeners.tell(router, event));
    let parts = Parts::new(engine, settings, far.load, events);
    let stop = stop.clone();
    let life = Box::pin(async move {
        stop.run_until_cancelled_owned(service::run(parts, far.jobs)).await;
        Death { reason: "its thread ended".to_owned(), burial: Box::pin(async { None }) }
    });
    Ok(Incarnation { handle, usage, life })
}

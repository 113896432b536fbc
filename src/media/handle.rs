//! The near end of a worker: where rooms hand in requests and hear events. What lies behind it (a task of this process
//! today) is of no concern to them.

use super::latest::LatestQueue;
use super::protocol::{MediaError, MediaEvent, MediaReply, MediaRequest, WorkerLoad};
use super::queue;
use crate::ids::RouterId;
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

/// Requests that may be under way in one worker; more are refused as a lost cause rather than queued behind a worker
/// that doesn't keep up.
const MAX_UNDER_WAY: usize = 8192;

/// A request on its way to a worker, with the place where the answer goes.
pub(super) struct Job {
    request: MediaRequest,
    answer: oneshot::Sender<Result<MediaReply, MediaError>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Job {
    pub fn request(&self) -> &MediaRequest {
        &self.request
    }

    /// Answers; false when nobody waits for it any more.
    pub fn answer(self, result: Result<MediaReply, MediaError>) -> bool {
        self.answer.send(result).is_ok()
    }
}

/// A worker of the pool. Cheap to clone.
#[derive(Clone)]
pub struct WorkerHandle {
    index: usize,
    jobs: mpsc::UnboundedSender<Job>,
    places: Arc<Semaphore>,
    deadline: Duration,
    load: watch::Receiver<WorkerLoad>,
    rooms: Arc<Rooms>,
    /// Rooms that are placed here, those included whose router isn't there yet.
    placed: Arc<AtomicU32>,
}

/// A room's place on a worker: given back when dropped.
pub struct Placement(WorkerHandle);

impl Placement {
    /// The worker.
    pub fn worker(&self) -> &WorkerHandle {
        &self.0
    }
}

impl Drop for Placement {
    fn drop(&mut self) {
        self.0.placed.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Which room hears of which router.
#[derive(Default)]
pub(super) struct Rooms(Mutex<HashMap<RouterId, Arc<LatestQueue<MediaEvent>>>>);

impl Rooms {
    /// Passes an event on; a room that is gone needs none.
    pub fn tell(&self, router: RouterId, event: MediaEvent) {
        let rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(&router) {
            room.push(event.reports_on(), event);
        }
    }
}

/// A room's ear for one router: dropping it ends the subscription.
pub struct RouterEvents {
    router: RouterId,
    events: Arc<LatestQueue<MediaEvent>>,
    rooms: Arc<Rooms>,
}

impl RouterEvents {
    /// The next event of the router; pending for ever when there will be none.
    pub async fn next(&mut self) -> MediaEvent {
        self.events.next().await
    }
}

impl Drop for RouterEvents {
    fn drop(&mut self) {
        self.rooms.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.router);
    }
}

impl WorkerHandle {
    pub(super) fn new(
        index: usize,
        deadline: Duration,
        load: watch::Receiver<WorkerLoad>,
        rooms: Arc<Rooms>,
    ) -> (Self, mpsc::UnboundedReceiver<Job>) {
        // No bound of its own: the places bound the requests, and closes are bounded by the objects there are.
        let (jobs, waiting) = queue::bounded_by_objects();
        let places = Arc::new(Semaphore::new(MAX_UNDER_WAY));
        let placed = Arc::default();
        (Self { index, jobs, places, deadline, load, rooms, placed }, waiting)
    }

    /// Its number in the pool, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// What lives in it just now.
    pub fn load(&self) -> WorkerLoad {
        *self.load.borrow()
    }

    /// Whether it still serves.
    pub fn alive(&self) -> bool {
        !self.jobs.is_closed()
    }

    /// How busy it is, with the routers that are still on their way.
    pub(super) fn weight(&self) -> u64 {
        let load = self.load();
        let routers = self.placed.load(Ordering::Relaxed).max(load.routers);
        WorkerLoad { routers, ..load }.weight()
    }

    pub(super) fn place(&self) -> Placement {
        self.placed.fetch_add(1, Ordering::Relaxed);
        Placement(self.clone())
    }

    /// Listens to a router that will be made under this id. Every object closes at most once, and of reports only the
    /// latest is kept, so what waits unheard is bounded by the number of objects.
    pub fn listen(&self, router: RouterId) -> RouterEvents {
        let events = Arc::<LatestQueue<_>>::default();
        self.rooms.0.lock().unwrap_or_else(PoisonError::into_inner).insert(router, Arc::clone(&events));
        RouterEvents { router, events, rooms: Arc::clone(&self.rooms) }
    }

    /// Hands a request in. It is in the worker's queue when this returns, so two calls keep their order; the future is
    /// only for the answer, which comes within the deadline.
    ///
    /// # Errors
    /// What the worker says, or that it is gone, too busy, or too late.
    pub fn call(&self, request: MediaRequest) -> impl Future<Output = Result<MediaReply, MediaError>> + Send + use<> {
        let answer = self.submit(request);
        let deadline = self.deadline;
        async move {
            match tokio::time::timeout(deadline, answer?).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(MediaError::WorkerLost),
                Err(_) => Err(MediaError::Deadline),
            }
        }
    }

    fn submit(&self, request: MediaRequest) -> Result<oneshot::Receiver<Result<MediaReply, MediaError>>, MediaError> {
        let place = match request {
            // A close makes room and must never be lost.
            MediaRequest::Close(_) => None,
            _ => Some(Arc::clone(&self.places).try_acquire_owned().map_err(|_| MediaError::Deadline)?),
        };
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job { request, answer, _place: place }).map_err(|_| MediaError::WorkerLost)?;
        Ok(answered)
    }
}

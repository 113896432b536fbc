//! The near end of a worker: where rooms hand in requests and hear events. What lies behind it, a thread of this
//! process or another process, is of no concern to them.
//!
//! A handle stands for one life of a worker: when the worker dies, the handle stays dead, and the pool puts another in
//! its place.

use super::listeners::{Listeners, RouterEvents};
use super::protocol::{MediaError, MediaReply, MediaRequest, WorkerLoad};
use super::queue;
use crate::ids::RouterId;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

/// Requests that may be under way in one worker; more are refused as a lost cause rather than queued behind a worker
/// that doesn't keep up.
const MAX_UNDER_WAY: usize = 8192;

/// Takes an answer; false when nobody waits for it any more.
type Answer = Box<dyn FnOnce(Result<MediaReply, MediaError>) -> bool + Send>;

/// A request on its way to a worker, with the place where the answer goes.
pub(super) struct Job {
    request: MediaRequest,
    answer: Answer,
    _place: Option<OwnedSemaphorePermit>,
}

impl Job {
    pub fn new(
        request: MediaRequest,
        answer: impl FnOnce(Result<MediaReply, MediaError>) -> bool + Send + 'static,
    ) -> Self {
        Self { request, answer: Box::new(answer), _place: None }
    }

    pub fn request(&self) -> &MediaRequest {
        &self.request
    }

    /// Answers; false when nobody waits for it any more.
    pub fn answer(self, result: Result<MediaReply, MediaError>) -> bool {
        (self.answer)(result)
    }
}

/// A worker of the pool, for one life of it. Cheap to clone.
#[derive(Clone)]
pub struct WorkerHandle {
    index: usize,
    jobs: mpsc::UnboundedSender<Job>,
    places: Arc<Semaphore>,
    deadline: Duration,
    load: watch::Receiver<WorkerLoad>,
    listeners: Arc<Listeners>,
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

/// What lies behind a handle holds these.
pub(super) struct FarEnd {
    pub jobs: mpsc::UnboundedReceiver<Job>,
    pub load: watch::Sender<WorkerLoad>,
    pub listeners: Arc<Listeners>,
}

impl WorkerHandle {
    /// A handle that is alive for as long as the other end's queue is there.
    pub(super) fn new(index: usize, deadline: Duration) -> (Self, FarEnd) {
        // No bound of its own: the places bound the requests, and closes are bounded by the objects there are.
        let (sender, jobs) = queue::bounded_by_objects();
        let (load, loaded) = watch::channel(WorkerLoad::default());
        let listeners = Arc::<Listeners>::default();
        let far = FarEnd { jobs, load, listeners: Arc::clone(&listeners) };
        let places = Arc::new(Semaphore::new(MAX_UNDER_WAY));
        (Self { index, jobs: sender, places, deadline, load: loaded, listeners, placed: Arc::default() }, far)
    }

    /// Its number in the pool, from 0: the same in every life.
    pub fn index(&self) -> usize {
        self.index
    }

    /// What lives in it just now.
    pub fn load(&self) -> WorkerLoad {
        *self.load.borrow()
    }

    /// Whether it still serves. Once false it stays so.
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

    /// The way into its queue, for what lies behind it.
    pub(super) fn weak_jobs(&self) -> mpsc::WeakUnboundedSender<Job> {
        self.jobs.downgrade()
    }

    /// Tells everybody who listens that this life is over; to be called once it is.
    pub(super) fn lose(&self) {
        self.listeners.lose();
    }

    /// Listens to a router that will be made under this id.
    pub fn listen(&self, router: RouterId) -> RouterEvents {
        self.listeners.listen(router)
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
        let mut job = Job::new(request, |result| answer.send(result).is_ok());
        job._place = place;
        self.jobs.send(job).map_err(|_| MediaError::WorkerLost)?;
        Ok(answered)
    }
}

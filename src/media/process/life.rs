//! The server's side of one worker process, while it lives: requests go out, answers and events come in, its heart is
//! felt.

use super::link::{self, Incoming, Link, Outgoing};
use super::pulse::{self, Pace};
use crate::media::backend::Death;
use crate::media::frame::{self, FromWorker, MAX_FRAME_BYTES, MAX_REQUEST_BYTES, ToWorker};
use crate::media::handle::{FarEnd, Job};
use crate::media::listeners::Listeners;
use crate::media::protocol::{MediaError, MediaEvent, MediaReply, MediaRequest, WorkerLoad};
use crate::media::service::created;
use crate::media::usage::Usage;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{UnboundedReceiver, WeakUnboundedSender};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub(super) struct Life {
    jobs: UnboundedReceiver<Job>,
    pace: Pace,
    stop: CancellationToken,
    usage: Arc<Usage>,
    shared: Shared,
}

/// What the directions have in common.
struct Shared {
    /// Requests that have no answer yet, by their numbers.
    pending: Mutex<HashMap<u64, Job>>,
    /// The last heartbeat that was answered.
    answered: AtomicU64,
    load: watch::Sender<WorkerLoad>,
    listeners: Arc<Listeners>,
    /// Of all processes.
    lines_left_out: Arc<AtomicU64>,
    /// Back into the queue, for what has to be closed again.
    jobs: WeakUnboundedSender<Job>,
}

impl Life {
    pub fn new(
        far: FarEnd,
        jobs: WeakUnboundedSender<Job>,
        pace: Pace,
        stop: CancellationToken,
        usage: Arc<Usage>,
        lines_left_out: Arc<AtomicU64>,
    ) -> Self {
        let shared = Shared {
            pending: Mutex::default(),
            answered: AtomicU64::new(0),
            load: far.load,
            listeners: far.listeners,
            lines_left_out,
            jobs,
        };
        Self { jobs: far.jobs, pace, stop, usage, shared }
    }

    /// Until it ends, hangs, talks nonsense, or shall end.
    pub async fn run(self, link: Link) -> Death {
        let Self { jobs, pace, stop, usage, shared } = self;
        let Link { mut incoming, outgoing, process } = link;
        let (ask, asked) = watch::channel(0);
        // What is not chosen is dropped with what it owns: nobody writes or takes requests after this.
        let died = tokio::select! {
            reason = read(&mut incoming, &shared) => Some(reason),
            reason = write(outgoing, jobs, asked, &shared) => Some(reason),
            reason = pulse::watch(pace, &ask, &shared.answered, || usage.starved()) => Some(reason),
            () = stop.cancelled() => None,
        };
        shared.load.send_replace(WorkerLoad::default());
        match died {
            Some(reason) => Death { reason, burial: Box::pin(async { Some(process.kill().await) }) },
            None => Death {
                reason: "told to end".to_owned(),
                burial: Box::pin(async {
                    process.end(incoming).await;
                    None
                }),
            },
        }
    }
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, HashMap<u64, Job>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an answer on; false if nobody ever asked. What was made for somebody who has gone is closed again.
    fn answer(&self, id: u64, result: Result<MediaReply, MediaError>) -> bool {
        let Some(job) = self.pending().remove(&id) else { return false };
        let made = result.as_ref().ok().and_then(|reply| created(job.request(), reply));
        if !job.answer(result)
            && let (Some(object), Some(jobs)) = (made, self.jobs.upgrade())
        {
            // If it fails, the worker is gone with all that is in it.
            let _ = jobs.send(Job::new(MediaRequest::Close(object), |_| true));
        }
        true
    }
}

/// Takes in what the process says, until it ends or says what it may not.
async fn read(incoming: &mut Incoming, shared: &Shared) -> String {
    loop {
        let frame = match link::receive(incoming).await {
            Ok(Some(bytes)) => frame::decode(&bytes).map_err(|error| error.to_string()),
            Ok(None) => return "its socket closed".to_owned(),
            Err(error) => Err(error.to_string()),
        };
        let sensible = match frame {
            Ok(FromWorker::Reply { id, result }) => shared.answer(id, result),
            Ok(FromWorker::Event { event: MediaEvent::WorkerLost, .. } | FromWorker::Ready | FromWorker::Failed(_)) => {
                false
            }
            Ok(FromWorker::Event { router, event }) => {
                shared.listeners.tell(router, event);
                true
            }
            Ok(FromWorker::Load(load)) => {
                shared.load.send_replace(load);
                true
            }
            Ok(FromWorker::Pong(number)) => {
                shared.answered.store(number, Ordering::Relaxed);
                true
            }
            Ok(FromWorker::LinesLeftOut(more)) => {
                shared.lines_left_out.fetch_add(more, Ordering::Relaxed);
                true
            }
            Err(error) => return error,
        };
        if !sensible {
            return "it said what it may not say now".to_owned();
        }
    }
}

/// Sends heartbeats and requests. While the process does not read, requests wait in their queue, which has its bounds.
async fn write(
    mut outgoing: Outgoing,
    mut jobs: UnboundedReceiver<Job>,
    mut asked: watch::Receiver<u64>,
    shared: &Shared,
) -> String {
    let mut id = 0;
    loop {
        let frame = tokio::select! {
            biased;
            Ok(()) = asked.changed() => {
                frame::encode(&ToWorker::Ping(*asked.borrow_and_update()), MAX_FRAME_BYTES).ok()
            }
            Some(job) = jobs.recv() => {
                id += 1;
                request(id, job, shared)
            }
            else => return "nobody needs it".to_owned(),
        };
        let sent = async {
            if let Some(frame) = frame {
                link::feed(&mut outgoing, frame).await?;
            }
            // What is about to follow goes with it.
            let more = !jobs.is_empty() || asked.has_changed().unwrap_or(false);
            if more { Ok(()) } else { link::flush(&mut outgoing).await }
        };
        if let Err(error) = sent.await {
            return error.to_string();
        }
    }
}

/// The frame of a request, which waits for its answer from now on; one that is too long has it already.
fn request(id: u64, job: Job, shared: &Shared) -> Option<Bytes> {
    let frame = ToWorker::Request { id, request: job.request().clone() };
    match frame::encode(&frame, MAX_REQUEST_BYTES) {
        Ok(frame) => {
            shared.pending().insert(id, job);
            Some(frame)
        }
        Err(error) => {
            job.answer(Err(MediaError::InvalidParameters(error.to_string())));
            None
        }
    }
}

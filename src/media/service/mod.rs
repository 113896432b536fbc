//! The service around one mediasoup worker: takes requests of the media protocol, owns the handles, answers.
//!
//! Requests run at the same time, but reach the worker in the order in which they came: the futures are first polled in
//! the order in which they were pushed. None is cancelled, because the worker would go on with it: what arrives after
//! its asker has gone is closed again.

mod data;
mod failures;
mod kept;
mod probing;
mod sample;
mod settings;
mod stats;
mod work;

pub(super) use kept::created;
pub use settings::TransportSettings;

use super::callbacks::{Callbacks, Heard, Notice};
use super::codecs::{Codec, OpusSettings};
use super::engine::{Engine, EngineSettings};
use super::handle::Job;
use super::latest::LatestQueue;
use super::objects::Objects;
use super::protocol::{MediaError, MediaEvent, MediaObject, MediaReply, Subject, WorkerLoad};
use super::speakers::{SpeakerSettings, Speakers};
use crate::ids::RouterId;
use futures_util::future::{BoxFuture, join_all};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use kept::Made;
use mediasoup::prelude::{RtpCodecCapability, WebRtcServer, Worker};
use probing::Probing;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Between two rounds of reports on states that change again and again, such as scores.
const REPORT_INTERVAL: Duration = Duration::from_millis(500);

/// Requests that the worker's thread has at once. It takes all that it finds before it forwards media again or answers a
/// heartbeat, so more wait here.
const MAX_RUNNING: usize = 64;

/// How long a worker may take to fall silent at the end.
const LAST_WORD: Duration = Duration::from_millis(500);

/// Where events go; takes them without waiting.
pub(super) type Events = Box<dyn Fn(RouterId, MediaEvent) + Send + Sync>;

/// What a service needs besides its queue.
pub(super) struct Parts {
    worker: Worker,
    server: WebRtcServer,
    codecs: Vec<RtpCodecCapability>,
    /// What senders of Opus are asked for.
    opus: OpusSettings,
    transport: TransportSettings,
    speakers: Option<SpeakerSettings>,
    load: watch::Sender<WorkerLoad>,
    events: Events,
}

impl Parts {
    pub fn new(engine: Engine, settings: &EngineSettings, load: watch::Sender<WorkerLoad>, events: Events) -> Self {
        let opus = settings.codecs.iter().find_map(|codec| match codec {
            Codec::Opus(settings) => Some(*settings),
            Codec::Vp8 | Codec::Vp9 | Codec::H264 | Codec::H264High | Codec::Av1 => None,
        });
        let codecs = settings.codecs.iter().flat_map(|codec| codec.capabilities()).collect();
        Self {
            worker: engine.worker,
            server: engine.server,
            codecs,
            opus: opus.unwrap_or_default(),
            transport: settings.transport.clone(),
            speakers: settings.speakers,
            load,
            events,
        }
    }
}

struct Finished {
    job: Job,
    result: Result<Made, MediaError>,
}

/// Serves requests until the worker is dead or the last handle is gone; then everything in the worker closes.
pub(super) async fn run(parts: Parts, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let (callbacks, Heard { mut notices, reports }) = Callbacks::new();
    let _registrations = callbacks.of_worker(&parts.worker);
    let mut service = Service { parts, objects: Objects::default(), callbacks };
    let mut running = FuturesUnordered::new();
    let mut parting = FuturesUnordered::new();
    let (mut probing, mut probes) = (Probing::default(), FuturesUnordered::new());
    let mut looks = tokio::time::interval(probing::LOOK);
    let mut next_report = Instant::now();
    loop {
        tokio::select! {
            biased;
            Some(notice) = notices.recv() => {
                match notice {
                    Notice::Closed(object) => service.closed_below(object),
                    Notice::WorkerDead => break,
                }
            }
            Some(finished) = running.next() => service.finish(finished),
            Some(()) = parting.next() => {}
            Some(probed) = probes.next() => probing.began(probed),
            _ = looks.tick() => probes.extend(service.probes(&mut probing)),
            () = due(&reports, next_report) => {
                service.report(&reports);
                next_report = Instant::now() + REPORT_INTERVAL;
            }
            job = jobs.recv(), if running.len() < MAX_RUNNING => match job {
                Some(job) => {
                    if let Some(future) = service.start(job) {
                        running.push(future);
                    }
                }
                None => break,
            },
        }
        parting.extend(service.objects.parting.drain(..).map(|(speakers, producer)| speakers.part_with(producer)));
    }
    service.silence().await;
    service.parts.load.send_replace(WorkerLoad::default());
}

/// Waits until there is something to report and the time has come for it.
async fn due(reports: &LatestQueue<MediaEvent>, time: Instant) {
    reports.filled().await;
    tokio::time::sleep_until(time).await;
}

struct Service {
    parts: Parts,
    objects: Objects,
    callbacks: Callbacks,
}

impl Service {
    /// Begins a request; what can be answered at once is, and leaves no future.
    fn start(&mut self, job: Job) -> Option<BoxFuture<'static, Finished>> {
        let work = match self.work(job.request()) {
            Ok(Some(work)) => work,
            Ok(None) => {
                job.answer(Ok(MediaReply::Done));
                return None;
            }
            Err(error) => {
                job.answer(Err(error));
                return None;
            }
        };
        // A panic in the parameter mathematics of the library is an answer as well, not the end of the worker.
        let work = AssertUnwindSafe(work).catch_unwind();
        Some(Box::pin(async move {
            let result = work.await.unwrap_or_else(|_| Err(MediaError::Failed("panicked".to_owned())));
            Finished { job, result }
        }))
    }

    /// Keeps what was made and answers; closes it again if its parent or its asker has gone meanwhile.
    fn finish(&mut self, Finished { job, result }: Finished) {
        let reply = result.and_then(|made| self.keep(made));
        let made = reply.as_ref().ok().and_then(|reply| created(job.request(), reply));
        // Who has the answer finds it in the load, too.
        self.publish_load();
        if !job.answer(reply)
            && let Some(object) = made
        {
            self.close(object);
        }
    }

    fn close(&mut self, object: MediaObject) {
        self.objects.close(object);
        self.publish_load();
    }

    /// Something closed that nobody here asked to close: forget it, and tell its room.
    fn closed_below(&mut self, object: MediaObject) {
        // What a request of ours closed is no longer in the maps by now, and says nothing.
        if let Some(router) = self.objects.router_of(object) {
            self.close(object);
            (self.parts.events)(router, MediaEvent::closed(object));
        }
    }

    /// Tells the rooms the latest of what changes again and again; of what is closed, nothing.
    fn report(&mut self, reports: &LatestQueue<MediaEvent>) {
        while let Some(event) = reports.take() {
            let object = event.reports_on().map(Subject::object);
            let Some(router) = object.and_then(|object| self.objects.router_of(object)) else { continue };
            if let MediaEvent::IceConnected { transport, connected } = event
                && !self.objects.set_connected(transport, connected)
            {
                continue;
            }
            (self.parts.events)(router, event);
        }
    }

    /// At the end: what is dropped next must not be the subject of a callback.
    async fn silence(&self) {
        let stops = self.objects.routers.values().filter_map(|entry| entry.speakers.as_ref()).map(Speakers::stop);
        // A worker that is dead or hangs says nothing any more.
        drop(tokio::time::timeout(LAST_WORD, join_all(stops)).await);
    }

    fn publish_load(&self) {
        let load = self.objects.load();
        self.parts.load.send_if_modified(|current| std::mem::replace(current, load) != load);
    }
}

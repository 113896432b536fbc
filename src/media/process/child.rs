//! A worker's process from the inside: the service around one mediasoup worker, on a socket.

use super::link::{self, Incoming, Outgoing, frames};
use crate::media::engine::{Engine, StartFailure};
use crate::media::frame::{self, FromWorker, MAX_FRAME_BYTES, ToWorker};
use crate::media::handle::Job;
use crate::media::latest::LatestQueue;
use crate::media::protocol::WorkerLoad;
use crate::media::queue;
use crate::media::service::{self, Parts};
use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt as _, StreamExt as _};
use mediasoup::prelude::{Router, RouterOptions, WorkerManager};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

/// How long the worker's thread may take to end.
const END_DEADLINE: Duration = Duration::from_secs(1);

/// How often to look whether lines were left out of the log.
const LINES_INTERVAL: Duration = Duration::from_secs(1);

/// What is to be sent; of states that change again and again only the latest waits.
type Outbox = Arc<LatestQueue<FromWorker>>;

/// Runs a worker for the server that has started this process, until the socket on standard input closes.
/// `lines_left_out` says how many of its lines are not in the log.
///
/// # Errors
/// In words: it was not started by a server, or its worker ended by itself.
pub fn run_worker(lines_left_out: fn() -> u64) -> Result<(), String> {
    let words = |error: std::io::Error| error.to_string();
    #[cfg(target_os = "linux")]
    {
        // The socket's end tells of the server's, but not to a process that is stopped.
        let signal = Some(rustix::process::Signal::KILL);
        rustix::process::set_parent_process_death_signal(signal).map_err(|error| words(error.into()))?;
        // Started from /proc/self/exe it would be called "exe" in lists of processes. No more than a nicety.
        let _ = std::fs::write("/proc/self/comm", "colloquy-media");
    }
    let socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned().map_err(words)?);
    socket.peer_addr().map_err(|_| "media-worker is started by the server, with a socket on standard input")?;
    socket.set_nonblocking(true).map_err(words)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(words)?;
    let outcome = runtime.block_on(async {
        let _deaf = deaf_to_signals().map_err(words)?;
        serve(tokio::net::UnixStream::from_std(socket).map_err(words)?, lines_left_out).await
    });
    // Without waiting for a thread that hangs.
    runtime.shutdown_background();
    outcome
}

/// Service managers signal all processes of a service at once. The server hears it and ends its workers in order.
fn deaf_to_signals() -> std::io::Result<Vec<Signal>> {
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::user_defined1(),
        SignalKind::user_defined2(),
    ];
    kinds.into_iter().map(signal).collect()
}

async fn serve(socket: tokio::net::UnixStream, lines_left_out: fn() -> u64) -> Result<(), String> {
    let (mut incoming, mut outgoing) = frames(socket);
    let first = link::receive(&mut incoming).await.map_err(|error| error.to_string())?;
    let Some(first) = first else { return Ok(()) };
    let settings = match frame::decode(&first) {
        Ok(ToWorker::Start { version, settings }) if version == frame::VERSION => settings,
        Ok(ToWorker::Start { version, .. }) => {
            let reason = format!("the server is version {version}, its worker version {}", frame::VERSION);
            return send(&mut outgoing, &FromWorker::Failed(StartFailure::Other(reason))).await;
        }
        Ok(_) => return Err("the server did not say what to start with".to_owned()),
        Err(error) => return Err(error.to_string()),
    };
    let manager = WorkerManager::new();
    let started = match Engine::start(&manager, &settings, None).await {
        Ok(engine) => heart(&engine).await.map(|heart| (engine, heart)),
        Err(failure) => Err(failure),
    };
    let (engine, heart) = match started {
        Ok(started) => started,
        Err(failure) => return send(&mut outgoing, &FromWorker::Failed(failure)).await,
    };
    send(&mut outgoing, &FromWorker::Ready).await?;

    let outbox = Outbox::default();
    let (beat, beats) = watch::channel(0);
    let (load, loads) = watch::channel(WorkerLoad::default());
    let (jobs, waiting) = queue::bounded_by_objects();
    let events = Arc::clone(&outbox);
    let events = Box::new(move |router, event: crate::media::protocol::MediaEvent| {
        events.push(event.reports_on(), FromWorker::Event { router, event });
    });
    let mut service = pin!(service::run(Parts::new(engine, &settings, load, events), waiting));
    let outcome = tokio::select! {
        () = &mut service => return Err("the mediasoup worker ended by itself".to_owned()),
        outcome = read(incoming, jobs, heart, &beat, &outbox) => outcome,
        outcome = write(outgoing, beats, loads, &outbox, lines_left_out) => outcome,
    };
    // Nobody asks for anything any more: all closes, with a goodbye to the clients.
    service.await;
    let ended = tokio::task::spawn_blocking(move || drop(manager));
    if tokio::time::timeout(END_DEADLINE, ended).await.is_err() {
        tracing::warn!("the mediasoup worker does not end: it is left to the system");
    }
    outcome
}

/// A router without anything on it, to feel whether the worker's thread still answers: asking for it is as cheap
/// whatever else lives there.
async fn heart(engine: &Engine) -> Result<Router, StartFailure> {
    let router = engine.worker.create_router(RouterOptions::default()).await;
    router.map_err(|error| StartFailure::Other(error.to_string()))
}

/// Takes in requests and heartbeats until the server is gone.
async fn read(
    mut incoming: Incoming,
    jobs: mpsc::UnboundedSender<Job>,
    heart: Router,
    beat: &watch::Sender<u64>,
    outbox: &Outbox,
) -> Result<(), String> {
    let mut beats = FuturesUnordered::new();
    loop {
        let bytes = tokio::select! {
            bytes = link::receive(&mut incoming) => bytes.map_err(|error| error.to_string())?,
            Some(felt) = beats.next() => {
                if let Some(number) = felt {
                    beat.send_replace(number);
                }
                continue;
            }
        };
        let Some(bytes) = bytes else { return Ok(()) };
        match frame::decode(&bytes).map_err(|error| error.to_string())? {
            ToWorker::Request { id, request } => {
                let outbox = Arc::clone(outbox);
                let job = Job::new(request, move |result| {
                    outbox.push(None, FromWorker::Reply { id, result });
                    // Whether somebody waits for it is seen on the other side.
                    true
                });
                if jobs.send(job).is_err() {
                    return Ok(());
                }
            }
            ToWorker::Ping(number) => {
                let heart = heart.clone();
                beats.push(async move { heart.dump().await.is_ok().then_some(number) });
            }
            ToWorker::Start { .. } => return Err("the server said twice what to start with".to_owned()),
        }
    }
}

/// Sends what there is. Heartbeats don't wait behind answers, of which there may be many; and the load comes before an
/// answer, so that who has that finds it in the load, too.
async fn write(
    mut outgoing: Outgoing,
    mut beats: watch::Receiver<u64>,
    mut loads: watch::Receiver<WorkerLoad>,
    outbox: &Outbox,
    lines_left_out: fn() -> u64,
) -> Result<(), String> {
    let mut looks = tokio::time::interval(LINES_INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known = 0;
    loop {
        let frame = tokio::select! {
            biased;
            _ = looks.tick() => {
                let more = lines_left_out() - known;
                if more == 0 {
                    continue;
                }
                known += more;
                tracing::warn!(
                    worker.pid = std::process::id(),
                    "{more} more lines of mediasoup's were left out: log.max_media_lines_per_s"
                );
                FromWorker::LinesLeftOut(more)
            }
            Ok(()) = beats.changed() => FromWorker::Pong(*beats.borrow_and_update()),
            Ok(()) = loads.changed() => FromWorker::Load(*loads.borrow_and_update()),
            frame = outbox.next() => frame,
        };
        let frame = frame::encode(&frame, MAX_FRAME_BYTES).map_err(|error| error.to_string())?;
        let sent = async {
            link::feed(&mut outgoing, frame).await?;
            // What is about to follow goes with it.
            let more =
                !outbox.is_empty() || loads.has_changed().unwrap_or(false) || beats.has_changed().unwrap_or(false);
            if more { Ok(()) } else { link::flush(&mut outgoing).await }
        };
        if sent.await.is_err() {
            // The server is gone.
            return Ok(());
        }
    }
}

async fn send(outgoing: &mut Outgoing, frame: &FromWorker) -> Result<(), String> {
    let frame = frame::encode(frame, MAX_FRAME_BYTES).map_err(|error| error.to_string())?;
    outgoing.send(frame).await.map_err(|error| error.to_string())
}

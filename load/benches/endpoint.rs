//! How many packets an endpoint sends and receives in a second of CPU time: `cargo bench -p colloquy-load`.
//!
//! One link sends a hundred microphones, or one camera, to another over the loopback. Each has a thread of its own, so
//! that what they take can be told apart.

use colloquy_load::measure::Tally;
use colloquy_load::rtc::{Endpoint, Link, Meter, SubscribeOptions, Track};
use colloquy_load::scenario::{Audio, Video, VideoCodec};
use nix::sys::resource::{UsageWho, getrusage};
use std::net::Ipv4Addr;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

const LONGEST: Duration = Duration::from_secs(10);
const MEASURED: Duration = Duration::from_secs(5);

/// A thread that only does what it is told, and knows how long it computed.
struct Worker {
    handle: Handle,
    end: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Worker {
    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let thread = std::thread::spawn(move || drop(runtime.block_on(ended)));
        Self { handle, end, thread }
    }

    fn stop(self) {
        self.end.send(()).ok();
        self.thread.join().expect("ends");
    }

    /// CPU time of its thread so far.
    async fn cpu(&self) -> Duration {
        let usage = self.handle.spawn(async {
            let usage = getrusage(UsageWho::RUSAGE_THREAD).expect("is known");
            [usage.user_time(), usage.system_time()].map(|time| Duration::from_micros(time_micros(time))).iter().sum()
        });
        usage.await.expect("answers")
    }
}

fn time_micros(time: nix::sys::time::TimeVal) -> u64 {
    use nix::sys::time::TimeValLike as _;
    time.num_microseconds().try_into().unwrap_or_default()
}

async fn open(worker: &Worker, meter: &Meter) -> Link {
    let endpoint = Endpoint::for_sdp(&[VideoCodec::Vp8], meter);
    worker.handle.spawn(async { endpoint.open(Ipv4Addr::LOCALHOST.into()) }).await.expect("runs").expect("a socket")
}

async fn measure(name: &str, tracks: Vec<Track>, light: bool) {
    let (sends, receives, meter) = (Worker::start(), Worker::start(), Meter::default());
    let (sender, receiver) = (open(&sends, &meter).await, open(&receives, &meter).await);
    let offer = sender.offer(tracks).await.expect("an offer");
    let (answer, _) = receiver.answer(&offer, SubscribeOptions { light, freeze_ms: 1000 }).await.expect("an answer");
    sender.accept_answer(&answer).await.expect("fits");
    sender.until_connected(LONGEST).await.expect("connects");
    receiver.until_connected(LONGEST).await.expect("connects");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = (sends.cpu().await, receives.cpu().await, sender.take(), receiver.take(), meter.take_worst());
    tokio::time::sleep(MEASURED).await;
    let (sent, received): (Tally, Tally) = (sender.take(), receiver.take());
    let rate = |packets: u64, cpu: Duration| packets as f64 / cpu.as_secs_f64() / 1000.0;
    println!(
        "{name:30} {:7.0} sent, {:7.0} received a second, lost {:.4}; thousands in a CPU-second: sends {:5.0}, receives {:5.0}; latest {:?}",
        sent.packets_sent as f64 / MEASURED.as_secs_f64(),
        received.packets_received as f64 / MEASURED.as_secs_f64(),
        received.loss(),
        rate(sent.packets_sent, sends.cpu().await - before.0),
        rate(received.packets_received, receives.cpu().await - before.1),
        meter.take_worst(),
    );
    drop((sender, receiver));
    sends.stop();
    receives.stop();
}

fn main() {
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let microphones = || (0..100).map(|_| Track::audio(&Audio::default())).collect::<Vec<_>>();
    let camera = || vec![Track::video(&Video { bitrates: vec![50_000_000], ..Video::default() })];
    for _ in 0..2 {
        for light in [false, true] {
            let mode = if light { "light" } else { "full" };
            runtime.block_on(measure(&format!("100 microphones, {mode}"), microphones(), light));
            runtime.block_on(measure(&format!("a camera of 50 Mbit/s, {mode}"), camera(), light));
        }
    }
}

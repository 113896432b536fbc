//! Rooms and peers that come and go for minutes, at a server in a process of its own with workers in theirs: afterwards
//! nothing is left, and no process is larger than it was after the first minute. `scripts/soak` runs it; it is no part of
//! an ordinary test run, which it would make some minutes longer.
//!
//! `COLLOQUY_SOAK_MINUTES` is how long it goes on, `COLLOQUY_SOAK_SEED` repeats its choices (though not the moments), and
//! into `COLLOQUY_SOAK_JSON` goes what was measured.

mod memory;
mod visitor;

use crate::process::Running;
use crate::support::TestServer;
use crate::support::random::{Random, setting};
use crate::support::tables::Tables;
use memory::{Processes, Sample};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use visitor::{Tally, Visitor};

const MINUTES: u64 = 10;
/// Everybody who comes for the first time has been there, and what is kept for later is kept.
const WARM_UP: Duration = Duration::from_secs(60);
/// At a time. There are more in the first minute, so that heaps are by then as large as those who come later need them:
/// what grows afterwards is not a heap that had not seen such a crowd yet.
const VISITORS: u64 = 16;
const FIRST_VISITORS: u64 = 24;
/// Between two lines on how it goes.
const REPORT: Duration = Duration::from_secs(10);
/// Growth since the first minute that still counts as none, in percent.
const TOLERANCE: f64 = 5.0;

/// The program's settings: two workers on ports that systems don't give out by themselves, and nothing said that would
/// fill a pipe nobody reads.
fn settings(tables: &Tables) -> [(&'static str, String); 9] {
    let port = 12_000 + std::process::id() % 8_000;
    [
        // What is written of calls stays, and would count as memory in a database that is nowhere else.
        ("DATABASE_URL", tables.url.clone()),
        // Each has a cache that fills up over minutes.
        ("COLLOQUY_DATABASE__MAX_CONNECTIONS", "2".into()),
        ("COLLOQUY_WORKERS__COUNT", "2".into()),
        ("RTC_MIN_PORT", port.to_string()),
        ("RTC_MAX_PORT", (port + 20).to_string()),
        ("COLLOQUY_ROOMS__EMPTY_CLOSE_S", "1".into()),
        ("COLLOQUY_ROOMS__RESUME_GRACE_S", "2".into()),
        ("LOG_LEVEL", "error".into()),
        ("COLLOQUY_WORKERS__LOG_LEVEL", "none".into()),
    ]
}

/// Visitors come and go until the time is over; then everybody has gone.
async fn load(server: &Arc<TestServer>, visitors: u64, seed: u64, time: Duration, tally: &Arc<Tally>) {
    let end = Instant::now() + time;
    let visitors: Vec<_> = (0..visitors)
        .map(|number| {
            let random = Random(seed.wrapping_mul(1_000_003).wrapping_add(number));
            tokio::spawn(Visitor::new(Arc::clone(server), random, Arc::clone(tally)).visit_until(end))
        })
        .collect();
    for visitor in visitors {
        visitor.await.unwrap_or_else(|error| panic!("a visitor failed: {error}"));
    }
    server.until_counts([0; 5]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: scripts/soak"]
async fn memory_comes_back() {
    let minutes = setting("COLLOQUY_SOAK_MINUTES").unwrap_or(MINUTES);
    let seed = setting("COLLOQUY_SOAK_SEED").unwrap_or(1);
    let tables = Tables::sqlite();
    let settings = settings(&tables);
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut program = Running::start(&settings).await;
    let server = Arc::new(TestServer::at(&program.url));
    let processes = Processes::of(&program, &server).await;
    let (started, tally) = (Instant::now(), Arc::new(Tally::default()));
    let reporting = tokio::spawn(report(processes.clone(), Arc::clone(&server), Arc::clone(&tally), started));

    load(&server, FIRST_VISITORS, seed, WARM_UP, &tally).await;
    let baseline = processes.at_rest(&server).await;
    eprintln!("the first minute is over: from here on nothing grows");
    let rest = Duration::from_secs(minutes * 60).saturating_sub(started.elapsed());
    load(&server, VISITORS, seed.wrapping_add(1), rest, &tally).await;
    let last = processes.at_rest(&server).await;
    reporting.abort();

    let restarts = processes.restarts(&server).await;
    let rows = processes.compare(&baseline, &last);
    eprintln!("\n{:<10}{:>16}{:>14}{:>10}", "process", "after 1 min", "at the end", "change");
    for row in &rows {
        eprintln!("{:<10}{:>12.1} MiB{:>10.1} MiB{:>+8.1} %", row.name, mib(row.before), mib(row.after), row.percent());
    }
    eprintln!("{} in {:.0} s, seed {seed}; all counts are 0", tally.text(), started.elapsed().as_secs_f64());
    let grown: Vec<_> = rows.iter().filter(|row| row.percent() > TOLERANCE).collect();
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the server")]
    if let Ok(path) = std::env::var("COLLOQUY_SOAK_JSON") {
        let ok = grown.is_empty() && restarts == 0;
        let result = json!({
            "ok": ok, "seed": seed, "seconds": started.elapsed().as_secs(), "tolerancePercent": TOLERANCE,
            "workerRestarts": restarts, "done": tally.json(), "processes": rows,
        });
        std::fs::write(&path, format!("{result}\n")).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    assert_eq!(restarts, 0, "workers died");
    assert!(grown.is_empty(), "grown by more than {TOLERANCE} %: {grown:#?}");
    drop(server);
    crate::process::signal("TERM", &program.pid().to_string());
    assert_eq!(program.ended().await.code(), Some(0));
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// A line every now and then.
async fn report(processes: Processes, server: Arc<TestServer>, tally: Arc<Tally>, started: Instant) {
    let mut ticks = tokio::time::interval(REPORT);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let Sample { parent, workers } = processes.sample();
        let workers: Vec<_> = workers.iter().map(|bytes| format!("{:.1}", mib(*bytes))).collect();
        let [rooms, peers, transports, producers, consumers] = server.counts().await;
        eprintln!(
            "{:>4} s  server {:.1} MiB, workers {} MiB  {rooms} rooms, {peers} peers, {transports} transports, \
             {producers} producers, {consumers} consumers  {}",
            started.elapsed().as_secs(),
            mib(parent),
            workers.join(" and "),
            tally.text(),
        );
    }
}

//! What processes take of memory, as the system sees it.

use crate::process::Running;
use crate::support::TestServer;
use serde::Serialize;
use std::fs;
use std::time::Duration;

/// Between two looks at whether a process still gives memory back.
const SETTLE: Duration = Duration::from_secs(1);
const LOOKS: usize = 5;

/// The server's process and those of its workers.
#[derive(Clone)]
pub struct Processes {
    parent: u32,
    workers: Vec<u32>,
}

/// Bytes that are resident.
pub struct Sample {
    pub parent: u64,
    pub workers: Vec<u64>,
}

/// One process then and now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub name: String,
    #[serde(rename = "baselineBytes")]
    pub before: u64,
    #[serde(rename = "finalBytes")]
    pub after: u64,
}

impl Row {
    pub fn percent(&self) -> f64 {
        100.0 * (self.after as f64 / self.before as f64 - 1.0)
    }
}

impl Processes {
    pub async fn of(program: &Running, server: &TestServer) -> Self {
        let stats = server.stats().await;
        let pids = stats["workersDetail"].as_array().expect("a list").iter().map(|worker| &worker["pid"]);
        let workers = pids.map(|pid| pid.as_u64().and_then(|pid| pid.try_into().ok()).expect("a pid")).collect();
        Self { parent: program.pid(), workers }
    }

    pub fn sample(&self) -> Sample {
        Sample { parent: resident(self.parent), workers: self.workers.iter().map(|pid| resident(*pid)).collect() }
    }

    /// With nobody there: the least of a few looks, as what is given back is given back with a delay.
    pub async fn at_rest(&self, server: &TestServer) -> Sample {
        let mut least = self.sample();
        for _ in 0..LOOKS {
            tokio::time::sleep(SETTLE).await;
            assert_eq!(server.counts().await, [0; 5], "nobody comes by itself");
            let Sample { parent, workers } = self.sample();
            least.parent = least.parent.min(parent);
            least.workers = least.workers.into_iter().zip(workers).map(|(least, now)| least.min(now)).collect();
        }
        least
    }

    /// How often workers were started again.
    pub async fn restarts(&self, server: &TestServer) -> u64 {
        let stats = server.stats().await;
        let workers = stats["workersDetail"].as_array().expect("a list");
        workers.iter().map(|worker| worker["restarts"].as_u64().expect("a number")).sum()
    }

    pub fn compare(&self, before: &Sample, after: &Sample) -> Vec<Row> {
        let workers = before.workers.iter().zip(&after.workers).enumerate();
        let workers = workers.map(|(index, (before, after))| (format!("worker {index}"), *before, *after));
        let server = ("server".to_owned(), before.parent, after.parent);
        std::iter::once(server).chain(workers).map(|(name, before, after)| Row { name, before, after }).collect()
    }
}

fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_else(|| panic!("{pid} is gone"));
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("proc(5)");
    kib * 1024
}

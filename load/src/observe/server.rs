//! What the server takes.

use super::listener;
use super::process::{Cores, Pid};
use crate::measure::{ServerLoad, WorkerLoad};
use serde::Deserialize;
use std::net::{IpAddr, ToSocketAddrs as _, UdpSocket};
use std::time::Duration;
use tokio::time::timeout;

/// How long the server may take to tell of itself; it is busy.
const STATS_DEADLINE: Duration = Duration::from_millis(500);

/// A server, watched from outside.
pub struct ServerView {
    /// Where it tells of its workers.
    stats: Option<(reqwest::Client, String)>,
    /// Its process, and how much time it and its children had used.
    process: Option<(Pid, Cores)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    workers_detail: Vec<Worker>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Worker {
    id: u64,
    cpu_percent: f64,
    consumers: u64,
}

impl ServerView {
    /// Watches the process that is named, or else the one of this machine that listens where the URL says.
    pub fn new(url: &str, pid: Option<u32>, tells_of_workers: bool) -> Self {
        let pid = pid.map(Pid).or_else(|| listener_of(url));
        if pid.is_none() {
            tracing::info!(url, "the server's process is not to be seen from here: no CPU time and memory of it");
        }
        let stats = tells_of_workers.then(|| (reqwest::Client::new(), format!("{}/stats", url.trim_end_matches('/'))));
        Self { stats, process: pid.map(|pid| (pid, Cores::new(cpu(pid)))) }
    }

    /// What it took since the last look; nothing if neither its process nor its statistics are to be seen. When
    /// cancelled, the next look has it.
    pub async fn look(&mut self) -> Option<ServerLoad> {
        let workers = self.workers().await;
        let load = match &mut self.process {
            Some((pid, cores)) => {
                let rss = pid.family().into_iter().filter_map(Pid::rss_bytes).sum();
                ServerLoad { cores: cores.look(cpu(*pid)), rss_bytes: rss, workers }
            }
            None if workers.is_empty() => return None,
            None => ServerLoad { workers, ..ServerLoad::default() },
        };
        Some(load)
    }

    async fn workers(&self) -> Vec<WorkerLoad> {
        let Some((http, stats)) = &self.stats else { return Vec::new() };
        let asked = async { http.get(stats).send().await?.json::<Stats>().await };
        let Ok(Ok(stats)) = timeout(STATS_DEADLINE, asked).await else { return Vec::new() };
        let load = |worker: Worker| WorkerLoad {
            id: worker.id,
            cores: worker.cpu_percent / 100.0,
            consumers: worker.consumers,
        };
        stats.workers_detail.into_iter().map(load).collect()
    }
}

/// CPU time of a process and all that it has started.
fn cpu(pid: Pid) -> Duration {
    pid.family().into_iter().filter_map(Pid::cpu).sum()
}

fn listener_of(url: &str) -> Option<Pid> {
    let url = reqwest::Url::parse(url).ok()?;
    let port = url.port_or_known_default()?;
    let mut addresses = (url.host_str()?.trim_matches(['[', ']']), port).to_socket_addrs().ok()?;
    addresses.any(|address| is_here(address.ip())).then(|| listener::on(port)).flatten()
}

/// Whether an address is one of this machine's: only to those can a socket be bound.
fn is_here(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

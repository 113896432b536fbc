//! Many peers at work at once.

use super::PEERS_PER_ROOM;
use super::peer::Peer;
use super::server::Server;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long each measurement of a rate lasts.
const DURATION: Duration = Duration::from_secs(4);
/// Requests before it: Node.js compiles while it runs.
const WARM_UP: usize = 20_000;
/// Join flows under way at once.
const FLOWS: usize = 8;

pub struct Rate {
    requests: u64,
    elapsed: Duration,
    cpu: Duration,
    latencies_us: Vec<u32>,
}

impl Rate {
    pub fn per_cpu_second(&self) -> f64 {
        self.requests as f64 / self.cpu.as_secs_f64()
    }

    pub fn row(&mut self) -> String {
        self.latencies_us.sort_unstable();
        let at = |share: f64| self.latencies_us[((self.latencies_us.len() - 1) as f64 * share) as usize];
        let per_second = self.requests as f64 / self.elapsed.as_secs_f64();
        let per_cpu_second = self.per_cpu_second();
        format!("{per_second:.0} /s, {per_cpu_second:.0} per CPU-s, p50 {} µs, p99 {} µs", at(0.5), at(0.99))
    }
}

pub async fn joined(server: &Server, count: usize) -> Vec<(String, Peer)> {
    let mut peers = Vec::with_capacity(count);
    for index in 0..count {
        let room = format!("room-{}", index / PEERS_PER_ROOM);
        let mut peer = Peer::connect(server.port).await;
        peer.join(&room).await;
        peers.push((room, peer));
    }
    peers
}

/// How many requests are answered if every peer has one under way at any time.
pub async fn rate(
    server: &Server,
    peers: Vec<(String, Peer)>,
    event: &'static str,
    payload: fn(&str) -> Value,
) -> Rate {
    let each = WARM_UP / peers.len();
    let warm_up = peers.into_iter().map(|(room, mut peer)| {
        let payload = payload(&room).to_string();
        tokio::spawn(async move {
            for _ in 0..each {
                peer.request(event, &payload).await;
            }
            (payload, peer)
        })
    });
    let mut peers = Vec::new();
    for task in warm_up.collect::<Vec<_>>() {
        peers.push(task.await.expect("a peer warms up"));
    }
    let (cpu, started) = (server.cpu(), Instant::now());
    let tasks = peers.into_iter().map(|(payload, mut peer)| {
        tokio::spawn(async move {
            let mut latencies_us = Vec::new();
            while started.elapsed() < DURATION {
                let asked = Instant::now();
                peer.request(event, &payload).await;
                latencies_us.push(asked.elapsed().as_micros() as u32);
            }
            (peer, latencies_us)
        })
    });
    let mut rate = Rate { requests: 0, elapsed: Duration::ZERO, cpu: Duration::ZERO, latencies_us: Vec::new() };
    let mut peers = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        let (peer, latencies) = task.await.expect("a peer goes on to the end");
        peers.push(peer);
        rate.requests += latencies.len() as u64;
        rate.latencies_us.extend(latencies);
    }
    (rate.elapsed, rate.cpu) = (started.elapsed(), server.cpu() - cpu);
    rate
}

/// Connect, createRoom, joinRoom, two createTransport, getProducers, leaveRoom, and away.
pub async fn flow_rate(server: &Server) -> String {
    let (cpu, started) = (server.cpu(), Instant::now());
    let port = server.port;
    let tasks = (0..FLOWS).map(|number| {
        tokio::spawn(async move {
            let (room, mut done) = (format!("flow-{number}"), 0_u64);
            while started.elapsed() < DURATION {
                let mut peer = Peer::connect(port).await;
                peer.join(&room).await;
                peer.request("createTransport", r#"{"direction":"send"}"#).await;
                peer.request("createTransport", r#"{"direction":"recv"}"#).await;
                peer.request("getProducers", &json!({ "callId": room }).to_string()).await;
                peer.request("leaveRoom", "null").await;
                peer.close().await;
                done += 1;
            }
            done
        })
    });
    let mut done = 0;
    for task in tasks.collect::<Vec<_>>() {
        done += task.await.expect("a flow goes on to the end");
    }
    let (elapsed, cpu) = (started.elapsed().as_secs_f64(), (server.cpu() - cpu).as_secs_f64());
    format!("{:.0} /s, {:.0} per CPU-s", done as f64 / elapsed, done as f64 / cpu)
}

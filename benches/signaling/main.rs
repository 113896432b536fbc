//! What signaling costs: `cargo bench --bench signaling [-- NAME…]`.
//!
//! Starts the optimised server as a process of its own, talks Socket.IO to it, and reads its CPU time and memory from
//! `/proc`. A bare socketioxide server that only echoes runs beside it as the reference: compare ratios, machines are
//! noisy. Prints a table for docs/benchmarks.md.

mod echo;
mod isolation;
mod peer;
mod quality;
mod server;

use peer::Peer;
use serde_json::json;
use server::Server;
use std::time::{Duration, Instant};

/// How long each measurement of a rate lasts.
const DURATION: Duration = Duration::from_secs(5);
/// Idle connections that are measured.
const IDLE: usize = 2000;
/// Peers in a room where many talk.
const PEERS_PER_ROOM: usize = 10;
/// Join flows under way at once.
const FLOWS: usize = 8;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if arguments.first().is_some_and(|argument| argument == "echo-server") {
        return echo::serve().await;
    }
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    if wanted("isolation") {
        isolation::run().await;
        if arguments.len() == 1 {
            return;
        }
        println!();
    }
    if wanted("quality") {
        quality::run().await;
        if arguments.len() == 1 {
            return;
        }
        println!();
    }
    println!("| measured | colloquy | bare echo |\n| --- | --- | --- |");
    if wanted("requests") {
        for peers in [1, 100, 1000] {
            requests(peers).await;
        }
    }
    if wanted("flows") {
        flows().await;
    }
    if wanted("memory") {
        memory().await;
    }
    if wanted("broadcast") {
        for peers in [50, 500] {
            broadcast(peers).await;
        }
    }
}

struct Rate {
    requests: u64,
    elapsed: Duration,
    cpu: Duration,
    latencies_us: Vec<u32>,
}

impl Rate {
    fn row(&mut self) -> String {
        self.latencies_us.sort_unstable();
        let at = |share: f64| self.latencies_us[((self.latencies_us.len() - 1) as f64 * share) as usize];
        format!(
            "{:.0} /s, {:.0} per CPU-s, p50 {} µs, p99 {} µs",
            self.requests as f64 / self.elapsed.as_secs_f64(),
            self.requests as f64 / self.cpu.as_secs_f64(),
            at(0.5),
            at(0.99),
        )
    }
}

/// Every peer has one small request under way at any time.
async fn requests(count: usize) {
    let server = Server::colloquy(&[]);
    let mut ours = rate(&server, joined(&server, count).await, "getProducers", |room| json!({ "callId": room })).await;
    drop(server);
    let server = Server::echo();
    let mut peers = Vec::new();
    for index in 0..count {
        peers.push((format!("room-{}", index / PEERS_PER_ROOM), Peer::connect(server.port).await));
    }
    let mut echo = rate(&server, peers, "echo", |room| json!({ "callId": room })).await;
    println!("| small requests, {count} peers | {} | {} |", ours.row(), echo.row());
}

async fn joined(server: &Server, count: usize) -> Vec<(String, Peer)> {
    let mut peers = Vec::with_capacity(count);
    for index in 0..count {
        let room = format!("room-{}", index / PEERS_PER_ROOM);
        let mut peer = Peer::connect(server.port).await;
        peer.join(&room).await;
        peers.push((room, peer));
    }
    peers
}

async fn rate(
    server: &Server,
    peers: Vec<(String, Peer)>,
    event: &'static str,
    payload: fn(&str) -> serde_json::Value,
) -> Rate {
    let (cpu, started) = (server.cpu(), Instant::now());
    let tasks = peers.into_iter().map(|(room, mut peer)| {
        let payload = payload(&room).to_string();
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
async fn flows() {
    println!("| join flows | {} | |", flow_rate(&Server::colloquy(&[])).await);
}

async fn flow_rate(server: &Server) -> String {
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

/// Connections that say nothing after they have connected.
async fn memory() {
    let mut row = String::new();
    for server in [Server::colloquy(&[]), Server::echo()] {
        // The first ones fill what is only allocated once.
        let mut peers = Vec::new();
        for _ in 0..100 {
            peers.push(Peer::connect(server.port).await);
        }
        let before = server.resident_bytes();
        for _ in 0..IDLE {
            peers.push(Peer::connect(server.port).await);
        }
        let each = (server.resident_bytes() - before) / IDLE as u64;
        row += &format!(" {:.1} kB |", each as f64 / 1000.0);
        drop(peers);
    }
    println!("| memory per idle connection, of {IDLE} |{row}");
}

/// One peer joins and leaves; everybody else hears of both.
async fn broadcast(count: usize) {
    const ROUNDS: u32 = 40;
    let server = Server::colloquy(&["COLLOQUY_ROOMS__MAX_PEERS=1000"]);
    let mut peers = Vec::new();
    for _ in 0..count {
        let mut peer = Peer::connect(server.port).await;
        peer.join("wide").await;
        peers.push(peer);
    }
    for (heard, peer) in peers.iter_mut().enumerate() {
        peer.events(count - 1 - heard).await;
    }
    let mut guest = Peer::connect(server.port).await;
    let (cpu, started) = (server.cpu(), Instant::now());
    for _ in 0..ROUNDS {
        guest.join("wide").await;
        guest.request("leaveRoom", "null").await;
        for peer in &mut peers {
            peer.events(2).await;
        }
    }
    let (elapsed, cpu) = (started.elapsed(), server.cpu() - cpu);
    let events = ROUNDS * 2;
    println!(
        "| event to {count} peers | {:.2} ms until all have it, {:.2} µs CPU a receiver | |",
        elapsed.as_secs_f64() * 1e3 / f64::from(events),
        cpu.as_secs_f64() * 1e6 / f64::from(events) / count as f64,
    );
}

//! What it costs that workers live in processes of their own: the same measurements with threads, in the same run.

use super::load::{Rate, flow_rate, joined, rate};
use super::peer::Peer;
use super::server::Server;
use serde_json::Value;
use std::time::{Duration, Instant};

const MODES: [&str; 2] = ["thread", "process"];
/// Over which the cost of doing nothing is measured.
const IDLE: Duration = Duration::from_secs(10);
/// Workers that are killed to see how long it takes until there is another.
const KILLED: usize = 50;

pub async fn run() {
    println!("| measured | thread | process |\n| --- | --- | --- |");
    for peers in [1, 100] {
        let mut row = format!("| requests through a worker, {peers} peers |");
        for mode in MODES {
            row += &format!(" {} |", requests(&server(mode), peers).await.row());
        }
        println!("{row}");
    }
    let [mut flows, mut memory, mut idle] =
        ["join flows", "memory of all processes, without rooms", "CPU of all processes, without rooms"]
            .map(|what| format!("| {what} |"));
    for mode in MODES {
        let server = server(mode);
        let cpu = server.cpu();
        tokio::time::sleep(IDLE).await;
        idle += &format!(" {:.2} % of a core |", 100.0 * (server.cpu() - cpu).as_secs_f64() / IDLE.as_secs_f64());
        memory += &format!(" {:.1} MB |", server.proportional_bytes() as f64 / 1e6);
        flows += &format!(" {} |", flow_rate(&server).await);
    }
    println!("{flows}\n{memory}\n{idle}");
    println!("| from `kill -9` to a room on the next worker | | {} |", back().await);
}

fn server(mode: &str) -> Server {
    Server::colloquy(&[&format!("COLLOQUY_WORKERS__ISOLATION={mode}")])
}

/// Requests that the room cannot answer by itself.
async fn requests(server: &Server, count: usize) -> Rate {
    let mut peers = Vec::new();
    for (_, mut peer) in joined(server, count).await {
        let transport = peer.request("createTransport", r#"{"direction":"send"}"#).await;
        let transport: Value =
            serde_json::from_str(&transport[transport.find('[').expect("an array")..]).expect("JSON");
        peers.push((transport[0]["data"]["id"].as_str().expect("an id").to_owned(), peer));
    }
    rate(server, peers, "restartIce", |transport| serde_json::json!({ "transportId": transport })).await
}

/// Kills the only worker again and again.
async fn back() -> String {
    let server = Server::colloquy(&["COLLOQUY_WORKERS__COUNT=1", "COLLOQUY_WORKERS__MIN_UPTIME_S=1"]);
    let mut peer = Peer::connect(server.port).await;
    let mut times_ms = Vec::new();
    for number in 0..KILLED {
        // A worker that dies later than this has not died too soon.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        server.kill_worker();
        let killed = Instant::now();
        while !peer.try_request("createRoom", &format!(r#"{{"callId":"room-{number}"}}"#)).await {
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        times_ms.push(killed.elapsed().as_secs_f64() * 1e3);
    }
    times_ms.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
    format!("p50 {:.0} ms, p99 {:.0} ms", at(0.5), at(0.99))
}

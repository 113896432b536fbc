//! What an event to many costs.

use super::peer::Peer;
use super::server::Server;
use std::path::Path;
use std::time::Instant;

/// One peer joins and leaves that often; each is an event to everybody else.
const ROUNDS: u32 = 40;

pub async fn run(before: Option<&Path>) {
    for count in [50, 500] {
        let mut row = measured(Server::colloquy(&LARGE), count).await;
        if let Some(program) = before {
            row += &format!(" | before: {}", measured(Server::colloquy_at(program, &LARGE), count).await);
        }
        println!("| event to {count} peers | {row} |");
    }
}

const LARGE: [&str; 1] = ["COLLOQUY_ROOMS__MAX_PEERS=1000"];

async fn measured(server: Server, count: usize) -> String {
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
    format!(
        "{:.2} ms until all have it, {:.2} µs CPU a receiver",
        elapsed.as_secs_f64() * 1e3 / f64::from(events),
        cpu.as_secs_f64() * 1e6 / f64::from(events) / count as f64,
    )
}

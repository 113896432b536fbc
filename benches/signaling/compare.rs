//! The server beside others, in turns, so that what else the machine does meets them all alike.

use super::load::{Rate, rate};
use super::peer::Peer;
use super::subject::Subject;

/// How often each has its turn.
const ROUNDS: usize = 3;
/// Idle connections that are measured.
const IDLE: usize = 2000;

pub fn head(subjects: &[Subject]) {
    let names: Vec<_> = subjects.iter().map(Subject::name).collect();
    println!("| measured | {} |\n| --- |{}", names.join(" | "), " --- |".repeat(names.len()));
}

/// Every peer has one small request under way at any time.
pub async fn requests(subjects: &[Subject], count: usize) {
    let mut rounds: Vec<Vec<Rate>> = subjects.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (subject, rates) in subjects.iter().zip(&mut rounds) {
            let server = subject.start();
            let (event, payload) = subject.request();
            rates.push(rate(&server, subject.peers(&server, count).await, event, payload).await);
        }
    }
    let cells: Vec<_> = rounds.into_iter().map(cell).collect();
    println!("| small requests, {count} peers | {} |", cells.join(" | "));
}

/// The round in the middle, and between which figures they all are.
fn cell(mut rates: Vec<Rate>) -> String {
    rates.sort_by(|one, other| one.per_cpu_second().total_cmp(&other.per_cpu_second()));
    let [least, most] = [rates.first(), rates.last()].map(|rate| rate.map_or(0.0, Rate::per_cpu_second));
    let middle = rates.len() / 2;
    format!("{} ({least:.0} to {most:.0} per CPU-s)", rates[middle].row())
}

/// Connections that say nothing after they have connected.
pub async fn memory(subjects: &[Subject]) {
    let mut row = String::new();
    for subject in subjects {
        let server = subject.start();
        // The first ones fill what is only allocated once.
        let mut peers = Vec::new();
        for _ in 0..100 {
            peers.push(Peer::connect(server.port).await);
        }
        subject.tidy(&server).await;
        let before = server.resident_bytes();
        for _ in 0..IDLE {
            peers.push(Peer::connect(server.port).await);
        }
        subject.tidy(&server).await;
        let each = server.resident_bytes().saturating_sub(before) / IDLE as u64;
        row += &format!(" {:.1} kB |", each as f64 / 1000.0);
        drop(peers);
    }
    println!("| memory per idle connection, of {IDLE} |{row}");
}

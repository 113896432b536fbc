//! What signaling costs: `cargo bench --bench signaling [-- [--before PROGRAM] NAME…]`.
//!
//! Starts the optimised server as a process of its own, talks Socket.IO to it, and reads its CPU time and memory from
//! `/proc`. References take turns with it: a bare socketioxide server that only echoes, the same with socket.io in
//! Node.js (after `npm ci` in load/peers/socketio), and with `--before` another build of the server. Compare ratios,
//! machines are noisy. Prints tables for docs/benchmarks.md.

mod compare;
mod echo;
mod events;
mod flows;
mod idle;
mod isolation;
mod load;
mod peer;
mod quality;
mod server;
mod subject;

use load::joined;
use std::path::PathBuf;
use subject::Subject;

/// Peers in a room where many talk.
const PEERS_PER_ROOM: usize = 10;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut names, mut before) = (Vec::new(), None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "echo-server" => return echo::serve().await,
            "--before" => before = Some(PathBuf::from(arguments.next().expect("--before names a program"))),
            // cargo bench says --bench.
            option if option.starts_with('-') => {}
            _ => names.push(argument),
        }
    }
    let before = before.as_deref();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    if wanted("isolation") {
        isolation::run().await;
        println!();
    }
    if wanted("quality") {
        quality::run().await;
        println!();
    }
    if wanted("idle-joins") {
        idle::run().await;
        println!();
    }
    let subjects = Subject::all(before);
    if wanted("requests") || wanted("memory") {
        compare::head(&subjects);
    }
    if wanted("requests") {
        for peers in [1, 100, 1000] {
            compare::requests(&subjects, peers).await;
        }
    }
    if wanted("memory") {
        compare::memory(&subjects).await;
    }
    if wanted("flows") {
        flows::run(before).await;
    }
    if wanted("broadcast") {
        events::run(before).await;
    }
}

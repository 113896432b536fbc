//! What a worker core forwards: `cargo bench --bench media [-- webrtc|plain|burst|audio …]`.
//!
//! Each measurement is a process of its own with one mediasoup worker, one producer and many receivers that drop; what
//! counts are packets that leave per CPU-second of the worker's thread. With batched sends and without take turns, so
//! that a busy machine slows both. The floor is a loop that only encrypts and sends. Prints a table for
//! docs/benchmarks.md.

mod endpoint;
mod floor;
mod rate;
mod source;
mod worker;

use rate::Rate;
use std::process::{Command, Stdio};
use worker::{Load, Receivers, Setup};

/// How often each measurement is repeated, each way.
const ROUNDS: usize = 3;
/// The switch of `workers.batch_sends`, as the server hands it to its workers.
const SWITCH: &str = "COLLOQUY_WORKERS__BATCH_SENDS";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.first().map(String::as_str) {
        Some("measure") => println!("{}", worker::measure(&Setup::read(&arguments[1..]))),
        Some("floor") => println!("{}", floor::measure()),
        _ => table(&arguments),
    }
}

fn table(wanted: &[String]) {
    println!("| receivers | consumers | load | one by one | batched | ratio | of the floor |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for receivers in [Receivers::WebRtc, Receivers::Plain] {
        for load in [Load::Audio, Load::Burst(10), Load::Burst(40)] {
            for consumers in [10, 30, 100, 300] {
                let setup = Setup { receivers, consumers, load };
                let names = setup.arguments();
                if wanted.iter().all(|word| names.contains(word)) {
                    row(&setup);
                }
            }
        }
    }
}

fn row(setup: &Setup) {
    let (mut single, mut batched, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        single.push(run("measure", &setup.arguments(), false));
        batched.push(run("measure", &setup.arguments(), true));
        floor.push(run("floor", &[], true));
    }
    let [single, batched, floor] = [single, batched, floor].map(Rate::median);
    println!(
        "| {} | {} | {} | {single} | {batched} | {:.2} | {:.0} % of {floor} |",
        setup.receivers,
        setup.consumers,
        setup.load,
        batched.of(single),
        100.0 * batched.of(floor),
    );
}

/// Measures in a process of its own: the switch is read from the environment.
fn run(what: &str, arguments: &[String], batched: bool) -> Rate {
    let program = std::env::current_exe().expect("the system knows this program");
    let output = Command::new(program)
        .arg(what)
        .args(arguments)
        .env(SWITCH, batched.to_string())
        .stderr(Stdio::inherit())
        .output()
        .expect("this program starts again");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("no figure from {what} {arguments:?}: {text}"))
}

//! What a worker core forwards: `cargo bench --bench media [-- webrtc|plain|burst|audio …] [--before PROGRAM]`.
//!
//! Each measurement is a process of its own with one mediasoup worker, one producer and many receivers that drop; what
//! counts are packets that leave per CPU-second of the worker's thread. With batched sends and without take turns, so
//! that a busy machine slows both. The floor is a loop that only encrypts and sends. With `--before`, this benchmark of
//! another build takes turns too, which is how a change of the worker is compared. Prints a table for docs/benchmarks.md.

mod endpoint;
mod floor;
mod rate;
mod source;
mod worker;

use rate::{Rate, median};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use worker::{Load, Receivers, Setup};

/// How often each measurement is repeated, each way.
const ROUNDS: usize = 3;
/// The switch of `workers.batch_sends`, as the server hands it to its workers.
const SWITCH: &str = "COLLOQUY_WORKERS__BATCH_SENDS";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("measure") => println!("{}", worker::measure(&Setup::read(&arguments[1..]))),
        Some("floor") => println!("{}", floor::measure()),
        _ => table(&arguments),
    }
}

/// A way to send that takes turns with the others.
struct Way {
    name: String,
    program: PathBuf,
    batched: bool,
}

fn table(arguments: &[String]) {
    let (before, wanted) = match arguments.iter().position(|argument| argument == "--before") {
        Some(place) => {
            let before = arguments.get(place + 1).expect("--before PROGRAM").into();
            (Some(before), [&arguments[..place], &arguments[place + 2..]].concat())
        }
        None => (None, arguments.to_vec()),
    };
    let this = std::env::current_exe().expect("the system knows this program");
    let mut ways = Vec::new();
    for (when, program) in before.map(|program| (", before", program)).into_iter().chain([("", this.clone())]) {
        for (how, batched) in [("one by one", false), ("batched", true)] {
            ways.push(Way { name: format!("{how}{when}"), program: program.clone(), batched });
        }
    }
    let names: Vec<_> = ways.iter().map(|way| way.name.as_str()).collect();
    println!(
        "| receivers | consumers | load | floor | {} | the last to each before it | to the floor |",
        names.join(" | ")
    );
    println!("|{}", " --- |".repeat(ways.len() + 6));
    for receivers in [Receivers::WebRtc, Receivers::Plain] {
        for load in [Load::Audio, Load::Burst(10), Load::Burst(40)] {
            for consumers in [10, 30, 100, 300] {
                let setup = Setup { receivers, consumers, load };
                let names = setup.arguments();
                if wanted.iter().all(|word| names.contains(word)) {
                    row(&setup, &this, &ways);
                }
            }
        }
    }
}

/// Rates as medians, ratios as medians of the rounds' own: between rounds a machine may change its speed.
fn row(setup: &Setup, this: &Path, ways: &[Way]) {
    let arguments = setup.arguments();
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let floor = run(this, "floor", &[], true);
            let rates: Vec<_> = ways.iter().map(|way| run(&way.program, "measure", &arguments, way.batched)).collect();
            (floor, rates)
        })
        .collect();
    let last = ways.len() - 1;
    let rates: Vec<_> =
        (0..ways.len()).map(|way| median(rounds.iter().map(|(_, rates)| rates[way]).collect()).to_string()).collect();
    let to = |way: usize| median(rounds.iter().map(|(_, rates)| rates[last].of(rates[way])).collect::<Vec<_>>());
    let ratios: Vec<_> = (0..last).map(|way| format!("{:.2}", to(way))).collect();
    println!(
        "| {} | {} | {} | {} | {} | {} | {:.0} % |",
        setup.receivers,
        setup.consumers,
        setup.load,
        median(rounds.iter().map(|(floor, _)| *floor).collect()),
        rates.join(" | "),
        ratios.join(", "),
        100.0 * median(rounds.iter().map(|(floor, rates)| rates[last].of(*floor)).collect::<Vec<_>>()),
    );
}

/// Measures in a process of its own: the switch is read from the environment.
fn run(program: &Path, what: &str, arguments: &[String], batched: bool) -> Rate {
    let output = Command::new(program)
        .arg(what)
        .args(arguments)
        .env(SWITCH, batched.to_string())
        .stderr(Stdio::inherit())
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("no figure from {what} {arguments:?}: {text}"))
}

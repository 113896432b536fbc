//! The program as its users start it.

use super::DEADLINE;
use super::place::Place;
use super::server::Server;
use colloquy_load::measure::Report;
use colloquy_load::report::json;
use std::process::{Output, Stdio};
use tokio::process::{Child, Command};
use tokio::time::timeout;

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-load");

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code.
    pub code: i32,
    /// What it said on standard error.
    pub said: String,
    printed: String,
}

impl Outcome {
    /// The report that it wrote.
    pub fn report(&self) -> Report {
        json::read(&self.printed).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs it to its end.
pub async fn run(arguments: &[&str]) -> Outcome {
    ended(start(&Place::Here, arguments)).await
}

/// Runs a scenario against a server, to its end.
pub async fn load(server: &Server, scenario: &str, more: &[&str]) -> Outcome {
    ended(start_load(&Place::Here, server, scenario, more)).await
}

/// Begins to run a scenario against a server.
pub fn start_load(place: &Place, server: &Server, scenario: &str, more: &[&str]) -> Child {
    start(place, &[&["run", scenario, "--url", server.url(), "--quiet", "--json", "-"], more].concat())
}

fn start(place: &Place, arguments: &[&str]) -> Child {
    let mut command = Command::from(place.command(PROGRAM));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().expect("starts")
}

/// Waits for its end.
pub async fn ended(child: Child) -> Outcome {
    let output = timeout(DEADLINE * 4, child.wait_with_output()).await.expect("ends in time");
    let Output { status, stdout, stderr } = output.expect("runs");
    let text = |bytes| String::from_utf8(bytes).expect("is text");
    Outcome { code: status.code().unwrap_or(-1), said: text(stderr), printed: text(stdout) }
}

/// Sends a process a signal.
pub fn signal(name: &str, pid: u32) {
    let sent = std::process::Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

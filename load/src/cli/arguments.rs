//! What can be said on the command line.

use crate::floor;
use crate::run::Part;
use crate::scenario::Setting;
use crate::target::Make;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

const AFTER: &str = "\
Examples:
  colloquy-load run smoke --url http://127.0.0.1:4000
  colloquy-load run meeting --url http://127.0.0.1:4000 --set rooms=4 --set publish.video.codec=vp9 --html report.html
  colloquy-load scenario webinar > mine.toml
  colloquy-load run mine.toml --url http://127.0.0.1:4000 --duration 2m --processes 2 --json report.json

Exit codes:
  0  it ran, and no limit of the scenario was passed
  1  it ran, and a limit was passed: the report says which
  2  the command line or the scenario is wrong; nothing was done
  3  the server is not there, or lets nobody in
  4  this program itself failed: a file could not be written, a process not started
  130  ended by a second Ctrl-C, without a report

Ctrl-C (or SIGTERM) once: everybody leaves in order, and the report is of what there was until then.";

/// Loads a video-calling server and measures what it does.
///
/// Participants are real WebRTC endpoints (ICE, DTLS, SRTP) in this one program. They come, publish, subscribe and leave
/// as a scenario says, and count all that arrives: loss, latency, jitter, freezes, how long joining takes. Run it where
/// it does not take the processor from the server, or read what it says about its own load.
#[derive(Debug, Parser)]
#[command(version, after_long_help = AFTER, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a scenario against a server, and reports.
    #[command(after_long_help = AFTER)]
    Run(Box<RunArguments>),
    /// Lists the scenarios that come with it.
    Scenarios,
    /// Prints a scenario, to be changed and run from a file.
    Scenario {
        /// Its name: see `scenarios`.
        name: String,
    },
    /// Adds up the JSON reports of a run's parts.
    Merge(MergeArguments),
    /// Measures what this machine can forward at best: a thread that decrypts, encrypts and sends, and nothing else.
    Floor(floor::Arguments),
    /// Draws lines, described as JSON on standard input, as SVG: for scripts/bench.
    #[command(hide = true)]
    Plot,
    /// One of several processes of a run: started by `run --processes`.
    #[command(hide = true)]
    Part,
}

/// Reports to be added up.
#[derive(Debug, Args)]
pub struct MergeArguments {
    /// The parts' reports, as `run --part … --json` wrote them.
    #[arg(required = true)]
    pub reports: Vec<PathBuf>,

    /// Where the sum goes.
    #[command(flatten)]
    pub output: Output,
}

/// Where a report goes, beside the summary on standard output.
#[derive(Debug, Args)]
pub struct Output {
    /// Writes the report as JSON; - is standard output, and then there is nothing else on it.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Writes the report as a page with plots.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// A run.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// A scenario's name (see `scenarios`), or a file.
    pub scenario: String,

    /// Where the server's signaling is, as http://host:port.
    #[arg(long, default_value = "http://127.0.0.1:4000")]
    pub url: String,

    /// What make the server is of.
    #[arg(long, value_enum, default_value_t)]
    pub target: Make,

    /// Sets a field of the scenario, such as publishers=10 or publish.video.codec=vp9. May be given often.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<Setting>,

    /// How long it lasts once all are there, such as 30s or 2m; instead of the scenario's duration.
    #[arg(long, value_parser = humantime::parse_duration)]
    pub duration: Option<Duration>,

    /// What is drawn by lot follows from it; instead of the scenario's seed.
    #[arg(long)]
    pub seed: Option<u64>,

    /// A token to be shown on connecting; for all calls whose names begin with --call-prefix.
    #[arg(long, conflicts_with_all = ["token_file", "api_key"])]
    pub token: Option<String>,

    /// A file that holds the token.
    #[arg(long, value_name = "FILE", conflicts_with = "api_key")]
    pub token_file: Option<PathBuf>,

    /// An API key of a backend, as id:secret: a token is made with it (POST /auth/token).
    #[arg(long, value_name = "ID:SECRET")]
    pub api_key: Option<String>,

    /// What the names of the calls begin with. Without: load- and something that no other run has.
    #[arg(long, value_name = "TEXT")]
    pub call_prefix: Option<String>,

    /// Where media is sent to, whatever address the server says: for a forwarded port.
    #[arg(long, value_name = "HOST:PORT")]
    pub media_address: Option<SocketAddr>,

    /// The server's process, whose CPU time and memory are measured with all that it has started. Without: the one of
    /// this machine that listens where --url says, if there is one.
    #[arg(long, value_name = "PID")]
    pub server_pid: Option<u32>,

    /// Lets several processes of this program share the work.
    #[arg(long, default_value = "1")]
    pub processes: NonZeroU32,

    /// Does only a part of it, such as 1/4: for several machines, whose JSON `merge` adds up. Needs --call-prefix, the
    /// same for all.
    #[arg(long, value_name = "N/M", requires = "call_prefix", conflicts_with = "processes")]
    pub part: Option<Part>,

    /// More participants than this are refused, so that a slip of the keyboard brings no machine down.
    #[arg(long, value_name = "COUNT", default_value_t = 5000)]
    pub max_participants: u64,

    /// Where the report goes.
    #[command(flatten)]
    pub output: Output,

    /// No line about how it goes, while it goes.
    #[arg(long, short)]
    pub quiet: bool,
}

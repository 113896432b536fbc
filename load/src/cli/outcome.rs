//! How it ended, as an exit code and a sentence.

use crate::measure::{Finding, Report};
use crate::scenario::ScenarioError;
use crate::target::TargetError;
use std::fmt::Display;
use std::process::ExitCode;

/// A limit of the scenario was passed.
const FAILED: u8 = 1;
/// The second Ctrl-C, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// Why there is no report, or why it went nowhere.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    why: String,
}

impl Failure {
    /// The command line or the scenario is wrong.
    pub fn usage(why: impl Display) -> Self {
        Self { code: 2, why: why.to_string() }
    }

    /// A scenario that does not come with the program and is no file.
    pub fn no_such_scenario(name: &str) -> Self {
        Self::usage(format!("{name}: no scenario of that name and no such file; `colloquy-load scenarios` lists them"))
    }

    /// The server cannot be loaded.
    pub fn unreachable(url: &str, error: &TargetError) -> Self {
        Self { code: 3, why: format!("the server at {url} cannot be loaded: {error}") }
    }

    /// This program has failed.
    pub fn internal(why: impl Display) -> Self {
        Self { code: 4, why: why.to_string() }
    }

    /// Enough is enough.
    pub fn interrupted() -> Self {
        Self { code: INTERRUPTED, why: "ended".to_owned() }
    }

    /// Says so.
    pub fn report(self) -> ExitCode {
        eprintln!("colloquy-load: {}", self.why);
        ExitCode::from(self.code)
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        Self::usage(error)
    }
}

/// Whether a run was what it should be.
pub fn verdict(report: &Report) -> ExitCode {
    let failed = report.findings.iter().any(|finding| matches!(finding, Finding::Failed { .. }));
    if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}

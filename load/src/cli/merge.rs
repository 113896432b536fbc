//! `colloquy-load merge`.

use super::arguments::MergeArguments;
use super::outcome::{Failure, verdict};
use super::output;
use crate::report;
use std::fs;
use std::process::ExitCode;

/// Makes one report of several.
pub fn merge(arguments: &MergeArguments) -> Result<ExitCode, Failure> {
    let mut reports = Vec::new();
    for path in &arguments.reports {
        let wrong = |why: &dyn std::fmt::Display| Failure::usage(format!("{}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|why| wrong(&why))?;
        reports.push(report::json::read(&text).map_err(|why| wrong(&why))?);
    }
    let sum = report::merge(reports).ok_or_else(|| Failure::usage("nothing to merge"))?;
    output::write(&sum, &arguments.output)?;
    Ok(verdict(&sum))
}

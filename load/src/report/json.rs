//! A report as JSON.
//!
//! An object: `"format": 1`, and beside it what [`Report`] has, in `camelCase`:
//!
//! | | |
//! | --- | --- |
//! | `version`, `target`, `started` | of this program; which kind of server; RFC 3339 |
//! | `scenario` | as in its TOML, with what it leaves out filled in, in `snake_case` |
//! | `seconds`, `steadySeconds` | how long all of it took, and how long everybody was there |
//! | `steady`, `total` | a [`Tally`](crate::measure::Tally) each: what was counted in that time |
//! | `series` | for each second `at`, `participants`, `tally` (as above, of that second), `server` or null (`cores`, `rssBytes`, `workers`), `own` (`cores`, `rssBytes`, `worstDelayMs`, `dropped`) |
//! | `machine` | `cores`, `processor`, `kernel`, `memoryBytes` |
//! | `findings` | each `{"kind": "failed" or "own_limit", "why": "…"}` |
//!
//! Counters of a tally are numbers. Its distributions (`latency`, `jitter`, `requests`, `firstPacket`,
//! `firstKeyFrame` and each of `steps`) are lists of `[value, how many]`, in microseconds and growing, each value within
//! a thousandth: two add up by putting one behind the other.
//!
//! A reader takes a field that it does not know as not there; `format` grows when a field changes its meaning.

use crate::measure::Report;
use serde::{Deserialize, Serialize};
use std::io::Write;

/// The shape that this version writes, and the only one that it reads.
const FORMAT: u32 = 1;

/// Why no report was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is of another version of this program.
    #[error("it has format {0:?}, and this version reads {FORMAT}")]
    Format(Option<u32>),
    /// It is not a report.
    #[error("{at}: {why}")]
    Shape {
        /// Where in it.
        at: String,
        /// What is wrong there.
        why: serde_json::Error,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    format: u32,
    #[serde(flatten)]
    report: &'a Report,
}

#[derive(Deserialize)]
struct Head {
    format: Option<u32>,
}

/// Writes a report, in one line with its end.
///
/// # Errors
///
/// What the writer says.
pub fn write(report: &Report, mut to: impl Write) -> std::io::Result<()> {
    serde_json::to_writer(&mut to, &Written { format: FORMAT, report })?;
    to.write_all(b"\n")
}

/// Reads what [`write`] wrote.
///
/// # Errors
///
/// If it has another format, or is none of these.
pub fn read(text: &str) -> Result<Report, ReadError> {
    let Head { format } = shaped(text)?;
    if format != Some(FORMAT) {
        return Err(ReadError::Format(format));
    }
    shaped(text)
}

fn shaped<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, ReadError> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text))
        .map_err(|error| ReadError::Shape { at: error.path().to_string(), why: error.into_inner() })
}

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
//! | `series` | for each second `at`, `phase` (`arriving`, `steady`, `leaving`), `participants`, `tally` (as above, of that second), `server` or null (`cores`, `rssBytes`, `workers`), `own` (`cores`, `rssBytes`, `worstDelayMs`, `dropped`), `busyCores` or null: cores of the machine in use by whomever |
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

/// Reads what [`write()`] wrote.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Finding;
    use crate::report::sample;

    fn written(report: &Report) -> String {
        let mut text = Vec::new();
        write(report, &mut text).expect("there is room");
        String::from_utf8(text).expect("is text")
    }

    #[test]
    fn what_was_written_is_read() {
        let mut report = sample::report();
        report.findings = vec![Finding::Failed { why: "a".to_owned() }, Finding::OwnLimit { why: "b".to_owned() }];
        let text = written(&report);
        assert!(text.starts_with("{\"format\":1,") && text.ends_with("}\n"));
        let read = read(&text).expect("is what was written");
        assert_eq!(written(&read), text);
        assert_eq!((read.series.len(), read.steady.latency.count()), (36, 3000));
    }

    #[test]
    fn the_documented_names_are_those_in_it() {
        let value: serde_json::Value = serde_json::from_str(&written(&sample::report())).expect("is JSON");
        for path in
            ["/steadySeconds", "/series/0/server/rssBytes", "/series/0/own/worstDelayMs", "/machine/memoryBytes"]
        {
            assert!(value.pointer(path).is_some_and(serde_json::Value::is_number), "{path}");
        }
        assert_eq!(value["series"][5]["phase"], "steady");
        assert_eq!(value["steady"]["latency"][0][1], 30, "as many as there are seconds");
    }

    #[test]
    fn another_format_is_not_read_and_said_to_be_another() {
        let text = written(&sample::report()).replacen("\"format\":1", "\"format\":2", 1);
        assert!(matches!(read(&text), Err(ReadError::Format(Some(2)))));
        assert!(matches!(read("{}"), Err(ReadError::Format(None))));
    }

    #[test]
    fn where_it_is_no_report_is_said() {
        let text = written(&sample::report()).replacen("\"seconds\":36.0", "\"seconds\":\"long\"", 1);
        let error = read(&text).expect_err("is no report");
        assert!(error.to_string().contains("long"), "{error}");
    }
}

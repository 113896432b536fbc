//! Where a report goes.

use super::arguments::Output;
use super::outcome::Failure;
use crate::measure::Report;
use crate::report;
use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::Path;

/// Writes everything that was asked for, and the summary unless something else has standard output.
pub fn write(report: &Report, output: &Output) -> Result<(), Failure> {
    if output.json.as_deref() != Some(Path::new("-")) {
        print!("{}", report::summary(report));
    }
    if let Some(path) = &output.json {
        write_json(report, path)?;
    }
    if let Some(path) = &output.html {
        into(path, |file| file.write_all(report::html(report).as_bytes()))?;
    }
    Ok(())
}

fn write_json(report: &Report, path: &Path) -> Result<(), Failure> {
    if path == Path::new("-") {
        return report::json::write(report, stdout().lock()).map_err(Failure::internal);
    }
    into(path, |file| report::json::write(report, file))
}

fn into(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<(), Failure> {
    let written = File::create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush()
    });
    written.map_err(|error| Failure::internal(format!("{}: {error}", path.display())))
}

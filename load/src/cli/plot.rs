//! Plots of what several runs found, for documents: a description as JSON in, SVG out.

use super::outcome::Failure;
use crate::report::plot::{Axis, Chart, Line, Shape};
use serde::Deserialize;
use std::io::{Read, stdin};
use std::process::ExitCode;

/// What is to be drawn.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawing {
    title: String,
    /// The axes' labels.
    x: String,
    y: String,
    lines: Vec<Drawn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawn {
    name: String,
    points: Vec<(f64, f64)>,
    /// A reference rather than a subject.
    #[serde(default)]
    dashed: bool,
}

impl From<Drawing> for Chart {
    fn from(Drawing { title, x, y, lines }: Drawing) -> Self {
        let line = |Drawn { name, points, dashed }| {
            Line::new(name, points).shaped(if dashed { Shape::Dashed } else { Shape::Through })
        };
        Self { title, x: Axis::linear(x), y: Axis::linear(y), lines: lines.into_iter().map(line).collect() }
    }
}

/// From standard input to standard output.
pub fn plot() -> Result<ExitCode, Failure> {
    let mut text = String::new();
    stdin().read_to_string(&mut text).map_err(Failure::internal)?;
    println!("{}", svg(&text)?);
    Ok(ExitCode::SUCCESS)
}

fn svg(text: &str) -> Result<String, Failure> {
    let drawing: Drawing = serde_json::from_str(text).map_err(Failure::usage)?;
    Ok(Chart::from(drawing).svg())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_becomes_a_plot_and_a_slip_in_it_is_told() {
        let description = r#"{"title":"Cost","x":"viewers","y":"cores","lines":[
            {"name":"this one","points":[[1,2],[3,4]]}, {"name":"that one","points":[[1,3],[3,3]],"dashed":true}]}"#;
        let drawn = svg(description).expect("is in order");
        assert!(drawn.starts_with("<svg") && drawn.contains("Cost") && drawn.contains("that one"));
        assert!(svg(&description.replace("dashed", "dotted")).is_err());
    }
}

//! A report as text, for 80 columns.

use super::format;
use super::section::{self, Row, Section, Told};
use crate::measure::{Finding, Machine, Report};
use crate::scenario::Limits;

const WIDTH: usize = 80;
const LABEL_WIDTH: usize = 28;
const FIGURE_WIDTH: usize = 12;

/// What people want to know of a run, with what was out of bounds last. Ends with a line's end.
pub fn summary(report: &Report) -> String {
    let mut text = head(report);
    for section in section::sections(report) {
        write_section(&mut text, &section);
    }
    text.push('\n');
    write_findings(&mut text, report);
    text
}

fn head(report: &Report) -> String {
    let Report { version, scenario, target, machine, .. } = report;
    let lines = [
        format!("{}: {} at {target}", scenario.name, section::in_words(scenario)),
        time_in_words(report),
        format!("{}, by colloquy-load {version}", machine_in_words(machine)),
    ];
    lines.map(|line| wrapped("", 2, &line, ", ") + "\n").concat()
}

/// When a run was, and for how long, in a line.
pub fn time_in_words(Report { started, seconds, steady_seconds, .. }: &Report) -> String {
    let there = match steady_seconds {
        0.0 => "not all were ever there".to_owned(),
        steady => format!("all were there for {}", format::seconds(*steady)),
    };
    format!("{} for {}, {there}", started.format("%F %T UTC"), format::seconds(*seconds))
}

/// A machine in a line.
pub fn machine_in_words(machine: &Machine) -> String {
    let Machine { cores, processor, kernel, memory_bytes } = machine;
    let of = if processor.is_empty() { String::new() } else { format!(" of {processor}") };
    format!("{cores} cores{of}, {}, Linux {kernel}", format::bytes(*memory_bytes))
}

fn write_section(text: &mut String, section: &Section) {
    let columns: String = section.columns.iter().map(|column| format!("{column:>FIGURE_WIDTH$}")).collect();
    let heading = format!("{:<width$}{columns}", section.title, width = LABEL_WIDTH + 2);
    text.push('\n');
    text.push_str(heading.trim_end());
    text.push('\n');
    for Row { label, told } in &section.rows {
        let begin = format!("  {label:<LABEL_WIDTH$}");
        match told {
            Told::Figures(figures) => {
                let figures: String = figures.iter().map(|figure| format!("{figure:>FIGURE_WIDTH$}")).collect();
                text.push_str(&begin);
                text.push_str(&figures);
            }
            Told::Words(words) => text.push_str(&wrapped(&format!("{begin}  "), LABEL_WIDTH + 4, words, ", ")),
        }
        text.push('\n');
    }
}

fn write_findings(text: &mut String, report: &Report) {
    for finding in &report.findings {
        let (what, why) = in_words(finding);
        text.push_str(&wrapped(&format!("!! {what}: "), 3, why, " "));
        text.push('\n');
    }
    let failed = report.findings.iter().any(|finding| matches!(finding, Finding::Failed { .. }));
    if !failed && report.scenario.limits != Limits::default() {
        text.push_str("passed: within all limits of the scenario\n");
    }
}

/// What a finding is, and what shows it.
pub fn in_words(finding: &Finding) -> (&'static str, &str) {
    match finding {
        Finding::Failed { why } => ("FAILED", why),
        Finding::OwnLimit { why } => ("MEASURING WAS LIMITED", why),
    }
}

/// Words behind their beginning, parted where lines get too long; those that follow are indented.
fn wrapped(begin: &str, indent: usize, words: &str, separator: &str) -> String {
    let mut lines = vec![begin.to_owned()];
    for piece in words.split_inclusive(separator) {
        let line = lines
            .last_mut()
            .filter(|line| (line.as_str() == begin) || columns(line) + columns(piece.trim_end()) <= WIDTH);
        match line {
            Some(line) => line.push_str(piece),
            None => lines.push(" ".repeat(indent) + piece),
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_meeting_is_told_in_80_columns() {
        let mut report = sample::report();
        report.total.error("timeout");
        report.findings = vec![
            Finding::Failed { why: "errors 1, limit 0".to_owned() },
            Finding::OwnLimit { why: "the machine was full ".repeat(5) },
        ];
        let expected = [
            "meeting: 2 rooms of 5 publishers at colloquy",
            "2026-03-01 12:00:00 UTC for 36 s, all were there for 30 s",
            "4 cores of Fast & Co. <4>, 8.00 GiB, Linux 6.1.0, by colloquy-load 0.1.0",
            "",
            "12 joined, 12 left                     p50         p99         max",
            "  connect                          1.20 ms     1.20 ms     1.20 ms",
            "  ICE and DTLS                     15.0 ms     15.0 ms     15.0 ms",
            "  whole join                       40.0 ms     40.0 ms     40.0 ms",
            "",
            "media, while all were there",
            "  sent                          1.00k packets/s, 2.00 Mbit/s",
            "  received                      9.99k packets/s, 20.0 Mbit/s",
            "  lost                          0.10 % on the way, 0.010 % after retransmission",
            "  freezes                       none",
            "  layers                        s0t0 25.0 %, s2t0 75.0 %",
            "",
            "times of media                         p50         p99         max",
            "  latency                          4.69 ms     5.18 ms     5.19 ms",
            "  jitter                            790 µs     1.28 ms     1.29 ms",
            "  first packet                     30.5 ms     31.0 ms     31.0 ms",
            "",
            "errors                               count",
            "  timeout                                1",
            "",
            "server                                mean         max",
            "  cores                               0.60        0.60",
            "  worker 0: 45 consumers              0.25        0.25",
            "  worker 1: 45 consumers              0.25        0.25",
            "  forwarded                     16.6k packets per CPU-second",
            "  memory                        101 MiB first, 136 MiB last, 136 MiB at most",
            "",
            "this program                          mean         max",
            "  cores                               0.80        0.80",
            "  memory                        50.0 MiB at most",
            "  late timers                   1.50 ms at worst",
            "",
            "!! FAILED: errors 1, limit 0",
            "!! MEASURING WAS LIMITED: the machine was full the machine was full the machine",
            "   was full the machine was full the machine was full",
        ];
        let summary = summary(&report);
        assert_eq!(summary.lines().collect::<Vec<_>>(), expected);
        assert!(summary.lines().all(|line| columns(line) <= 80));
    }

    #[test]
    fn what_was_not_measured_is_not_told() {
        let mut report = sample::report();
        (report.total, report.steady, report.series) = <_>::default();
        assert_eq!(summary(&report), head(&report) + "\n");
    }

    #[test]
    fn a_worker_without_work_is_not_told_of() {
        let mut report = sample::report();
        for load in report.series.iter_mut().filter_map(|second| second.server.as_mut()) {
            load.workers[1].consumers = 0;
        }
        let summary = summary(&report);
        assert!(summary.contains("worker 0: 45 consumers") && !summary.contains("worker 1"), "{summary}");
    }

    #[test]
    fn a_run_within_its_limits_says_so() {
        let mut report = sample::report();
        report.scenario.limits.max_errors = Some(0);
        assert!(summary(&report).ends_with("\n\npassed: within all limits of the scenario\n"));
        report.findings = vec![Finding::Failed { why: "no".to_owned() }];
        assert!(!summary(&report).contains("passed:"));
    }

    #[test]
    fn many_layers_and_long_names_go_over_several_lines() {
        let mut report = sample::report();
        report.machine.processor = "a processor whose name, as is usual, goes on and on and on".to_owned();
        report.steady.layers = (0..9).map(|layer| (format!("s{}t{}", layer / 3, layer % 3), 10)).collect();
        let summary = summary(&report);
        assert!(summary.lines().all(|line| columns(line) <= 80), "{summary}");
        assert_eq!(summary.matches("11.1 %").count(), 9);
    }
}

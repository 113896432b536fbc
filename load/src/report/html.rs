//! A report as a page: one file without scripts, that needs nothing from elsewhere.

use super::charts::charts;
use super::markup::escaped;
use super::plot;
use super::section::{self, Row, Section, Told};
use super::summary::{in_words, machine_in_words, time_in_words};
use crate::measure::{Finding, Report};

const STYLE: &str = include_str!("page.css");

/// What people want to know of a run, with plots, as a page of its own.
pub fn html(report: &Report) -> String {
    let Report { version, scenario, target, .. } = report;
    let name = escaped(&scenario.name);
    let head = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{name} at {target}</title>\n<style>{STYLE}{plots}</style>\n",
        target = escaped(target),
        plots = plot::STYLE,
    );
    let intro = format!(
        "<header><h1>{name}</h1>\n<p>{who} at {target}</p>\n<p>{when}</p>\n<p>{machine}, by colloquy-load {version}</p></header>\n",
        who = escaped(&section::in_words(scenario)),
        target = escaped(target),
        when = escaped(&time_in_words(report)),
        machine = escaped(&machine_in_words(&report.machine)),
        version = escaped(version),
    );
    let findings: String = report.findings.iter().map(finding).collect();
    let tables: String = section::sections(report).iter().map(table).collect();
    let plots: String = charts(report).iter().map(|svg| format!("<figure>{svg}</figure>\n")).collect();
    // What has a number that TOML does not know is not shown; the report in JSON has it.
    let scenario = toml::to_string(scenario).unwrap_or_default();
    let scenario = format!("<details><summary>Scenario</summary><pre>{}</pre></details>\n", escaped(&scenario));
    format!(
        "{head}{intro}{findings}<section class=\"tables\">\n{tables}</section>\n<main class=\"plots\">\n{plots}</main>\n\
         {scenario}</html>\n"
    )
}

fn finding(finding: &Finding) -> String {
    let class = match finding {
        Finding::Failed { .. } => "failed",
        Finding::OwnLimit { .. } => "own",
    };
    let (what, why) = in_words(finding);
    format!("<p class=\"finding {class}\" role=\"alert\"><strong>{what}</strong> {}</p>\n", escaped(why))
}

fn table(section: &Section) -> String {
    let columns: String = section.columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    let rows: String = section.rows.iter().map(|row| table_row(row, section.columns.len().max(1))).collect();
    let (title, over) = (escaped(&section.title), if section.columns.is_empty() { " colspan=\"2\"" } else { "" });
    format!("<table><thead><tr><th{over}>{title}</th>{columns}</tr></thead>\n<tbody>{rows}</tbody></table>\n")
}

fn table_row(Row { label, told }: &Row, columns: usize) -> String {
    let cells = match told {
        Told::Figures(figures) => figures.iter().map(|figure| format!("<td>{}</td>", escaped(figure))).collect(),
        Told::Words(words) => format!("<td colspan=\"{columns}\">{}</td>", escaped(words)),
    };
    format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", escaped(label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn text_from_elsewhere_is_no_markup() {
        let mut report = sample::report();
        let evil = "<script>alert('&')</script>";
        report.scenario.name = evil.to_owned();
        report.target = evil.to_owned();
        report.version = evil.to_owned();
        report.machine.processor = evil.to_owned();
        report.findings = vec![Finding::Failed { why: evil.to_owned() }];
        report.total.error(evil);
        let layers = &mut report.steady.layers;
        layers.insert(evil.to_owned(), 1);
        report.series[9].tally.layers.insert(evil.to_owned(), 1);
        let page = html(&report);
        assert!(!page.contains("<script") && page.matches("&lt;script&gt;").count() >= 8, "{page}");
    }

    #[test]
    fn a_page_needs_nothing_from_elsewhere() {
        let page = html(&sample::report()).replace("http://www.w3.org/2000/svg", "");
        for outside in ["http:", "https:", "src=", "href=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn findings_come_before_all_figures() {
        let mut report = sample::report();
        report.findings = vec![Finding::OwnLimit { why: "too slow".to_owned() }];
        let page = html(&report);
        let (finding, figures) = (page.find("too slow").expect("is there"), page.find("<svg").expect("is there"));
        assert!(finding < figures);
    }

    #[test]
    fn an_hour_is_no_larger_than_a_page_may_be() {
        let mut report = sample::report();
        let second = report.series[9].clone();
        report.series = (1..=3600_u32).map(|at| crate::measure::Second { at: at.into(), ..second.clone() }).collect();
        let size = html(&report).len();
        assert!(size < 500_000, "{size}");
    }
}

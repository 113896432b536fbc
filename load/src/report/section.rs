//! What there is to tell, by subject: for text and for pages alike. What was not measured is not there.

mod load;
mod media;

use super::format;
use crate::measure::{Distribution, Report, Step};
use crate::scenario::Scenario;

/// Figures that belong together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Section {
    pub title: String,
    /// What stands above figures.
    pub columns: &'static [&'static str],
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub label: String,
    pub told: Told,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// One for each column.
    Figures(Vec<String>),
    /// Goes over all columns; may be parted at its commas.
    Words(String),
}

impl Row {
    fn figures(label: impl Into<String>, figures: impl IntoIterator<Item = String>) -> Self {
        Self { label: label.into(), told: Told::Figures(figures.into_iter().collect()) }
    }

    fn words(label: impl Into<String>, words: impl Into<String>) -> Self {
        Self { label: label.into(), told: Told::Words(words.into()) }
    }

    /// How times are distributed; nothing if there are none.
    fn times(label: &str, times: &Distribution) -> Option<Self> {
        let shares = [times.quantile(0.5)?, times.quantile(0.99)?, times.max()?];
        Some(Self::figures(label, shares.map(format::micros)))
    }
}

const TIMES: &[&str] = &["p50", "p99", "max"];

/// All that have something to tell.
pub fn sections(report: &Report) -> Vec<Section> {
    let all = [
        joins(report),
        media::media(report),
        media::times(report),
        requests(report),
        errors(report),
        load::server(report),
        load::own(report),
    ];
    all.into_iter().filter(|section| !section.rows.is_empty()).collect()
}

/// A scenario in a few words.
pub fn in_words(scenario: &Scenario) -> String {
    let many = |count: u32, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let who: Vec<_> =
        [many(scenario.publishers, "publisher"), many(scenario.viewers, "viewer")].into_iter().flatten().collect();
    format!("{} of {}", many(scenario.rooms, "room").unwrap_or_default(), who.join(" and "))
}

/// A step in a few words.
pub fn step_name(step: Step) -> &'static str {
    match step {
        Step::Connect => "connect",
        Step::CreateRoom => "create room",
        Step::JoinRoom => "join room",
        Step::CreateTransport => "create transport",
        Step::IceAndDtls => "ICE and DTLS",
        Step::Produce => "produce",
        Step::Consume => "consume",
        Step::Whole => "whole join",
    }
}

fn joins(report: &Report) -> Section {
    let total = &report.total;
    let rows = total.steps.iter().filter_map(|(step, times)| Row::times(step_name(*step), times));
    let title = format!("{} joined, {} left", total.joined, total.left);
    Section { title, columns: TIMES, rows: rows.collect() }
}

fn requests(report: &Report) -> Section {
    let (tally, seconds, _) = media::calm_tally(report);
    let rate = format!("{} a second", format::number(tally.requests.count() as f64 / seconds.max(f64::EPSILON)));
    let rows = Row::times("until the answer", &tally.requests).into_iter().collect();
    Section { title: format!("requests, {rate}"), columns: TIMES, rows }
}

fn errors(report: &Report) -> Section {
    let errors = &report.total.errors;
    let rows = errors.iter().map(|(code, count)| Row::figures(code, [count.to_string()])).collect();
    Section { title: "errors".to_owned(), columns: &["count"], rows }
}

//! What of a report is drawn, as parts of a page. What was not measured is not drawn.

use super::format;
use super::plot::{Axis, Bars, Chart, Group, Line, Shape};
use super::section::step_name;
use super::timeline::{Span, spans};
use crate::measure::{Distribution, Report, ServerLoad, Tally};
use std::collections::BTreeSet;

/// Shorter seconds are not drawn: of few packets a rate says nothing.
const SHORTEST: f64 = 0.5;
/// More than that cannot be told apart.
const MOST_WORKERS: usize = 6;

/// Bytes as megabits.
const MEGABITS: f64 = 8.0 / 1e6;

/// A line's name, and its value in a second.
type Drawn<'a> = (String, Box<dyn Fn(&Span) -> Option<f64> + 'a>);

/// All that there is to draw, the most important first.
pub fn charts(report: &Report) -> Vec<String> {
    let spans: Vec<_> = spans(&report.series).filter(|span| span.seconds >= SHORTEST).collect();
    let over_time = [traffic(&spans), bitrate(&spans), latency(&spans, report), loss(&spans, report), layers(&spans)]
        .into_iter()
        .chain([requests(&spans), answers(&spans), server_cores(&spans), server_memory(&spans), errors(&spans)])
        .chain([participants(&spans), own_cores(&spans), own_delay(&spans)]);
    let mut drawn: Vec<_> = over_time.flatten().map(|chart| chart.inline()).collect();
    drawn.extend(steps(report).map(|bars| bars.inline()));
    drawn
}

fn traffic(spans: &[Span]) -> Option<Chart> {
    let sent = counted("sent", spans, 1.0, |tally| tally.packets_sent);
    let received = counted("received", spans, 1.0, |tally| tally.packets_received);
    over_time("Packets", "packets/s", spans, [sent, received].into_iter().flatten())
}

fn bitrate(spans: &[Span]) -> Option<Chart> {
    let sent = counted("sent", spans, MEGABITS, |tally| tally.bytes_sent);
    let received = counted("received", spans, MEGABITS, |tally| tally.bytes_received);
    over_time("Bit rate", "Mbit/s", spans, [sent, received].into_iter().flatten())
}

fn latency(spans: &[Span], report: &Report) -> Option<Chart> {
    let share = |share: f64| move |span: &Span| span.of.tally.latency.quantile(share).map(millis);
    let chart = over_time("Latency", "ms", spans, vec![named("p50", share(0.5)), named("p99", share(0.99))])?;
    Some(limited(chart, "limit of p99", report.scenario.limits.max_latency_p99_ms))
}

fn loss(spans: &[Span], report: &Report) -> Option<Chart> {
    let of = |loss: fn(&Tally) -> f64| {
        move |span: &Span| (span.of.tally.packets_expected > 0).then(|| loss(&span.of.tally) * 100.0)
    };
    let lines = vec![named("on the way", of(Tally::loss)), named("after repair", of(Tally::loss_after_repair))];
    let chart = over_time("Loss", "% of packets", spans, lines)?;
    Some(limited(chart, "limit", report.scenario.limits.max_loss.map(|share| share * 100.0)))
}

fn layers(spans: &[Span]) -> Option<Chart> {
    let names: BTreeSet<_> = spans.iter().flat_map(|span| span.of.tally.layers.keys()).collect();
    let count = |name: &str, span: &Span| span.of.tally.layers.get(name).copied().unwrap_or_default();
    let line = |name: &String| {
        let name = name.clone();
        named(name.clone(), move |span| Some(span.rate(count(&name, span))))
    };
    let mut chart = over_time("Layers received", "packets/s", spans, names.into_iter().map(line))?;
    chart.lines.iter_mut().for_each(|line| line.shape = Shape::Stacked);
    Some(chart)
}

fn requests(spans: &[Span]) -> Option<Chart> {
    over_time("Requests", "requests/s", spans, counted("requests", spans, 1.0, |tally| tally.requests.count()))
}

fn answers(spans: &[Span]) -> Option<Chart> {
    let share = |share: f64| move |span: &Span| span.of.tally.requests.quantile(share).map(millis);
    over_time("Time until an answer", "ms", spans, vec![named("p50", share(0.5)), named("p99", share(0.99))])
}

fn server_cores(spans: &[Span]) -> Option<Chart> {
    let loads = || spans.iter().filter_map(|span| span.of.server.as_ref());
    let mut workers: Vec<_> = loads()
        .flat_map(|load| load.workers.iter().map(|worker| worker.id))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let most = |id: u64| loads().filter_map(|load| load.worker(id)).map(|worker| worker.cores).fold(0.0, f64::max);
    workers.sort_by(|a, b| most(*b).total_cmp(&most(*a)));
    workers.truncate(MOST_WORKERS);
    let all = named("all of it", |span| process(span).map(|load| load.cores));
    let of = |id: u64| named(format!("worker {id}"), move |span| server(span)?.worker(id).map(|worker| worker.cores));
    let lines = std::iter::once(all).chain(workers.into_iter().map(of));
    over_time("Server: processor", "cores", spans, lines)
}

fn server_memory(spans: &[Span]) -> Option<Chart> {
    let resident = named("resident", |span| process(span).map(|load| load.rss_bytes as f64 / f64::from(1 << 20)));
    over_time("Server: memory", "MiB", spans, vec![resident])
}

fn errors(spans: &[Span]) -> Option<Chart> {
    over_time("Errors", "errors/s", spans, counted("errors", spans, 1.0, |tally| tally.errors.values().sum()))
}

fn participants(spans: &[Span]) -> Option<Chart> {
    over_time("Participants", "there", spans, vec![named("there", |span| Some(span.of.participants as f64))])
}

fn own_cores(spans: &[Span]) -> Option<Chart> {
    let own = named("this program", |span| Some(span.of.own.cores));
    let all = named("anybody on its machine", |span| span.of.busy_cores);
    over_time("This program: processor", "cores", spans, vec![own, all])
}

fn own_delay(spans: &[Span]) -> Option<Chart> {
    let worst = named("worst", |span| Some(span.of.own.worst_delay_ms));
    over_time("This program: how late its timers were at worst", "ms", spans, vec![worst])
}

fn steps(report: &Report) -> Option<Bars> {
    let group = |(step, times): (&_, &Distribution)| Group {
        label: step_name(*step).to_owned(),
        values: [0.5, 0.99].map(|share| times.quantile(share).map(|micros| micros as f64)).to_vec(),
    };
    let groups: Vec<_> = report.total.steps.iter().map(group).collect();
    (!groups.is_empty()).then(|| Bars {
        title: "Steps of joining".to_owned(),
        names: vec!["p50".to_owned(), "p99".to_owned()],
        groups,
        format: |micros| format::micros(micros as u64),
    })
}

/// Lines over the time of the run; nothing if there is no value at all.
fn over_time<'a>(title: &str, unit: &str, spans: &[Span], drawn: impl IntoIterator<Item = Drawn<'a>>) -> Option<Chart> {
    let point = |span: &Span, of: &dyn Fn(&Span) -> Option<f64>| (span.of.at, of(span).unwrap_or(f64::NAN));
    let lines =
        drawn.into_iter().map(|(name, of)| Line::new(name, spans.iter().map(|span| point(span, &of)).collect()));
    let lines: Vec<_> = lines.filter(|line| line.points.iter().any(|(_, value)| value.is_finite())).collect();
    let (x, y) = (Axis::linear("s"), Axis::linear(unit));
    (!lines.is_empty()).then(|| Chart { title: title.to_owned(), x, y, lines })
}

fn named<'a>(name: impl Into<String>, of: impl Fn(&Span) -> Option<f64> + 'a) -> Drawn<'a> {
    (name.into(), Box::new(of))
}

fn limited(mut chart: Chart, name: &str, limit: Option<f64>) -> Chart {
    let ends = chart.lines.first().and_then(|line| Some([line.points.first()?.0, line.points.last()?.0]));
    if let (Some(limit), Some(ends)) = (limit, ends) {
        chart.lines.push(Line::new(name, ends.map(|at| (at, limit)).to_vec()).shaped(Shape::Dashed));
    }
    chart
}

/// How many a second, of that unit; nothing if there are none in the whole of the run.
fn counted<'a>(name: &str, spans: &[Span], unit: f64, count: fn(&Tally) -> u64) -> Option<Drawn<'a>> {
    let any = spans.iter().any(|span| count(&span.of.tally) > 0);
    any.then(|| named(name, move |span| Some(span.rate(count(&span.of.tally)) * unit)))
}

fn server<'a>(span: &Span<'a>) -> Option<&'a ServerLoad> {
    span.of.server.as_ref()
}

/// What its process took, where that is to be seen.
fn process<'a>(span: &Span<'a>) -> Option<&'a ServerLoad> {
    server(span).filter(|load| load.rss_bytes > 0)
}

fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::WorkerLoad;
    use crate::report::sample;

    fn titles(report: &Report) -> Vec<String> {
        let title = |svg: &String| {
            let (_, label) = svg.split_once("aria-label=\"").expect("has a title");
            label.split_once('"').expect("ends").0.to_owned()
        };
        charts(report).iter().map(title).collect()
    }

    #[test]
    fn a_meeting_shows_media_and_what_it_took() {
        let expected = [
            "Packets",
            "Bit rate",
            "Latency",
            "Loss",
            "Layers received",
            "Server: processor",
            "Server: memory",
            "Participants",
            "This program: processor",
            "This program: how late its timers were at worst",
            "Steps of joining",
        ];
        assert_eq!(titles(&sample::report()), expected);
    }

    #[test]
    fn what_was_not_measured_is_not_drawn() {
        let mut report = sample::report();
        for second in &mut report.series {
            (second.tally, second.server) = <_>::default();
            second.tally.requests.record_value(1000);
            second.tally.error("timeout");
        }
        report.total.steps.clear();
        let expected = [
            "Requests",
            "Time until an answer",
            "Errors",
            "Participants",
            "This program: processor",
            "This program: how late its timers were at worst",
        ];
        assert_eq!(titles(&report), expected);
    }

    #[test]
    fn the_busiest_workers_are_drawn_beside_the_whole() {
        let mut report = sample::report();
        for load in report.series.iter_mut().filter_map(|second| second.server.as_mut()) {
            let worker = |id: u32| WorkerLoad { id: id.into(), cores: f64::from(id % 8) / 10.0, consumers: 0 };
            load.workers = (0..8).map(worker).collect();
        }
        let spans: Vec<_> = spans(&report.series).collect();
        let chart = server_cores(&spans).expect("was measured");
        let names: Vec<_> = chart.lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["all of it", "worker 7", "worker 6", "worker 5", "worker 4", "worker 3", "worker 2"]);
    }

    #[test]
    fn a_limit_is_drawn_where_it_is() {
        let mut report = sample::report();
        report.scenario.limits.max_loss = Some(0.02);
        let spans: Vec<_> = spans(&report.series).collect();
        let limit = loss(&spans, &report).and_then(|chart| chart.lines.last().cloned()).expect("is drawn");
        assert_eq!((limit.shape, limit.points), (Shape::Dashed, vec![(1.0, 2.0), (36.0, 2.0)]));
    }
}

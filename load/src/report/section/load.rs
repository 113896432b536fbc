//! What it took: the server's load, and this program's own.

use super::{Row, Section};
use crate::measure::{Report, Second, ServerLoad, WorkerLoad};
use crate::report::format;
use crate::report::timeline::{Span, calm, greatest, mean, spans};

const COLUMNS: &[&str] = &["mean", "max"];

pub fn server(report: &Report) -> Section {
    let calm = calm(report);
    let memory: Vec<_> = seen(&report.series).map(|load| load.rss_bytes).filter(|bytes| *bytes > 0).collect();
    let mut rows = Vec::new();
    // A server that tells of its workers alone has none of these.
    if !memory.is_empty() {
        rows.extend(cores("cores", &calm, |second| second.server.as_ref().map(|load| load.cores)));
    }
    let last = seen(&report.series).map(|load| load.workers.as_slice()).rfind(|workers| !workers.is_empty());
    for WorkerLoad { id, .. } in last.unwrap_or_default() {
        let most = seen(&report.series).filter_map(|load| load.worker(*id)).map(|load| load.consumers).max();
        // Of a worker without work there is nothing to tell.
        let Some(most @ 1..) = most else { continue };
        let label = format!("worker {id}: {most} consumers");
        rows.extend(cores(&label, &calm, |second| second.server.as_ref()?.worker(*id).map(|load| load.cores)));
    }
    rows.extend(
        forwarded(&calm)
            .map(|packets| Row::words("forwarded", format!("{} packets per CPU-second", format::number(packets)))),
    );
    if let (Some(first), Some(last), Some(most)) = (memory.first(), memory.last(), memory.iter().max()) {
        let [first, last, most] = [first, last, most].map(|bytes| format::bytes(*bytes));
        rows.push(Row::words("memory", format!("{first} first, {last} last, {most} at most")));
    }
    Section { title: "server".to_owned(), columns: COLUMNS, rows }
}

/// Packets that arrived while the server used a second of one core.
fn forwarded(calm: &[Span]) -> Option<f64> {
    let watched = || calm.iter().filter_map(|span| Some((span, span.of.server.as_ref()?)));
    let packets = watched().map(|(span, _)| span.of.tally.packets_received).sum::<u64>();
    let used = watched().map(|(span, load)| load.cores * span.seconds).sum::<f64>();
    (packets > 0 && used > 0.0).then(|| packets as f64 / used)
}

pub fn own(report: &Report) -> Section {
    let all: Vec<_> = spans(&report.series).collect();
    let mut rows: Vec<_> = cores("cores", &calm(report), |second| Some(second.own.cores)).into_iter().collect();
    rows.extend(cores("cores in use by anybody", &calm(report), |second| second.busy_cores));
    if let Some(most) = report.series.iter().map(|second| second.own.rss_bytes).max().filter(|bytes| *bytes > 0) {
        rows.push(Row::words("memory", format!("{} at most", format::bytes(most))));
    }
    if let Some(worst) = greatest(&all, |second| Some(second.own.worst_delay_ms)).filter(|worst| *worst > 0.0) {
        rows.push(Row::words("late timers", format!("{} at worst", format::micros((worst * 1000.0) as u64))));
    }
    let dropped = report.series.iter().map(|second| second.own.dropped).sum::<u64>();
    if dropped > 0 {
        rows.push(Row::words("dropped", format!("{dropped} datagrams by the kernel, for want of reading")));
    }
    Section { title: "this program".to_owned(), columns: COLUMNS, rows }
}

fn cores(label: &str, calm: &[Span], of: impl Fn(&Second) -> Option<f64>) -> Option<Row> {
    let figures = [mean(calm, &of)?, greatest(calm, &of)?];
    Some(Row::figures(label, figures.map(format::cores)))
}

fn seen(series: &[Second]) -> impl DoubleEndedIterator<Item = &ServerLoad> {
    series.iter().filter_map(|second| second.server.as_ref())
}

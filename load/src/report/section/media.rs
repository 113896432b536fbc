//! What was sent and received.

use super::{Row, Section, TIMES};
use crate::measure::{Report, Tally};
use crate::report::format;

/// What was counted while all were there, for how long that was, and how to say so; of the whole run, if all never were.
pub fn calm_tally(report: &Report) -> (&Tally, f64, &'static str) {
    match report.steady_seconds {
        0.0 => (&report.total, report.seconds, "of the whole run"),
        seconds => (&report.steady, seconds, "while all were there"),
    }
}

pub fn media(report: &Report) -> Section {
    let (tally, seconds, when) = calm_tally(report);
    let rate = |packets: u64, bytes: u64| {
        let per_second = |count: u64| count as f64 / seconds.max(f64::EPSILON);
        format!(
            "{} packets/s, {}",
            format::number(per_second(packets)),
            format::bits_per_second(per_second(bytes) * 8.0)
        )
    };
    let row = |there: bool, label: &str, words: &dyn Fn() -> String| there.then(|| Row::words(label, words()));
    let sees_video =
        tally.first_key_frame.count() + report.total.first_key_frame.count() > 0 || !tally.layers.is_empty();
    let rows = [
        row(tally.packets_sent > 0, "sent", &|| rate(tally.packets_sent, tally.bytes_sent)),
        row(tally.packets_received > 0, "received", &|| rate(tally.packets_received, tally.bytes_received)),
        row(tally.packets_expected > 0, "lost", &|| lost(tally)),
        row(tally.duplicates > 0, "duplicates", &|| tally.duplicates.to_string()),
        row(sees_video, "freezes", &|| freezes(tally)),
        row(!tally.layers.is_empty(), "layers", &|| layers(tally)),
    ];
    Section { title: format!("media, {when}"), columns: &[], rows: rows.into_iter().flatten().collect() }
}

/// When media came: of latency and jitter while all were there, of what is once to a subscription in the whole run.
pub fn times(report: &Report) -> Section {
    let (tally, _, _) = calm_tally(report);
    let rows = [
        Row::times("latency", &tally.latency),
        Row::times("jitter", &tally.jitter),
        Row::times("first packet", &report.total.first_packet),
        Row::times("first key frame", &report.total.first_key_frame),
    ];
    Section { title: "times of media".to_owned(), columns: TIMES, rows: rows.into_iter().flatten().collect() }
}

fn lost(tally: &Tally) -> String {
    let on_the_way = format!("{} on the way", format::percent(tally.loss()));
    match tally.packets_repaired {
        0 => on_the_way,
        _ => format!("{on_the_way}, {} after retransmission", format::percent(tally.loss_after_repair())),
    }
}

fn freezes(tally: &Tally) -> String {
    match tally.freezes {
        0 => "none".to_owned(),
        freezes => format!("{freezes}, together {}", format::micros(tally.freeze_ms.saturating_mul(1000))),
    }
}

fn layers(tally: &Tally) -> String {
    let all = tally.layers.values().sum::<u64>().max(1) as f64;
    let shares = tally.layers.iter().map(|(layer, count)| format!("{layer} {}", format::percent(*count as f64 / all)));
    shares.collect::<Vec<_>>().join(", ")
}

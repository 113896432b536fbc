//! One report of a run whose participants were spread over several processes.

use super::findings;
use super::timeline::spans;
use crate::measure::{Finding, OwnLoad, Phase, Report, Second};
use std::collections::BTreeMap;

/// What one process saw, by the run's second.
type Part = BTreeMap<u64, Second>;

/// Adds up what several processes found that had a part of the participants each; nothing of none.
///
/// Scenario, server and machine are one and the same. Seconds are those by the clock. The server's load and the machine's
/// are not added up, as everybody sees the same; this program's own load is. All are there when all of all parts are. What a
/// process found stays, with its number, and comes behind what is found of the whole.
pub fn merge(reports: Vec<Report>) -> Option<Report> {
    let started = reports.iter().map(|report| report.started).min()?;
    let mut merged = Report { started, series: Vec::new(), ..reports.first()?.clone() };
    (merged.seconds, merged.total, merged.findings) = <_>::default();
    let mut parts = Vec::new();
    let mut found = Vec::new();
    for (number, report) in (1..).zip(reports) {
        let offset = (report.started - started).as_seconds_f64();
        merged.seconds = merged.seconds.max(offset + report.seconds);
        merged.total.add(&report.total);
        parts.push(part(offset, &report.series));
        found.extend(report.findings.into_iter().map(|finding| numbered(number, finding)));
    }
    merged.series = joined(&parts);
    (merged.steady_seconds, merged.steady) = <_>::default();
    let steady = spans(&merged.series).filter(|span| span.of.phase == Phase::Steady);
    let lengths = steady.inspect(|span| merged.steady.add(&span.of.tally)).map(|span| span.seconds);
    merged.steady_seconds = lengths.sum();
    merged.findings = findings(&merged);
    merged.findings.extend(found);
    Some(merged)
}

/// Puts seconds where they are by the clock. Of two that come to the same place rates are weighted by their lengths.
fn part(offset: f64, series: &[Second]) -> Part {
    let mut part = BTreeMap::<u64, (f64, Second)>::new();
    for span in spans(series) {
        let place = part.entry((offset + span.of.at).round() as u64);
        let (seconds, second) = place.or_insert_with(|| (0.0, Second { own: OwnLoad::default(), ..Second::default() }));
        let share = span.seconds / (*seconds + span.seconds);
        *seconds += span.seconds;
        second.phase = span.of.phase;
        second.participants = span.of.participants;
        second.tally.add(&span.of.tally);
        let cores = second.server.as_ref().map(|server| server.cores);
        second.server = span.of.server.clone().or(second.server.take());
        if let (Some(server), Some(cores)) = (&mut second.server, cores) {
            server.cores = cores + (server.cores - cores) * share;
        }
        second.busy_cores = match (second.busy_cores, span.of.busy_cores) {
            (Some(before), Some(cores)) => Some(before + (cores - before) * share),
            (before, cores) => cores.or(before),
        };
        let own = &span.of.own;
        second.own = OwnLoad {
            cores: second.own.cores + (own.cores - second.own.cores) * share,
            rss_bytes: own.rss_bytes,
            worst_delay_ms: second.own.worst_delay_ms.max(own.worst_delay_ms),
            dropped: second.own.dropped + own.dropped,
        };
    }
    part.into_iter().map(|(at, (_, second))| (at, second)).collect()
}

fn joined(parts: &[Part]) -> Vec<Second> {
    let mut places: Vec<_> = parts.iter().flat_map(Part::keys).copied().collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(|at| joined_second(parts, at)).collect()
}

fn joined_second(parts: &[Part], at: u64) -> Second {
    let mut joined = Second { at: at as f64, phase: Phase::Steady, ..Second::default() };
    for part in parts {
        let (phase, participants) = state(part, at);
        joined.phase = first_of(joined.phase, phase);
        joined.participants += participants;
        let Some(second) = part.get(&at) else { continue };
        joined.tally.add(&second.tally);
        joined.server = joined.server.or_else(|| second.server.clone());
        joined.busy_cores = joined.busy_cores.or(second.busy_cores);
        let (own, more) = (&mut joined.own, &second.own);
        own.cores += more.cores;
        own.rss_bytes += more.rss_bytes;
        own.worst_delay_ms = own.worst_delay_ms.max(more.worst_delay_ms);
        own.dropped += more.dropped;
    }
    joined
}

/// How a process was at a time at which it may not have looked: as before, nobody there before its beginning, and
/// nobody any more after its end.
fn state(part: &Part, at: u64) -> (Phase, u64) {
    let ended = part.last_key_value().is_some_and(|(end, _)| *end < at);
    match part.range(..=at).next_back() {
        _ if ended => (Phase::Leaving, 0),
        None => (Phase::Arriving, 0),
        Some((_, second)) => (second.phase, second.participants),
    }
}

/// Of two parts at a time: as long as some come or some go already, not all are there.
fn first_of(one: Phase, other: Phase) -> Phase {
    match (one, other) {
        (Phase::Arriving, _) | (_, Phase::Arriving) => Phase::Arriving,
        (Phase::Leaving, _) | (_, Phase::Leaving) => Phase::Leaving,
        (Phase::Steady, Phase::Steady) => Phase::Steady,
    }
}

fn numbered(number: usize, finding: Finding) -> Finding {
    let named = |why| format!("process {number}: {why}");
    match finding {
        Finding::OwnLimit { why } => Finding::OwnLimit { why: named(why) },
        Finding::Failed { why } => Finding::Failed { why: named(why) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use chrono::TimeDelta;

    /// The same twice, the second time two seconds later.
    fn both() -> Report {
        let one = sample::report();
        let mut other = sample::report();
        other.started += TimeDelta::milliseconds(2_100);
        other.findings = vec![Finding::OwnLimit { why: "slow".to_owned() }];
        merge(vec![other, one]).expect("there are two")
    }

    #[test]
    fn participants_and_counts_add_up_by_the_clock() {
        let merged = both();
        let at = |at: f64| merged.series.iter().find(|second| (second.at - at).abs() < 0.1).expect("is there");
        assert_eq!((merged.series.len(), merged.seconds.round()), (38, 38.0));
        assert_eq!([1.0, 5.0, 20.0, 38.0].map(|second| at(second).participants), [5, 15, 20, 5]);
        assert_eq!(at(20.0).tally.packets_received, 2 * 9990);
        assert_eq!(merged.total.joined, 24);
        assert_eq!(merged.started, sample::report().started);
    }

    #[test]
    fn all_are_there_when_all_of_all_parts_are() {
        let merged = both();
        assert_eq!((merged.steady_seconds, merged.steady.packets_sent), (28.0, 28 * 2 * 1000));
    }

    #[test]
    fn the_server_is_one_and_the_processes_are_two() {
        let merged = both();
        let (alone, together) = (&merged.series[0], &merged.series[19]);
        let server = together.server.as_ref().expect("was seen");
        assert_eq!((server.cores, server.workers.len()), (0.6, 2));
        assert_eq!((alone.own.cores, together.own.cores, together.own.rss_bytes), (0.8, 1.6, 100 << 20));
    }

    #[test]
    fn findings_stay_and_say_whose_they_are() {
        assert_eq!(both().findings, [Finding::OwnLimit { why: "process 1: slow".to_owned() }]);
    }

    #[test]
    fn the_whole_is_held_against_limits_and_its_machine() {
        let mut busy = sample::report();
        busy.series.iter_mut().for_each(|second| second.own.cores = 1.7);
        let merged = merge(vec![busy.clone(), busy]).expect("there are two");
        assert!(matches!(merged.findings.as_slice(), [Finding::OwnLimit { .. }]), "{:?}", merged.findings);
    }

    #[test]
    fn a_second_cut_short_counts_by_its_length() {
        let mut one = sample::report();
        let mut short = one.series[3].clone();
        (short.at, short.own.cores) = (4.2, 1.8);
        one.series.insert(4, short);
        let merged = merge(vec![one]).expect("there is one");
        let cores = merged.series[3].own.cores;
        assert!((cores - (0.8 + 1.8 * 0.2) / 1.2).abs() < 1e-9, "{cores}");
        assert_eq!(merged.series[3].tally.packets_sent, 2000);
    }

    #[test]
    fn of_none_there_is_none() {
        assert!(merge(Vec::new()).is_none());
    }
}

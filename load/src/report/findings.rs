//! What was out of bounds, and whether the figures are the server's at all.

use super::format;
use crate::measure::{Finding, Report, Second, Step, Tally};
use crate::scenario::Limits;

/// A timer that is later than this has held up what it was to send: a frame of audio is 20 ms, so that two go at once.
const LATE_MS: f64 = 20.0;
/// Share of seconds with such a timer that can be put down to others on the machine.
const LATE_SHARE: f64 = 0.01;
/// Share of the machine's cores beyond which somebody waits for one: at all times the kernel takes a little too.
const FULL_SHARE: f64 = 0.95;
/// Share of seconds with a full machine that can be put down to its ramping up.
const FULL_SECONDS: f64 = 0.1;
/// Share of packets dropped at this program's own sockets: a tenth of the loss at which a server's capacity ends, so
/// that it does not change that.
const DROPPED_SHARE: f64 = 0.0001;

/// What a report shows to be out of bounds: limits of its scenario, and this program's own.
pub fn findings(report: &Report) -> Vec<Finding> {
    let failed = beyond_limits(report).into_iter().map(|why| Finding::Failed { why });
    failed.chain(own_limits(report).into_iter().map(|why| Finding::OwnLimit { why })).collect()
}

/// What was to stay within a limit and could not be measured has not stayed within it.
fn beyond_limits(report: &Report) -> Vec<String> {
    let Limits { max_loss, max_latency_p99_ms, max_join_p99_ms, max_errors, max_freezes } = report.scenario.limits;
    let Report { total, .. } = report;
    // Coming in and leaving disturb for a moment what is sent; if nobody ever was there in peace, all counts.
    let calm = if report.steady.packets_expected > 0 { &report.steady } else { total };
    let joins = total.steps.get(&Step::Whole);
    [
        max_loss.and_then(|limit| loss(calm, limit)),
        max_latency_p99_ms.and_then(|limit| time("latency", calm.latency.quantile(0.99), limit)),
        max_join_p99_ms.and_then(|limit| time("a join", joins.and_then(|times| times.quantile(0.99)), limit)),
        max_errors.and_then(|limit| count("errors", total.errors.values().sum(), limit)),
        max_freezes.and_then(|limit| count("freezes", total.freezes, limit)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn loss(tally: &Tally, limit: f64) -> Option<String> {
    if tally.packets_expected == 0 {
        return Some("no packet was received, so that their loss is unknown".to_owned());
    }
    let loss = tally.loss();
    (loss > limit).then(|| beyond("loss", &format::percent(loss), &format::percent(limit)))
}

fn time(what: &str, p99: Option<u64>, limit_ms: f64) -> Option<String> {
    let Some(p99) = p99 else { return Some(format!("the time of {what} was not measured, and it has a limit")) };
    let limit = limit_ms * 1000.0;
    let what = format!("99th percentile of {what}");
    (p99 as f64 > limit).then(|| beyond(&what, &format::micros(p99), &format::micros(limit as u64)))
}

fn count(what: &str, count: u64, limit: u64) -> Option<String> {
    (count > limit).then(|| beyond(what, &count.to_string(), &limit.to_string()))
}

fn beyond(what: &str, is: &str, limit: &str) -> String {
    format!("{what} {is}, limit {limit}")
}

fn own_limits(report: &Report) -> Vec<String> {
    [full_machine(report), late_timers(report), dropped(report)].into_iter().flatten().collect()
}

fn full_machine(report: &Report) -> Option<String> {
    let cores = report.machine.cores as f64;
    let full: Vec<_> =
        report.series.iter().map(Shares::of).filter(|shares| shares.all() >= cores * FULL_SHARE).collect();
    if cores == 0.0 || full.len() as f64 <= report.series.len() as f64 * FULL_SECONDS {
        return None;
    }
    let mean = |of: fn(&Shares) -> f64| format::cores(full.iter().map(of).sum::<f64>() / full.len() as f64);
    Some(format!(
        "the machine's {cores} cores were all in use in {} of {} s: {} by this program, {} by the server, {} by others",
        full.len(),
        report.series.len(),
        mean(|shares| shares.own),
        mean(|shares| shares.server),
        mean(|shares| shares.others)
    ))
}

/// Who used a machine's cores in a second.
struct Shares {
    own: f64,
    server: f64,
    others: f64,
}

impl Shares {
    fn of(second: &Second) -> Self {
        let (own, server) = (second.own.cores, second.server.as_ref().map_or(0.0, |server| server.cores));
        let others = second.busy_cores.map_or(0.0, |busy| (busy - own - server).max(0.0));
        Self { own, server, others }
    }

    fn all(&self) -> f64 {
        self.own + self.server + self.others
    }
}

fn late_timers(report: &Report) -> Option<String> {
    let delays = || report.series.iter().map(|second| second.own.worst_delay_ms);
    let late = delays().filter(|delay| *delay > LATE_MS).count();
    let worst = format::micros((delays().fold(0.0, f64::max) * 1000.0) as u64);
    (late as f64 > report.series.len() as f64 * LATE_SHARE).then(|| {
        format!(
            "in {late} of {} s timers were more than {LATE_MS} ms late, at worst {worst}: what was sent and measured then \
             was late on this side already",
            report.series.len()
        )
    })
}

fn dropped(report: &Report) -> Option<String> {
    let dropped = report.series.iter().map(|second| second.own.dropped).sum::<u64>();
    let share = dropped as f64 / report.total.packets_expected.max(1) as f64;
    (share > DROPPED_SHARE).then(|| {
        let share = format::percent(share.min(1.0));
        format!("{dropped} packets ({share}) reached this program's sockets and were not read in time: not the server lost them")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn found(change: impl FnOnce(&mut Report)) -> Vec<String> {
        let mut report = sample::report();
        change(&mut report);
        let words = |finding| match finding {
            Finding::Failed { why } => format!("failed: {why}"),
            Finding::OwnLimit { why } => format!("own: {why}"),
        };
        findings(&report).into_iter().map(words).collect()
    }

    #[test]
    fn within_all_bounds_nothing_is_found() {
        let all = |report: &mut Report| {
            report.scenario.limits = Limits {
                max_loss: Some(0.001),
                max_latency_p99_ms: Some(6.0),
                max_join_p99_ms: Some(42.0),
                max_errors: Some(0),
                max_freezes: Some(0),
            };
        };
        assert_eq!(found(all), [""; 0]);
    }

    #[test]
    fn each_limit_says_by_how_much_it_was_passed() {
        let all = |report: &mut Report| {
            report.total.error("timeout");
            report.total.freezes = 2;
            report.scenario.limits = Limits {
                max_loss: Some(0.000_5),
                max_latency_p99_ms: Some(5.0),
                max_join_p99_ms: Some(30.0),
                max_errors: Some(0),
                max_freezes: Some(1),
            };
        };
        let expected = [
            "failed: loss 0.10 %, limit 0.050 %",
            "failed: 99th percentile of latency 5.18 ms, limit 5.00 ms",
            "failed: 99th percentile of a join 40.0 ms, limit 30.0 ms",
            "failed: errors 1, limit 0",
            "failed: freezes 2, limit 1",
        ];
        assert_eq!(found(all), expected);
    }

    #[test]
    fn what_was_not_measured_has_not_kept_to_its_limit() {
        let nothing = |report: &mut Report| {
            (report.total, report.steady) = <_>::default();
            report.scenario.limits.max_loss = Some(0.001);
            report.scenario.limits.max_join_p99_ms = Some(100.0);
        };
        let expected = [
            "failed: no packet was received, so that their loss is unknown",
            "failed: the time of a join was not measured, and it has a limit",
        ];
        assert_eq!(found(nothing), expected);
    }

    #[test]
    fn only_what_happened_in_peace_is_held_against_a_limit_of_loss() {
        let lossy_leave = |report: &mut Report| {
            report.total.packets_expected += 100_000;
            report.scenario.limits.max_loss = Some(0.002);
        };
        assert_eq!(found(lossy_leave), [""; 0]);
    }

    #[test]
    fn a_full_machine_is_found_from_a_tenth_of_the_time_on() {
        let full = |seconds: usize| {
            found(move |report| report.series[..seconds].iter_mut().for_each(|second| second.own.cores = 3.25))
        };
        assert_eq!(full(3), [""; 0]);
        let why = "own: the machine's 4 cores were all in use in 4 of 36 s: 3.25 by this program, 0.60 by the server, 0.00 \
                   by others";
        assert_eq!(full(4), [why]);
    }

    #[test]
    fn a_machine_may_be_full_of_others() {
        let busy =
            |cores| found(move |report| report.series.iter_mut().for_each(|second| second.busy_cores = Some(cores)));
        assert_eq!(busy(3.7), [""; 0]);
        let found = busy(3.9);
        assert!(found[0].ends_with("0.80 by this program, 0.60 by the server, 2.50 by others"), "{found:?}");
    }

    #[test]
    fn late_timers_are_found_and_one_in_a_long_run_is_not() {
        let late = |repeat: usize| {
            found(move |report| {
                report.series = std::iter::repeat_n(report.series.clone(), repeat).flatten().collect();
                report.series[7].own.worst_delay_ms = 31.0;
            })
        };
        assert_eq!(late(3), [""; 0]);
        let found = late(1);
        assert!(
            found[0].starts_with("own: in 1 of 36 s timers were more than 20 ms late, at worst 31.0 ms"),
            "{found:?}"
        );
    }

    #[test]
    fn packets_that_this_program_did_not_read_are_not_the_servers_loss() {
        let dropped = |count| found(move |report| report.series[0].own.dropped = count);
        assert_eq!(dropped(30), [""; 0]);
        let found = dropped(31);
        assert!(found[0].starts_with("own: 31 packets (0.010 %)"), "{found:?}");
    }
}

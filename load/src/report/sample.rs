//! A report to try things on.

use crate::measure::{Distribution, Machine, OwnLoad, Phase, Report, Second, ServerLoad, Step, Tally, WorkerLoad};
use std::time::Duration;

/// Ten who meet for thirty seconds, each second the same, and three seconds each of coming and going.
pub fn report() -> Report {
    let series: Vec<_> = (1..=36).map(second).collect();
    let (mut total, mut steady) = (Tally::default(), Tally::default());
    series.iter().for_each(|second| total.add(&second.tally));
    series.iter().filter(|second| second.phase == Phase::Steady).for_each(|second| steady.add(&second.tally));
    Report {
        version: "0.1.0".to_owned(),
        scenario: toml::from_str("name = 'meeting'\nrooms = 2\npublishers = 5\nduration = 30.0")
            .expect("is a scenario"),
        target: "colloquy".to_owned(),
        started: "2026-03-01T12:00:00Z".parse().expect("is a time"),
        seconds: 36.0,
        steady_seconds: 30.0,
        steady,
        total,
        series,
        machine: Machine {
            cores: 4,
            processor: "Fast & Co. <4>".to_owned(),
            kernel: "6.1.0".to_owned(),
            memory_bytes: 8 << 30,
        },
        findings: Vec::new(),
    }
}

fn second(at: u32) -> Second {
    let phase = match at {
        ..=3 => Phase::Arriving,
        4..=33 => Phase::Steady,
        _ => Phase::Leaving,
    };
    let worker = |id| WorkerLoad { id, cores: 0.25, consumers: 45 };
    Second {
        at: at.into(),
        phase,
        participants: if phase == Phase::Steady { 10 } else { 5 },
        tally: tally(phase),
        server: Some(ServerLoad {
            cores: 0.6,
            rss_bytes: (100 + u64::from(at)) << 20,
            workers: vec![worker(0), worker(1)],
        }),
        own: OwnLoad { cores: 0.8, rss_bytes: 50 << 20, worst_delay_ms: 1.5, dropped: 0 },
        busy_cores: None,
    }
}

fn tally(phase: Phase) -> Tally {
    let mut tally = Tally::default();
    match phase {
        Phase::Arriving => {
            tally.joined = 4;
            for (step, micros) in [(Step::Connect, 1200), (Step::IceAndDtls, 15_000), (Step::Whole, 40_000)] {
                tally.step(step, Duration::from_micros(micros));
            }
            tally.first_packet = times(30_000);
        }
        Phase::Steady => {
            (tally.packets_sent, tally.bytes_sent) = (1000, 250_000);
            (tally.packets_expected, tally.packets_received, tally.bytes_received) = (10_000, 9990, 2_500_000);
            (tally.packets_repaired, tally.nacks_sent) = (9, 12);
            (tally.latency, tally.jitter) = (times(4200), times(300));
            tally.layers = [("s0t0".to_owned(), 2500), ("s2t0".to_owned(), 7500)].into();
        }
        Phase::Leaving => tally.left = 4,
    }
    tally
}

fn times(micros: u64) -> Distribution {
    let mut times = Distribution::default();
    (0..100).for_each(|more| times.record(Duration::from_micros(micros + more * 10)));
    times
}

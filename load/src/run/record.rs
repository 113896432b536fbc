//! A run's report while it is being made: second by second.

use super::SECOND;
use super::ledger::Ledger;
use crate::measure::{Phase, Report, Second, Tally};
use crate::observe::{Observer, machine};
use crate::report;
use crate::scenario::Scenario;
use chrono::Utc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// What there is to tell so far.
pub struct Record {
    report: Report,
    observer: Observer,
    /// How long participants take to put down what they have.
    grace: Duration,
    began: Instant,
    last: Instant,
}

impl Record {
    pub fn new(scenario: Scenario, target: &str, observer: Observer, grace: Duration) -> Self {
        let report = Report {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario,
            target: target.to_owned(),
            started: Utc::now(),
            seconds: 0.0,
            steady_seconds: 0.0,
            steady: Tally::default(),
            total: Tally::default(),
            series: Vec::new(),
            machine: machine::look(),
            findings: Vec::new(),
        };
        let began = Instant::now();
        Self { report, observer, grace, began, last: began }
    }

    /// When the last second ended.
    pub fn last(&self) -> Instant {
        self.last
    }

    /// Ends one second after the other, for ever. May be cancelled: what was not ended then belongs to the next.
    pub async fn seconds(&mut self, phase: Phase, ledger: &Ledger, tell: &mut (impl FnMut(&Second) + Send)) {
        loop {
            sleep_until(self.last + SECOND - self.grace).await;
            self.second(phase, ledger, tell).await;
        }
    }

    /// Ends a second, however long it was.
    pub async fn second(&mut self, phase: Phase, ledger: &Ledger, tell: &mut (impl FnMut(&Second) + Send)) {
        ledger.ask();
        sleep(self.grace).await;
        let (server, mut own) = self.observer.look().await;
        ledger.add_others(&mut own);
        let now = Instant::now();
        let second = Second {
            at: (now - self.began).as_secs_f64(),
            phase,
            participants: ledger.present(),
            tally: ledger.take(),
            server,
            own,
            busy_cores: self.observer.busy_cores(),
        };
        if phase == Phase::Steady {
            self.report.steady_seconds += (now - self.last).as_secs_f64();
            self.report.steady.add(&second.tally);
        }
        self.last = now;
        self.report.total.add(&second.tally);
        tell(&second);
        self.report.series.push(second);
    }

    /// Takes in errors of the run itself.
    pub fn error(&mut self, code: &str, count: usize) {
        if count == 0 {
            return;
        }
        *self.report.total.errors.entry(code.to_owned()).or_default() += u64::try_from(count).unwrap_or(u64::MAX);
    }

    /// All that there is to tell.
    pub fn finish(mut self) -> Report {
        self.report.seconds = (self.last - self.began).as_secs_f64();
        self.report.findings = report::findings(&self.report);
        self.report
    }
}

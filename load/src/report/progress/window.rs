//! What happened since a line was written last.

use crate::measure::{Second, ServerLoad, Tally};
use crate::report::format;
use crate::scenario::{Kind, Scenario};

/// The time since the last line, and what was counted in it.
#[derive(Debug, Default)]
pub struct Window {
    began: f64,
    at: f64,
    participants: u64,
    tally: Tally,
    server: Option<ServerLoad>,
    /// Since the beginning: an error stays to be seen.
    errors: u64,
}

impl Window {
    pub fn add(&mut self, second: &Second) {
        self.at = second.at;
        self.participants = second.participants;
        self.tally.add(&second.tally);
        self.server.clone_from(&second.server);
        self.errors += second.tally.errors.values().sum::<u64>();
    }

    /// How long it is.
    pub fn seconds(&self) -> f64 {
        self.at - self.began
    }

    pub fn clear(&mut self) {
        self.began = self.at;
        self.tally = Tally::default();
    }

    /// What is said about it, the most important first: the end may be cut off.
    pub fn line(&self, scenario: &Scenario, colour: bool) -> String {
        let total = format::seconds(expected_seconds(scenario));
        let mut parts =
            vec![format!("{} of {total}", format::seconds(self.at)), format!("{} there", self.participants)];
        match scenario.kind {
            Kind::Media => parts.extend(self.media(scenario, colour)),
            Kind::Signaling => parts.extend(self.requests()),
            Kind::Idle => {}
        }
        let tolerated = scenario.limits.max_errors.unwrap_or(0);
        let noun = if self.errors == 1 { "error" } else { "errors" };
        parts.push(red(colour && self.errors > tolerated, format!("{} {noun}", self.errors)));
        if let Some(server) = &self.server {
            parts.push(format!("server {} cores {}", format::cores(server.cores), format::bytes(server.rss_bytes)));
        }
        parts.join("  ")
    }

    fn media(&self, scenario: &Scenario, colour: bool) -> Vec<String> {
        let limits = &scenario.limits;
        let mut parts = vec![
            format!("sent {}/s", format::number(self.per_second(self.tally.packets_sent).round())),
            format!(
                "received {}/s {}",
                format::number(self.per_second(self.tally.packets_received).round()),
                format::bits_per_second((self.per_second(self.tally.bytes_received) * 8.0).round())
            ),
        ];
        if self.tally.packets_expected > 0 {
            let loss = self.tally.loss();
            let beyond = limits.max_loss.is_some_and(|limit| loss > limit);
            parts.push(red(colour && beyond, format!("loss {}", format::percent(loss))));
        }
        if let Some(p99) = self.tally.latency.quantile(0.99) {
            let beyond = limits.max_latency_p99_ms.is_some_and(|limit| p99 as f64 > limit * 1000.0);
            parts.push(red(colour && beyond, format!("p99 {}", format::micros(p99))));
        }
        parts
    }

    fn requests(&self) -> Vec<String> {
        let requests = &self.tally.requests;
        let rate = format!("{} requests/s", format::number(self.per_second(requests.count()).round()));
        let p99 = requests.quantile(0.99).map(|p99| format!("p99 {}", format::micros(p99)));
        [Some(rate), p99].into_iter().flatten().collect()
    }

    fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.seconds().max(f64::EPSILON)
    }
}

/// How long a run takes if everybody comes in as quickly as is asked for.
fn expected_seconds(scenario: &Scenario) -> f64 {
    let each = u64::from(scenario.publishers) + u64::from(scenario.viewers);
    let everybody = (u64::from(scenario.rooms) * each) as f64;
    scenario.duration + everybody / scenario.joins_per_second
}

fn red(red: bool, text: String) -> String {
    if red { format!("\x1b[31m{text}\x1b[0m") } else { text }
}

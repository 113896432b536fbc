//! A run: participants come, stay and go as the scenario says, watched and bounded.

mod child;
mod crowd;
mod ledger;
mod lot;
mod plan;
mod processes;
mod record;
mod turns;
mod visitor;

pub use child::serve;
pub use crowd::{Crowd, Here};
pub use plan::{Part, Seat, seats};
pub use processes::{Order, Processes};

use crate::measure::{Phase, Report, Second};
use crate::observe::Observer;
use crate::scenario::Scenario;
use record::Record;
use std::time::Duration;
use tokio::time::{sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Between two looks at everybody.
const SECOND: Duration = Duration::from_secs(1);
/// How long after the last one's time to come everybody has to be there.
const ARRIVE_DEADLINE: Duration = Duration::from_secs(90);
/// How long leaving may take.
const LEAVE_DEADLINE: Duration = Duration::from_secs(60);

/// A run before it begins.
pub struct Run<'a> {
    /// What is to happen; has been checked.
    pub scenario: &'a Scenario,
    /// Its server's make, for the report.
    pub target: &'a str,
    /// How many of the scenario's participants this is about.
    pub participants: usize,
    /// Looks at the server and at this program.
    pub observer: Observer,
    /// When cancelled, everybody leaves in order. It is cancelled at the end in any case.
    pub stop: CancellationToken,
}

impl Run<'_> {
    /// Goes through with it, and tells of every second as it ends. It takes no longer than it takes to come in, the
    /// scenario's duration, and two and a half minutes more.
    pub async fn go(self, crowd: &mut dyn Crowd, mut tell: impl FnMut(&Second) + Send) -> Report {
        let ledger = std::sync::Arc::clone(crowd.ledger());
        let mut record = Record::new(self.scenario.clone(), self.target, self.observer, crowd.grace());
        let ramp = Duration::from_secs_f64(self.scenario.participants() as f64 / self.scenario.joins_per_second);
        let steady = Duration::from_secs_f64(self.scenario.duration);

        tokio::select! {
            _ = timeout(ramp + ARRIVE_DEADLINE, ledger.until_arrived(self.participants)) => {}
            () = self.stop.cancelled() => {}
            () = crowd.gone() => {}
            () = record.seconds(Phase::Arriving, &ledger, &mut tell) => {}
        }
        record.second(Phase::Arriving, &ledger, &mut tell).await;
        if !self.stop.is_cancelled() {
            tokio::select! {
                () = sleep_until(record.last() + steady) => {}
                () = self.stop.cancelled() => {}
                () = crowd.gone() => {}
                () = record.seconds(Phase::Steady, &ledger, &mut tell) => {}
            }
            record.second(Phase::Steady, &ledger, &mut tell).await;
        }
        self.stop.cancel();
        tokio::select! {
            _ = timeout(LEAVE_DEADLINE, crowd.gone()) => {}
            () = record.seconds(Phase::Leaving, &ledger, &mut tell) => {}
        }
        record.error("not_left_in_time", crowd.end().await);
        record.second(Phase::Leaving, &ledger, &mut tell).await;
        record.finish()
    }
}

//! One participant's comings and goings.

use super::ledger::Ledger;
use super::lot::Lot;
use super::plan::Seat;
use super::turns::{self, Turns};
use crate::measure::Tally;
use crate::scenario::{Kind, Scenario};
use crate::target::{Participant, Target};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// Who has left comes again after this at most; who was thrown out, after this.
const PAUSE: Duration = Duration::from_secs(1);

/// What all participants of a run have in common.
pub struct Common {
    pub scenario: Scenario,
    pub target: Arc<dyn Target>,
    pub ledger: Arc<Ledger>,
    /// When the run began.
    pub began: Instant,
    /// Everybody is to leave, and nobody comes any more.
    pub stop: CancellationToken,
}

/// Somebody who comes, stays and goes until it is time to stop.
pub struct Visitor {
    common: Arc<Common>,
    seat: Seat,
    lot: Lot,
    turns: Option<Turns>,
}

/// How a visit ended.
enum End {
    /// It could not come in.
    NotLetIn,
    /// It left, or was thrown out, and comes again.
    Gone,
}

impl Visitor {
    pub fn new(common: Arc<Common>, seat: Seat) -> Self {
        // Not the lots that said whom it watches.
        let lot = Lot::new(common.scenario.seed.wrapping_add(1), seat.number);
        let speakers = seat.place.publish.as_ref().and_then(|publish| publish.audio.as_ref()?.speakers);
        let turns = speakers.map(|speakers| Turns { publishers: common.scenario.publishers, speakers });
        Self { common, seat, lot, turns }
    }

    /// All of its visits.
    pub async fn live(mut self) {
        let stop = self.common.stop.clone();
        let mut comes = self.common.began + self.seat.arrives;
        let mut first = true;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = sleep_until(comes) => {}
            }
            let end = self.visit(first).await;
            first = false;
            if matches!(end, End::NotLetIn) && self.common.scenario.stay.is_none() {
                // It would only be refused again.
                break;
            }
            comes = Instant::now() + self.lot.within(PAUSE);
        }
        if first {
            self.common.ledger.arrive(1);
        }
    }

    async fn visit(&mut self, first: bool) -> End {
        let common = Arc::clone(&self.common);
        let mut tally = Tally::default();
        let came = common.target.join(&self.seat.place, &mut tally).await;
        match &came {
            Ok(_) => tally.joined += 1,
            Err(error) => {
                tracing::info!(user = self.seat.place.user, %error, "did not come in");
                tally.error(&error.code);
            }
        }
        common.ledger.put(&tally);
        if first {
            common.ledger.arrive(1);
        }
        let Ok(mut participant) = came else { return End::NotLetIn };
        common.ledger.enter();
        let mut tally = Tally::default();
        self.stay(participant.as_mut(), &mut tally).await;
        match participant.leave().await {
            Ok(()) => tally.left += 1,
            Err(error) => tally.error(error.code),
        }
        tally.add(&participant.take());
        common.ledger.put(&tally);
        common.ledger.leave();
        End::Gone
    }

    /// Until it is time to leave, or it is thrown out.
    async fn stay(&mut self, participant: &mut dyn Participant, tally: &mut Tally) {
        let common = Arc::clone(&self.common);
        let mut asked = common.ledger.asked();
        let mut request_at = self.first_request();
        let leaves = common.scenario.stay.map(|average| Instant::now() + self.lot.stay(average));
        let mut turn_ends = self.turns.map(|_| Instant::now());
        loop {
            tokio::select! {
                biased;
                () = common.stop.cancelled() => return,
                () = at(leaves) => return,
                Ok(()) = asked.changed() => {
                    tally.add(&participant.take());
                    common.ledger.put(&std::mem::take(tally));
                }
                () = at(turn_ends) => {
                    let (turn, left) = turns::now();
                    turn_ends = Some(Instant::now() + left);
                    participant.speak(self.turns.is_some_and(|turns| turns.is_speaking(self.seat.place.number, turn)));
                }
                () = participant.news() => {
                    if let Err(error) = participant.act().await {
                        tracing::info!(user = self.seat.place.user, %error, "is out");
                        tally.error(error.code);
                        return;
                    }
                }
                () = at(request_at) => {
                    let began = Instant::now();
                    match participant.request().await {
                        Ok(()) => tally.requests.record(began.elapsed()),
                        Err(error) => {
                            tally.error(error.code);
                            // Refusals come quickly: not all of what there is should be refusals.
                            sleep(PAUSE / 10).await;
                        }
                    }
                    request_at = Some(self.next_request(began));
                }
            }
        }
    }

    fn first_request(&mut self) -> Option<Instant> {
        (self.common.scenario.kind == Kind::Signaling)
            .then(|| Instant::now() + self.lot.within(self.between_requests()))
    }

    /// Not what was missed while an answer took its time.
    fn next_request(&self, last: Instant) -> Instant {
        (last + self.between_requests()).max(Instant::now())
    }

    fn between_requests(&self) -> Duration {
        self.common.scenario.requests_per_second.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate))
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

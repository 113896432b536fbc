//! Heartbeats: a worker that hangs is told from one that works.
//!
//! What counts is how often in a row the server looked in vain, not how much time has passed: a machine that stood
//! still as a whole, with the server on it, must not cost a worker its life. Nor must one so busy that the worker had to
//! wait for a CPU: such a look does not count, for a while.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// How often to ask, and how often in vain.
#[derive(Debug, Clone, Copy)]
pub(in crate::media) struct Pace {
    pub interval: Duration,
    pub misses: u32,
}

/// How many times the patience for a worker that hangs is that for one that gets no CPU: longer than it is busy for, and
/// still an end, since one that runs in circles on a busy machine waits for a CPU as well.
const STARVED_PATIENCE: u32 = 10;

/// Asks by the numbers that it sends to `ask`, and looks for them in `answered`; returns, with the reason, when there
/// was no answer too often.
///
/// `starved` is how long the worker waited for a CPU so far.
pub(super) async fn watch(
    pace: Pace,
    ask: &watch::Sender<u64>,
    answered: &AtomicU64,
    starved: impl Fn() -> Option<Duration>,
) -> String {
    let mut ticks = interval(pace.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pulse = Pulse::default();
    let mut starved_before = None;
    loop {
        ticks.tick().await;
        let answered = answered.load(Ordering::Relaxed);
        // Read only when it matters.
        let (now, before) = if answered == pulse.asked { (None, None) } else { (starved(), starved_before) };
        let waited = now.zip(before).map_or(Duration::ZERO, |(now, before)| now.saturating_sub(before));
        starved_before = now;
        match pulse.beat(answered, waited * 2 >= pace.interval) {
            Beat::Answered => drop(ask.send_replace(pulse.asked)),
            Beat::Missed if pulse.hangs < pace.misses && pulse.missed < pace.misses * STARVED_PATIENCE => {}
            Beat::Missed => return format!("{} heartbeats without an answer", pulse.missed),
        }
    }
}

#[derive(Default)]
struct Pulse {
    asked: u64,
    /// Looks without an answer since the last one.
    missed: u32,
    /// Of these, looks at a worker that did not lack a CPU.
    hangs: u32,
}

enum Beat {
    Answered,
    Missed,
}

impl Pulse {
    /// One look: if the last question is answered, there is a next one.
    fn beat(&mut self, answered: u64, starved: bool) -> Beat {
        if answered == self.asked {
            *self = Self { asked: self.asked + 1, ..Self::default() };
            Beat::Answered
        } else {
            self.missed += 1;
            self.hangs += u32::from(!starved);
            Beat::Missed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { interval: Duration::from_millis(5), misses: 5 };

    /// After how many looks a worker that says nothing is given up.
    async fn looks(starved: impl Fn() -> Option<Duration>) -> (String, u64) {
        let (ask, asked) = watch::channel(0);
        let started = std::time::Instant::now();
        let reason = watch(PACE, &ask, &AtomicU64::new(0), starved).await;
        assert!(started.elapsed() >= PACE.interval * 5);
        let asked = *asked.borrow();
        (reason, asked)
    }

    #[tokio::test]
    async fn silence_ends_it_after_so_many_looks() {
        assert_eq!(looks(|| None).await, ("5 heartbeats without an answer".to_owned(), 1));
        assert_eq!(looks(|| Some(Duration::from_secs(9))).await.0, "5 heartbeats without an answer");
    }

    #[tokio::test]
    async fn who_gets_no_cpu_has_longer_but_not_for_ever() {
        let waited = AtomicU64::new(0);
        let starved = || Some(Duration::from_millis(waited.fetch_add(3, Ordering::Relaxed)));
        assert_eq!(looks(starved).await.0, "50 heartbeats without an answer");
    }

    #[test]
    fn a_late_answer_is_an_answer() {
        let mut pulse = Pulse::default();
        for number in 0..20 {
            assert!(matches!(pulse.beat(number, false), Beat::Answered));
            for missed in 1..5 {
                assert!(matches!(pulse.beat(number, missed == 2), Beat::Missed));
                assert_eq!((pulse.missed, pulse.hangs), (missed, if missed < 2 { missed } else { missed - 1 }));
            }
        }
    }
}

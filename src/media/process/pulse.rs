//! Heartbeats: a worker that hangs is told from one that works.
//!
//! What counts is how often in a row the server looked in vain, not how much time has passed: a machine that stood
//! still as a whole, with the server on it, must not cost a worker its life.

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

/// Asks by the numbers that it sends to `ask`, and looks for them in `answered`; returns, with the reason, when there
/// was no answer too often.
pub(super) async fn watch(pace: Pace, ask: &watch::Sender<u64>, answered: &AtomicU64) -> String {
    let mut ticks = interval(pace.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pulse = Pulse { asked: 0, missed: 0 };
    loop {
        ticks.tick().await;
        match pulse.beat(answered.load(Ordering::Relaxed)) {
            Beat::Answered => drop(ask.send_replace(pulse.asked)),
            Beat::Missed(times) if times < pace.misses => {}
            Beat::Missed(times) => return format!("{times} heartbeats without an answer"),
        }
    }
}

struct Pulse {
    asked: u64,
    missed: u32,
}

enum Beat {
    Answered,
    Missed(u32),
}

impl Pulse {
    /// One look: if the last question is answered, there is a next one.
    fn beat(&mut self, answered: u64) -> Beat {
        if answered == self.asked {
            self.asked += 1;
            self.missed = 0;
            Beat::Answered
        } else {
            self.missed += 1;
            Beat::Missed(self.missed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn silence_ends_it_after_so_many_looks() {
        let (ask, asked) = watch::channel(0);
        let pace = Pace { interval: Duration::from_millis(5), misses: 5 };
        let started = std::time::Instant::now();
        let reason = watch(pace, &ask, &AtomicU64::new(0)).await;
        assert_eq!((reason.as_str(), *asked.borrow()), ("5 heartbeats without an answer", 1));
        assert!(started.elapsed() >= pace.interval * 5);
    }

    #[test]
    fn a_late_answer_is_an_answer() {
        let mut pulse = Pulse { asked: 0, missed: 0 };
        for number in 0..20 {
            assert!(matches!(pulse.beat(number), Beat::Answered));
            for missed in 1..5 {
                assert!(matches!(pulse.beat(number), Beat::Missed(times) if times == missed));
            }
        }
    }
}

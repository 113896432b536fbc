//! How irregularly packets arrive (RFC 3550, 6.4.1).

use std::time::{Duration, Instant};

/// A difference in transit beyond that is a new beginning of the clock, not jitter.
const MOST: f64 = 10.0;

/// The interarrival jitter of a stream.
#[derive(Debug)]
pub(super) struct Jitter {
    clock_hz: f64,
    last: Option<(Instant, u32)>,
    /// In seconds.
    jitter: f64,
}

impl Jitter {
    pub fn new(clock_hz: u32) -> Self {
        Self { clock_hz: clock_hz.into(), last: None, jitter: 0.0 }
    }

    /// Takes in a packet.
    pub fn note(&mut self, arrival: Instant, timestamp: u32) {
        if let Some((last_arrival, last_timestamp)) = self.last {
            let apart = signed(last_arrival, arrival);
            let sent_apart = f64::from(timestamp.wrapping_sub(last_timestamp) as i32) / self.clock_hz;
            let difference = (apart - sent_apart).abs();
            if difference < MOST {
                self.jitter += (difference - self.jitter) / 16.0;
            }
        }
        self.last = Some((arrival, timestamp));
    }

    /// What it is now.
    pub fn now(&self) -> Duration {
        Duration::from_secs_f64(self.jitter)
    }
}

fn signed(from: Instant, to: Instant) -> f64 {
    if to >= from { (to - from).as_secs_f64() } else { -(from - to).as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);

    #[test]
    fn regular_packets_have_none() {
        let (start, mut jitter) = (Instant::now(), Jitter::new(48_000));
        (0..100).for_each(|at| jitter.note(start + FRAME * at, at.wrapping_mul(960)));
        assert!(jitter.now() < Duration::from_micros(1), "{:?}", jitter.now());
    }

    #[test]
    fn packets_that_are_late_by_turns_have_what_they_differ_by() {
        let (start, mut jitter) = (Instant::now(), Jitter::new(48_000));
        for at in 0..1000 {
            let late = Duration::from_millis(u64::from(at % 2) * 8);
            jitter.note(start + FRAME * at + late, at * 960);
        }
        assert!(jitter.now().abs_diff(Duration::from_millis(8)) < Duration::from_micros(10), "{:?}", jitter.now());
    }

    #[test]
    fn a_clock_that_begins_anew_is_not_jitter() {
        let (start, mut jitter) = (Instant::now(), Jitter::new(90_000));
        jitter.note(start, 0);
        jitter.note(start + FRAME, 2_000_000_000);
        assert_eq!(jitter.now(), Duration::ZERO);
    }
}

//! One moment to wait for, which is seldom another than the last: the runtime's clock hears only of what changes.

use std::future::pending;
use std::pin::Pin;
use std::time::Instant;
use tokio::time::{Sleep, sleep_until};

/// Rings at a moment, if one is set.
pub(super) struct Alarm {
    at: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    /// Not set.
    pub fn new() -> Self {
        Self { at: None, sleep: None }
    }

    /// Sets it, or with none has it not ring.
    pub fn set(&mut self, at: Option<Instant>) {
        let Some(moment) = at.filter(|_| at != self.at) else {
            self.at = at;
            return;
        };
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(moment.into()),
            None => self.sleep = Some(Box::pin(sleep_until(moment.into()))),
        }
        self.at = at;
    }

    /// Waits for the moment; once it is over, at once.
    pub async fn rings(&mut self) {
        match (&mut self.sleep, self.at) {
            // The runtime's clock has steps of a millisecond.
            (_, Some(at)) if at <= Instant::now() => {}
            (Some(sleep), Some(_)) => sleep.as_mut().await,
            _ => pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use std::time::Duration;

    #[tokio::test]
    async fn it_rings_when_it_was_last_set_to() {
        let (past, far) = (Instant::now(), Instant::now() + Duration::from_secs(3600));
        let mut alarm = Alarm::new();
        assert_eq!(alarm.rings().now_or_never(), None);
        for (at, rings) in [(past, true), (past, true), (far, false), (past, true)] {
            alarm.set(Some(at));
            assert_eq!(alarm.rings().now_or_never().is_some(), rings);
            alarm.set(None);
            assert_eq!(alarm.rings().now_or_never(), None);
            alarm.set(Some(at));
            assert_eq!(alarm.rings().now_or_never().is_some(), rings);
        }
        let soon = Instant::now() + Duration::from_millis(5);
        alarm.set(Some(soon));
        alarm.rings().await;
        assert!(Instant::now() >= soon);
    }
}

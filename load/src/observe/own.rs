//! What this program takes.

use super::process::{Cores, Pid};
use super::sockets::Drops;
use super::timers::Timers;
use crate::measure::OwnLoad;
use crate::rtc::Meter;

/// This program, watched.
pub struct Own {
    cores: Cores,
    drops: Drops,
    timers: Timers,
    meter: Meter,
}

impl Own {
    /// Looks from now on.
    pub fn new(meter: Meter) -> Self {
        let mut drops = Drops::default();
        drops.look();
        Self { cores: Cores::new(Pid::own().cpu().unwrap_or_default()), drops, timers: Timers::watch(), meter }
    }

    /// What there was since the last look.
    pub fn look(&mut self) -> OwnLoad {
        OwnLoad {
            cores: self.cores.look(Pid::own().cpu().unwrap_or_default()),
            rss_bytes: Pid::own().rss_bytes().unwrap_or_default(),
            worst_delay_ms: self.timers.look().max(self.meter.take_worst()).as_secs_f64() * 1000.0,
            dropped: self.drops.look(),
        }
    }
}

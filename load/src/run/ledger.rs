//! What all participants put down, and how many there are.

use crate::measure::{OwnLoad, Tally};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// Shared by all participants of a run.
pub struct Ledger {
    tally: Mutex<Tally>,
    /// What other processes of this run took last.
    others: Mutex<HashMap<u32, OwnLoad>>,
    present: AtomicU64,
    /// Who has come in for the first time, or tried to.
    arrived: watch::Sender<usize>,
    /// Counts up when everybody is to put down what it has.
    asked: watch::Sender<u64>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            tally: Mutex::default(),
            others: Mutex::default(),
            present: AtomicU64::new(0),
            arrived: watch::Sender::new(0),
            asked: watch::Sender::new(0),
        }
    }
}

impl Ledger {
    /// Puts down what happened.
    pub fn put(&self, tally: &Tally) {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).add(tally);
    }

    /// What was put down since the last time.
    pub fn take(&self) -> Tally {
        std::mem::take(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts down what another process of this run took in the last second.
    pub fn put_other(&self, process: u32, own: OwnLoad) {
        self.others.lock().unwrap_or_else(PoisonError::into_inner).insert(process, own);
    }

    /// Adds what other processes took: all of them are this program.
    pub fn add_others(&self, own: &mut OwnLoad) {
        for (_, other) in self.others.lock().unwrap_or_else(PoisonError::into_inner).drain() {
            own.cores += other.cores;
            own.rss_bytes += other.rss_bytes;
            own.worst_delay_ms = own.worst_delay_ms.max(other.worst_delay_ms);
            own.dropped += other.dropped;
        }
    }

    /// Somebody is there.
    pub fn enter(&self) {
        self.present.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody is not there any more.
    pub fn leave(&self) {
        self.present.fetch_sub(1, Ordering::Relaxed);
    }

    /// Of another process' participants so many are there now, instead of so many before.
    pub fn present_elsewhere(&self, before: u64, now: u64) {
        self.present.fetch_add(now.wrapping_sub(before), Ordering::Relaxed);
    }

    /// How many are there.
    pub fn present(&self) -> u64 {
        self.present.load(Ordering::Relaxed)
    }

    /// So many more have come in for the first time, or could not.
    pub fn arrive(&self, count: usize) {
        self.arrived.send_modify(|arrived| *arrived += count);
    }

    /// How many have.
    pub fn arrived(&self) -> usize {
        *self.arrived.borrow()
    }

    /// Waits until so many have.
    pub async fn until_arrived(&self, count: usize) {
        // The sender is here, so that it cannot be gone.
        let _ = self.arrived.subscribe().wait_for(|arrived| *arrived >= count).await;
    }

    /// Asks everybody to put down what it has.
    pub fn ask(&self) {
        self.asked.send_modify(|asked| *asked += 1);
    }

    /// For hearing of that.
    pub fn asked(&self) -> watch::Receiver<u64> {
        self.asked.subscribe()
    }
}

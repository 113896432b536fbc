//! Those who take part, whoever drives them.

use super::ledger::Ledger;
use super::plan;
use super::processes::Order;
use super::visitor::{Common, Visitor};
use crate::rtc::Meter;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Participants who come as their scenario says, and leave when they are told to stop.
#[async_trait]
pub trait Crowd: Send {
    /// What they put down.
    fn ledger(&self) -> &Arc<Ledger>;

    /// How long they take to put it down once they are asked. Who is busy puts it down later, and it counts as later.
    fn grace(&self) -> Duration;

    /// Waits until nobody is there and nobody comes any more. May be cancelled.
    async fn gone(&mut self);

    /// Ends all who are left; how many there were.
    async fn end(&mut self) -> usize;
}

/// Participants in this process.
pub struct Here {
    ledger: Arc<Ledger>,
    visitors: JoinSet<()>,
}

impl Here {
    /// Those of an order's part, coming from now on until they are told to stop.
    pub fn new(order: &Order, meter: &Meter, stop: CancellationToken) -> Self {
        let ledger = Arc::new(Ledger::default());
        let common = Arc::new(Common {
            scenario: order.scenario.clone(),
            target: order.target.target(meter),
            ledger: Arc::clone(&ledger),
            began: Instant::now(),
            stop,
        });
        let seats = plan::seats(&order.scenario, &order.call_prefix, order.part).into_iter();
        let visitors = seats.map(|seat| Visitor::new(Arc::clone(&common), seat).live()).collect();
        Self { ledger, visitors }
    }
}

#[async_trait]
impl Crowd for Here {
    fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    fn grace(&self) -> Duration {
        Duration::from_millis(50)
    }

    async fn gone(&mut self) {
        while self.visitors.join_next().await.is_some() {}
    }

    async fn end(&mut self) -> usize {
        let left = self.visitors.len();
        self.visitors.shutdown().await;
        left
    }
}

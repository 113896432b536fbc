//! How telling the application's backend goes, by endpoint.

use prometheus::{GaugeVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// Of all endpoints. Cheap to clone.
#[derive(Clone)]
pub struct WebhookMetrics {
    delivered: IntCounterVec,
    failed: IntCounterVec,
    given_up: IntCounterVec,
    waiting: IntGaugeVec,
    oldest: GaugeVec,
    stopped: IntGaugeVec,
}

impl WebhookMetrics {
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| {
            let counter = IntCounterVec::new(Opts::new(name, help), &["endpoint"])?;
            registry.register(Box::new(counter.clone()))?;
            prometheus::Result::Ok(counter)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), &["endpoint"])?;
            registry.register(Box::new(gauge.clone()))?;
            prometheus::Result::Ok(gauge)
        };
        let oldest = GaugeVec::new(
            Opts::new("colloquy_webhooks_oldest_seconds", "Age of the oldest webhook that waits; 0: none does"),
            &["endpoint"],
        )?;
        registry.register(Box::new(oldest.clone()))?;
        Ok(Self {
            delivered: counter("colloquy_webhooks_delivered_total", "Webhooks that an endpoint took")?,
            failed: counter("colloquy_webhooks_failed_total", "Webhooks sent in vain; each is sent again")?,
            given_up: counter("colloquy_webhooks_given_up_total", "Webhooks that were too old to be sent again")?,
            waiting: gauge("colloquy_webhooks_waiting", "Webhooks in the outbox")?,
            stopped: gauge("colloquy_webhooks_stopped", "1: the endpoint answered 410 and is told nothing any more")?,
            oldest,
        })
    }

    /// Lets an endpoint show as zero from the start.
    pub fn expect(&self, endpoint: &str) {
        for counter in [&self.delivered, &self.failed, &self.given_up] {
            counter.with_label_values(&[endpoint]);
        }
        self.stopped.with_label_values(&[endpoint]).set(0);
        self.backlog(endpoint, 0, 0.0);
    }

    /// One was taken.
    pub fn delivered(&self, endpoint: &str) {
        self.delivered.with_label_values(&[endpoint]).inc();
    }

    /// One was sent in vain.
    pub fn failed(&self, endpoint: &str) {
        self.failed.with_label_values(&[endpoint]).inc();
    }

    /// One is not tried again.
    pub fn given_up(&self, endpoint: &str) {
        self.given_up.with_label_values(&[endpoint]).inc();
    }

    /// The endpoint is told nothing any more.
    pub fn stopped(&self, endpoint: &str) {
        self.stopped.with_label_values(&[endpoint]).set(1);
    }

    /// What waits, and the age of the oldest in seconds.
    pub fn backlog(&self, endpoint: &str, waiting: u64, oldest_s: f64) {
        self.waiting.with_label_values(&[endpoint]).set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.oldest.with_label_values(&[endpoint]).set(oldest_s);
    }
}

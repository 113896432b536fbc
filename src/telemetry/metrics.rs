//! The metrics, in a registry of this server's own (several servers can live in one process).

use super::quality::QualityMetrics;
use super::webhooks::WebhookMetrics;
use crate::limits::Limit;
use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the request durations' buckets, in seconds: from what a room answers by itself to a worker's
/// deadline.
const DURATION_BUCKETS: [f64; 12] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0];

/// All metrics. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    limit_refusals: IntCounterVec,
    /// How well media gets through.
    pub quality: QualityMetrics,
    /// How telling the backend goes.
    pub webhooks: WebhookMetrics,
    /// Peers that have joined, since the start.
    pub joins: IntCounter,
    /// Sockets that were closed because they did not take what was sent to them.
    pub slow_readers: IntCounter,
    /// Connections refused because of `server.max_connections`.
    pub refused_connections: IntCounter,
    /// Connected sockets.
    pub connections: IntGauge,
    /// Rooms.
    pub rooms: IntGauge,
    /// Peers.
    pub peers: IntGauge,
    /// WebRTC transports.
    pub transports: IntGauge,
    /// Producers.
    pub producers: IntGauge,
    /// Consumers.
    pub consumers: IntGauge,
    /// Data producers.
    pub data_producers: IntGauge,
    /// Data consumers.
    pub data_consumers: IntGauge,
    /// Workers that serve.
    pub workers: IntGauge,
    /// Workers that kept dying and stay dead.
    pub workers_given_up: IntGauge,
    /// The weight by which rooms are placed, for each worker.
    pub worker_load: IntGaugeVec,
    worker_restarts: IntCounterVec,
    media_resets: IntCounter,
    /// Whether the database took what was last written.
    pub database_up: IntGauge,
    /// What waits to be written into the database.
    pub database_queue: IntGauge,
    database_written: IntCounter,
    database_dropped: IntCounter,
    /// Two scrapes at once must not count the same thing twice.
    raising: Arc<Mutex<()>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    ///
    /// # Panics
    /// Never: the names are fixed and differ.
    pub fn new() -> Self {
        let registry = Registry::new();
        Self::register(&registry).expect("the metrics' names are valid and differ")
    }

    fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            prometheus::Result::Ok(counter)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            prometheus::Result::Ok(gauge)
        };
        let requests = IntCounterVec::new(
            Opts::new("colloquy_requests_total", "Signaling requests by event and by code (OK or an error code)"),
            &["event", "code"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        let durations = HistogramVec::new(
            HistogramOpts::new("colloquy_request_duration_seconds", "From a request's arrival to its answer")
                .buckets(DURATION_BUCKETS.to_vec()),
            &["event"],
        )?;
        registry.register(Box::new(durations.clone()))?;
        let limit_refusals = IntCounterVec::new(
            Opts::new("colloquy_limit_refusals_total", "What a limit refused or ended, by the limit's key"),
            &["limit"],
        )?;
        registry.register(Box::new(limit_refusals.clone()))?;
        // A limit that was never reached shows as zero.
        for &limit in Limit::ALL {
            limit_refusals.with_label_values(&[limit.key()]);
        }
        let worker_load = IntGaugeVec::new(
            Opts::new(
                "colloquy_worker_load",
                "Weight of what lives in a worker (10 a consumer, 5 a producer, 1 the rest)",
            ),
            &["worker"],
        )?;
        registry.register(Box::new(worker_load.clone()))?;
        let worker_restarts = IntCounterVec::new(
            Opts::new("colloquy_worker_restarts_total", "How often a worker was started again after it had died"),
            &["worker"],
        )?;
        registry.register(Box::new(worker_restarts.clone()))?;
        Ok(Self {
            requests,
            durations,
            limit_refusals,
            worker_load,
            worker_restarts,
            raising: Arc::default(),
            quality: QualityMetrics::register(registry)?,
            webhooks: WebhookMetrics::register(registry)?,
            joins: counter("colloquy_joins_total", "Peers that joined a room")?,
            media_resets: counter("colloquy_media_resets_total", "Peers that were told to set their media up anew")?,
            slow_readers: counter("colloquy_slow_readers_total", "Sockets closed because their send buffer was full")?,
            refused_connections: counter(
                "colloquy_refused_connections_total",
                "Connections refused because of server.max_connections",
            )?,
            database_up: gauge("colloquy_database_up", "1 while the database takes what is written")?,
            database_queue: gauge("colloquy_database_queue", "What happened and waits to be written")?,
            database_written: counter("colloquy_database_written_total", "What happened and was written")?,
            database_dropped: counter("colloquy_database_dropped_total", "What happened and will never be written")?,
            connections: gauge("colloquy_connections", "Connected sockets")?,
            rooms: gauge("colloquy_rooms", "Rooms")?,
            peers: gauge("colloquy_peers", "Peers in all rooms")?,
            transports: gauge("colloquy_transports", "WebRTC transports")?,
            producers: gauge("colloquy_producers", "Producers")?,
            consumers: gauge("colloquy_consumers", "Consumers")?,
            data_producers: gauge("colloquy_data_producers", "Data producers")?,
            data_consumers: gauge("colloquy_data_consumers", "Data consumers")?,
            workers: gauge("colloquy_workers", "Media workers that serve")?,
            workers_given_up: gauge("colloquy_workers_given_up", "Media workers that kept dying and stay dead")?,
            registry: registry.clone(),
        })
    }

    /// Counts an answered request.
    pub fn request(&self, event: &str, code: &str, duration: Duration) {
        self.requests.with_label_values(&[event, code]).inc();
        let histogram: Histogram = self.durations.with_label_values(&[event]);
        histogram.observe(duration.as_secs_f64());
    }

    /// Raises the count of a worker's restarts to `restarts`.
    pub fn worker_restarts(&self, worker: &str, restarts: u32) {
        self.raise(&self.worker_restarts.with_label_values(&[worker]), restarts.into());
    }

    /// Raises the count of peers that were told that their media was lost to `resets`.
    pub fn media_resets(&self, resets: u64) {
        self.raise(&self.media_resets, resets);
    }

    /// Raises the counts of what was written into the database and of what was lost on the way.
    pub fn database(&self, written: u64, dropped: u64) {
        self.raise(&self.database_written, written);
        self.raise(&self.database_dropped, dropped);
    }

    fn raise(&self, counter: &IntCounter, to: u64) {
        let _raising = self.raising.lock().unwrap_or_else(PoisonError::into_inner);
        counter.inc_by(to.saturating_sub(counter.get()));
    }

    /// Raises the count of mediasoup's lines that were left out of the log to `lines`.
    pub fn media_lines_left_out(&self, lines: u64) {
        self.raise(&self.limit_refusals.with_label_values(&[Limit::MediaLines.key()]), lines);
    }

    /// Counts what a limit refused or ended.
    pub fn limit_refusal(&self, limit: Limit) {
        self.limit_refusals.with_label_values(&[limit.key()]).inc();
    }

    /// Everything in Prometheus' text format.
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics could not be encoded");
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_shows_by_event_and_code() {
        let metrics = Metrics::new();
        metrics.request("joinRoom", "ROOM_FULL", Duration::from_millis(3));
        let text = metrics.render();
        assert!(text.contains(r#"colloquy_requests_total{code="ROOM_FULL",event="joinRoom"} 1"#), "{text}");
        assert!(text.contains(r#"colloquy_request_duration_seconds_bucket{event="joinRoom",le="0.005"} 1"#), "{text}");
    }
}

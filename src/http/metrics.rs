//! `GET /metrics`: Prometheus' text format. What is a level rather than a count is read at that moment.

use super::HttpState;
use crate::media::WorkerState;
use crate::telemetry::media_lines;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

/// Metrics for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "probes", responses(
    (status = 200, description = "Prometheus' text format", content_type = "text/plain", body = String),
))]
pub(super) async fn metrics(State(state): State<HttpState>) -> impl IntoResponse {
    let (metrics, rooms) = (&state.metrics, state.rooms.report());
    let set = |gauge: &prometheus::IntGauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    set(&metrics.rooms, rooms.rooms as u64);
    set(&metrics.peers, rooms.peers as u64);
    metrics.media_resets(rooms.media_resets);
    metrics.media_lines_left_out(state.pool.lines_left_out() + media_lines::left_out());
    let database = state.journal.report();
    set(&metrics.database_up, database.ok.into());
    set(&metrics.database_queue, database.queued as u64);
    metrics.database(database.written, database.dropped);
    let (mut transports, mut producers, mut consumers, mut alive, mut given_up) = (0, 0, 0, 0, 0);
    let (mut data_producers, mut data_consumers) = (0, 0);
    for worker in state.pool.reports() {
        transports += u64::from(worker.load.transports);
        producers += u64::from(worker.load.producers);
        consumers += u64::from(worker.load.consumers);
        data_producers += u64::from(worker.load.data_producers);
        data_consumers += u64::from(worker.load.data_consumers);
        alive += u64::from(worker.state == WorkerState::Serving);
        given_up += u64::from(worker.state == WorkerState::GivenUp);
        let id = worker.id.to_string();
        set(&metrics.worker_load.with_label_values(&[&id]), worker.load.weight());
        metrics.worker_restarts(&id, worker.restarts);
    }
    set(&metrics.transports, transports);
    set(&metrics.producers, producers);
    set(&metrics.consumers, consumers);
    set(&metrics.data_producers, data_producers);
    set(&metrics.data_consumers, data_consumers);
    set(&metrics.workers, alive);
    set(&metrics.workers_given_up, given_up);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render())
}

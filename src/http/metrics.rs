//! `GET /metrics`: Prometheus' text format. What is a level rather than a count is read at that moment.

use super::HttpState;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

pub(super) async fn metrics(State(state): State<HttpState>) -> impl IntoResponse {
    let (metrics, rooms) = (&state.metrics, state.rooms.report());
    let set = |gauge: &prometheus::IntGauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    set(&metrics.rooms, rooms.rooms as u64);
    set(&metrics.peers, rooms.peers as u64);
    let (mut transports, mut producers, mut consumers, mut alive) = (0, 0, 0, 0);
    for worker in state.pool.reports() {
        transports += u64::from(worker.load.transports);
        producers += u64::from(worker.load.producers);
        consumers += u64::from(worker.load.consumers);
        alive += u64::from(worker.alive);
        set(&metrics.worker_load.with_label_values(&[worker.id.to_string().as_str()]), worker.load.weight());
    }
    set(&metrics.transports, transports);
    set(&metrics.producers, producers);
    set(&metrics.consumers, consumers);
    set(&metrics.workers, alive);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render())
}

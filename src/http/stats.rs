//! `GET /stats`: what there is on this server. After everyone has left, all counts are 0.

use super::HttpState;
use crate::media::{WorkerReport, WorkerState};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    rooms: usize,
    peers: usize,
    workers: usize,
    transports: u32,
    producers: u32,
    consumers: u32,
    data_producers: u32,
    data_consumers: u32,
    recordings: usize,
    workers_detail: Vec<WorkerReport>,
}

/// What there is on this server
///
/// When everybody has left, all counts but that of the workers are 0.
#[utoipa::path(get, path = "/stats", tag = "probes", responses((status = 200, description = "Counts", body = Stats)))]
pub(super) async fn stats(State(state): State<HttpState>) -> Json<Stats> {
    let report = state.rooms.report();
    let workers_detail = state.pool.reports();
    let sum = |count: fn(&WorkerReport) -> u32| workers_detail.iter().map(count).sum();
    Json(Stats {
        rooms: report.rooms,
        peers: report.peers,
        workers: workers_detail.iter().filter(|worker| worker.state == WorkerState::Serving).count(),
        transports: sum(|worker| worker.load.transports),
        producers: sum(|worker| worker.load.producers),
        consumers: sum(|worker| worker.load.consumers),
        data_producers: sum(|worker| worker.load.data_producers),
        data_consumers: sum(|worker| worker.load.data_consumers),
        recordings: 0,
        workers_detail,
    })
}

//! `GET /calls/{id}/participants`: who took part, and what those do who are there.

use super::super::access::Access;
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::answer::Listed;
use super::names::Names;
use super::paging::{Asked, Paging};
use crate::calls::{Call, CallStatus, Page, Participant};
use crate::ids::PeerId;
use crate::protocol::{Permission, ProducerInfo};
use crate::rooms::ParticipantReport;
use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;
use std::collections::HashMap;
use std::time::Duration;
use utoipa::ToSchema;

/// A room that takes longer to say who is in it has other things to do: the answer goes without that.
const DEADLINE: Duration = Duration::from_secs(2);

/// Somebody's stay in a call.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ParticipantInfo {
    #[serde(flatten)]
    kept: Participant,
    /// What it does; null of those who are gone.
    live: Option<Live>,
}

/// What somebody does who is in a call.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Live {
    /// Whether its socket is gone just now: it may come back.
    reconnecting: bool,
    /// What it publishes.
    producers: Vec<ProducerInfo>,
    /// How many tracks it receives.
    consumers: usize,
}

/// Who takes part, and who did
///
/// In the order of joining. Who left and came back is there twice: a participant is one stay. Only API keys are told
/// `clientIp`.
#[utoipa::path(get, path = "/{id}/participants", operation_id = "listParticipants", tag = "participants",
    security((), ("token" = []), ("apiKey" = [])),
    params(("id" = String, Path, description = "The call's own id, or its `callId`", example = "team-standup"), Paging),
    responses(
        (status = 200, description = "A page of them", body = Listed<ParticipantInfo>),
        problem::Reading, problem::NoSuchCall,
    ))]
pub(super) async fn participants(
    State(desk): State<CallDesk>,
    Extension(access): Extension<Access>,
    names: Names,
    Asked(Paging { limit, cursor }): Asked<Paging>,
) -> Result<Json<Listed<ParticipantInfo>>, Problem> {
    let call = desk.find(&access, Permission::ViewCall, &names.id).await?;
    if call.status == CallStatus::Active && desk.rooms.find(&call.call_id).is_some() {
        desk.catch_up().await;
    }
    let Page { items, next } = desk.store.participants(call.id, cursor, limit).await?;
    let mut live = desk.live(&call).await;
    let items = items.into_iter().map(|mut kept| {
        if !access.caller.operator {
            kept.client_ip = None;
        }
        let live = live.remove(&kept.id);
        if let Some(live) = &live {
            kept.role = live.role.as_str().to_owned();
        }
        ParticipantInfo { kept, live: live.map(Live::from) }
    });
    Ok(Json(Page { items: items.collect(), next }.into()))
}

impl CallDesk {
    /// Who is in its room; nobody if that is not open, or too busy to say.
    async fn live(&self, call: &Call) -> HashMap<PeerId, ParticipantReport> {
        let room = self.rooms.find(&call.call_id).filter(|_| call.status == CallStatus::Active);
        let report = async { room?.report().await.ok() };
        let report = tokio::time::timeout(DEADLINE, report).await.ok().flatten();
        report.into_iter().flat_map(|report| report.participants).map(|one| (one.peer_id, one)).collect()
    }
}

impl From<ParticipantReport> for Live {
    fn from(report: ParticipantReport) -> Self {
        let ParticipantReport { reconnecting, producers, consumers, .. } = report;
        Self { reconnecting, producers, consumers }
    }
}

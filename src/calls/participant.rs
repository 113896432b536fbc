//! Who took part in calls.

use super::columns::{Address, Id};
use super::database::either;
use super::page::page;
use super::{Cursor, Page, Store, StoreError};
use crate::ids::PeerId;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::FromRow;
use std::net::IpAddr;
use utoipa::ToSchema;
use uuid::Uuid;

/// One peer's stay in a call, from its join to its leaving.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// The peer's id.
    #[schema(value_type = Uuid)]
    pub id: PeerId,
    /// Who it is for the application.
    pub user_id: String,
    /// How it is shown.
    pub display_name: Option<String>,
    /// What it is in the call; as it last was.
    pub role: String,
    /// When it came.
    pub joined_at: DateTime<Utc>,
    /// When it was gone for good.
    pub left_at: Option<DateTime<Utc>>,
    /// Why it was gone, by the reasons of signaling.
    pub left_reason: Option<String>,
    /// Whatever the application keeps with it.
    #[schema(value_type = Object)]
    pub metadata: Value,
    /// Where it came from: for operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub client_ip: Option<IpAddr>,
}

#[derive(FromRow)]
struct ParticipantRow {
    id: Id,
    user_id: String,
    display_name: Option<String>,
    role: String,
    joined_at: DateTime<Utc>,
    left_at: Option<DateTime<Utc>>,
    left_reason: Option<String>,
    metadata: Value,
    client_ip: Option<Address>,
}

impl From<ParticipantRow> for Participant {
    fn from(row: ParticipantRow) -> Self {
        Self {
            id: row.id.0.into(),
            user_id: row.user_id,
            display_name: row.display_name,
            role: row.role,
            joined_at: row.joined_at,
            left_at: row.left_at,
            left_reason: row.left_reason,
            metadata: row.metadata,
            client_ip: row.client_ip.map(|address| address.0),
        }
    }
}

impl Store {
    /// Who took part in a call, in the order of joining, after a page that ended there.
    ///
    /// # Errors
    /// The database does not answer. A call that is not there had nobody.
    pub async fn participants(
        &self,
        call: Uuid,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Participant>, StoreError> {
        const SQL: &str = "SELECT id, user_id, display_name, role, joined_at, left_at, left_reason, metadata, \
                           client_ip FROM participants WHERE call_id = $1 AND (joined_at, id) > ($2, $3) \
                           ORDER BY joined_at, id LIMIT $4";
        let after = after.unwrap_or(Cursor { at: DateTime::UNIX_EPOCH, id: Uuid::nil() });
        let answer = async {
            either!(Database, self.database(), pool => {
                let query = sqlx::query_as::<_, ParticipantRow>(SQL).bind(Id(call)).bind(after.at).bind(Id(after.id));
                query.bind(i64::from(limit) + 1).fetch_all(pool).await
            })
        };
        let participants = self.within(answer).await?.into_iter().map(Participant::from).collect();
        let cursor = |last: &Participant| Cursor { at: last.joined_at, id: last.id.into() };
        Ok(page(participants, limit, cursor))
    }
}

//! Calls: from their booking or their room's opening to their end.

use super::columns::{Id, now};
use super::database::either;
use super::page::page;
use super::{Cursor, Page, Store, StoreError, outbox};
use crate::protocol::{CallId, CallPattern, UserId};
use crate::webhooks::{CallRef, Notice, Why};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::FromRow;
use std::time::SystemTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether a call goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum CallStatus {
    /// It can be entered.
    Active,
    /// It is over.
    Ended,
}

/// One call: from its booking, or from its room's opening if nobody booked it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Its own id: a room that is opened again later is another call.
    pub id: Uuid,
    /// The name that clients join by.
    #[schema(value_type = String)]
    pub call_id: CallId,
    /// Whether it goes on.
    pub status: CallStatus,
    /// When it was booked, or its room opened.
    pub created_at: DateTime<Utc>,
    /// When the first participant came.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was over, by the reasons of signaling.
    pub end_reason: Option<String>,
    /// Whether it is recorded just now.
    pub recording: bool,
    /// Whatever the application keeps with it.
    #[schema(value_type = Object)]
    pub metadata: Value,
    /// Participants at once; none: as many as every room takes.
    pub max_participants: Option<u32>,
    /// Whether only those may enter who may open it.
    pub locked: bool,
    /// Who booked it.
    #[schema(value_type = Option<String>)]
    pub created_by: Option<UserId>,
    /// Counts its changes, from 1.
    pub version: i64,
}

/// A call to be booked.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCall {
    /// The name that clients join by; none: its own id as text.
    pub room_id: Option<CallId>,
    /// A JSON object.
    pub metadata: Value,
    /// Participants at once.
    pub max_participants: Option<u32>,
    /// Whether only those may enter who may open it.
    pub locked: bool,
    /// Who books it.
    pub created_by: Option<UserId>,
}

/// What is to change; none: as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallPatch {
    /// A JSON object, instead of what is there.
    pub metadata: Option<Value>,
    /// Participants at once.
    pub max_participants: Option<u32>,
    /// Whether only those may enter who may open it.
    pub locked: Option<bool>,
}

/// How somebody names a call: by its own id, or by its room's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallName(String);

impl CallName {
    /// Takes what stands in a path.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl From<Uuid> for CallName {
    fn from(id: Uuid) -> Self {
        Self(id.to_string())
    }
}

/// Which calls, and how many.
#[derive(Debug, Clone, PartialEq)]
pub struct ListCalls {
    /// Only those whose room's name it matches.
    pub pattern: CallPattern,
    /// Only those.
    pub status: Option<CallStatus>,
    /// Only those of that room.
    pub room_id: Option<CallId>,
    /// After a page that ended there.
    pub before: Option<Cursor>,
    /// At most.
    pub limit: u32,
}

#[derive(FromRow)]
pub(super) struct CallRow {
    id: Id,
    room_id: String,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    status: CallStatus,
    recording: bool,
    metadata: Value,
    version: i64,
    max_participants: Option<i64>,
    locked: bool,
    created_by: Option<String>,
    end_reason: Option<String>,
}

impl CallRow {
    fn call(self) -> Result<Call, StoreError> {
        let fault = |reason: String| {
            tracing::error!(call = %self.id.0, reason, "a call in the database makes no sense");
            StoreError::Fault
        };
        Ok(Call {
            id: self.id.0,
            call_id: CallId::new(&self.room_id).map_err(fault)?,
            status: self.status,
            created_at: self.created_at,
            started_at: self.started_at,
            ended_at: self.ended_at,
            end_reason: self.end_reason,
            recording: self.recording,
            metadata: self.metadata,
            max_participants: self.max_participants.map(|max| u32::try_from(max).unwrap_or(u32::MAX)),
            locked: self.locked,
            created_by: self.created_by.as_deref().map(UserId::new).transpose().map_err(fault)?,
            version: self.version,
        })
    }
}

macro_rules! columns {
    () => {
        "id, room_id, created_at, started_at, ended_at, status, recording, metadata, version, max_participants, \
         locked, created_by, end_reason"
    };
}

/// What both databases can keep: PostgreSQL's JSON has no U+0000.
pub(super) fn checked(metadata: &Value) -> Result<&Value, StoreError> {
    fn has_nul(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(values) => values.iter().any(has_nul),
            Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    match metadata {
        Value::Object(_) if !has_nul(metadata) => Ok(metadata),
        Value::Object(_) => Err(StoreError::Invalid("metadata must not contain the character U+0000")),
        _ => Err(StoreError::Invalid("metadata must be an object")),
    }
}

impl Store {
    /// Books a call. It is active from now on.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if one of that room's name goes on.
    pub async fn create_call(&self, new: NewCall) -> Result<Call, StoreError> {
        const SQL: &str = concat!(
            "INSERT INTO calls (id, room_id, created_at, metadata, max_participants, locked, created_by) ",
            "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ",
            columns!()
        );
        let metadata = checked(&new.metadata)?;
        let id = Uuid::new_v4();
        let room_id = new.room_id.as_ref().map_or_else(|| id.to_string(), |room_id| room_id.as_str().to_owned());
        let answer = async {
            either!(Database, self.database(), pool => {
                let query = sqlx::query_as::<_, CallRow>(SQL).bind(Id(id)).bind(&room_id).bind(now()).bind(metadata);
                let query = query.bind(new.max_participants.map(i64::from)).bind(new.locked);
                query.bind(new.created_by.as_ref().map(UserId::as_str)).fetch_one(pool).await
            })
        };
        self.within(answer).await?.call()
    }

    /// Finds a call by its id; otherwise the one of that room's name that goes on, or the latest that did.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn find_call(&self, name: &CallName) -> Result<Call, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM calls WHERE id = $1 OR room_id = $2 ",
            "ORDER BY CASE WHEN id = $1 THEN 0 WHEN status = 'active' THEN 1 ELSE 2 END, created_at DESC, id DESC ",
            "LIMIT 1"
        );
        // No call has the nil id.
        let id = Id(Uuid::try_parse(&name.0).unwrap_or_default());
        let answer = async {
            either!(Database, self.database(), pool => {
                sqlx::query_as::<_, CallRow>(SQL).bind(id).bind(&name.0).fetch_one(pool).await
            })
        };
        self.within(answer).await?.call()
    }

    /// Calls, the latest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_calls(&self, list: &ListCalls) -> Result<Page<Call>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM calls WHERE (created_at, id) < ($1, $2) AND room_id LIKE $3 ESCAPE '!' ",
            "AND ($4 IS NULL OR status = $4) AND ($5 IS NULL OR room_id = $5) ",
            "ORDER BY created_at DESC, id DESC LIMIT $6"
        );
        let before = list.before.unwrap_or(Cursor { at: DateTime::from_timestamp_nanos(i64::MAX), id: Uuid::max() });
        let answer = async {
            either!(Database, self.database(), pool => {
                let query = sqlx::query_as::<_, CallRow>(SQL).bind(before.at).bind(Id(before.id));
                let query = query.bind(like(&list.pattern)).bind(list.status);
                let query = query.bind(list.room_id.as_ref().map(CallId::as_str));
                query.bind(i64::from(list.limit) + 1).fetch_all(pool).await
            })
        };
        let rows = self.within(answer).await?;
        let calls = rows.into_iter().map(CallRow::call).collect::<Result<_, _>>()?;
        Ok(page(calls, list.limit, |call: &Call| Cursor { at: call.created_at, id: call.id }))
    }

    /// Changes a call, if it is still of that version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if it is of another version.
    pub async fn update_call(
        &self,
        id: Uuid,
        expected_version: Option<i64>,
        patch: CallPatch,
    ) -> Result<Call, StoreError> {
        const SQL: &str = concat!(
            "UPDATE calls SET metadata = COALESCE($2, metadata), ",
            "max_participants = COALESCE($3, max_participants), locked = COALESCE($4, locked), ",
            "version = version + 1 WHERE id = $1 AND ($5 IS NULL OR version = $5) RETURNING ",
            columns!()
        );
        let metadata = patch.metadata.as_ref().map(checked).transpose()?;
        let answer = async {
            either!(Database, self.database(), pool => {
                let query = sqlx::query_as::<_, CallRow>(SQL).bind(Id(id)).bind(metadata);
                let query = query.bind(patch.max_participants.map(i64::from)).bind(patch.locked);
                query.bind(expected_version).fetch_optional(pool).await
            })
        };
        match self.within(answer).await? {
            Some(row) => row.call(),
            None => self.find_call(&id.into()).await.and(Err(StoreError::Changed)),
        }
    }

    /// Ends a call, and says so of one that is over already. Who is in its room is nobody's business here: the room
    /// tells who leaves.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn end_call(&self, id: Uuid, reason: &str) -> Result<Call, StoreError> {
        const SQL: &str = concat!(
            "UPDATE calls SET status = 'ended', ended_at = $2, end_reason = $3, version = version + 1 ",
            "WHERE id = $1 AND status = 'active' RETURNING ",
            columns!()
        );
        // Of a call with a room, the room's end is told when it comes, after the leaving of those who were there.
        const HAD_A_ROOM: &str = "SELECT server_id IS NOT NULL FROM calls WHERE id = $1";
        let answer = async {
            let mut transaction = self.database().begin().await?;
            let ended = either!(Transaction, &mut transaction, connection => {
                let query = sqlx::query_as::<_, CallRow>(SQL).bind(Id(id)).bind(now()).bind(reason);
                let ended = query.fetch_optional(&mut **connection).await?;
                let query = sqlx::query_scalar::<_, bool>(HAD_A_ROOM).bind(Id(id));
                let had_a_room = query.fetch_optional(&mut **connection).await?.unwrap_or_default();
                ended.map(|row| (row, had_a_room))
            });
            if let Some((row, false)) = &ended
                && let Ok(call_id) = CallId::new(&row.room_id)
            {
                let (call, notice) =
                    (CallRef { id, call_id: &call_id }, Notice::CallEnded { reason: Why::Books(reason) });
                outbox::tell(&mut transaction, self.mailer(), call, SystemTime::now(), &notice).await?;
            }
            transaction.commit().await?;
            Ok(ended)
        };
        match self.within(answer).await? {
            Some((row, _)) => {
                self.mailer().wake();
                row.call()
            }
            None => self.find_call(&id.into()).await,
        }
    }
}

/// The pattern as SQL has it.
fn like(pattern: &CallPattern) -> String {
    let escaped = pattern.as_str().chars().flat_map(|c| {
        let (escape, c) = match c {
            '*' => (None, '%'),
            '%' | '_' | '!' => (Some('!'), c),
            c => (None, c),
        };
        escape.into_iter().chain([c])
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_the_same_in_sql() {
        assert_eq!(like(&CallPattern::new("a_b%!c-*x*")), "a!_b!%!!c-%x%");
    }
}

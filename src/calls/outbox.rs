//! What is still to be told to others: the outbox of [`crate::webhooks`] as a table that several servers may share.

use super::columns::{Id, time};
use super::database::{Transaction, either};
use super::{Store, StoreError};
use crate::webhooks::{Backlog, CallRef, Claim, LeasedRow, Mailer, Notice, Outbox, OutboxError, OutboxRow};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use std::time::SystemTime;
use uuid::Uuid;

/// The table, as one server uses it.
#[derive(Debug, Clone)]
pub struct DatabaseOutbox {
    store: Store,
    /// Whose leases are this server's own.
    server: String,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    endpoint: String,
    call_id: Id,
    event_id: String,
    r#type: String,
    path: String,
    payload: String,
    created_at: DateTime<Utc>,
    attempts: i64,
}

impl From<Row> for LeasedRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            row: OutboxRow {
                endpoint: row.endpoint,
                call: row.call_id.0,
                event: row.event_id.parse().unwrap_or_default(),
                event_type: row.r#type,
                path: row.path,
                payload: row.payload,
                created_at: row.created_at.into(),
            },
        }
    }
}

/// Writes what is to be told of something that happened in a call, in the transaction that books it.
pub(super) async fn tell(
    transaction: &mut Transaction,
    mailer: &Mailer,
    call: CallRef<'_>,
    at: SystemTime,
    notice: &Notice<'_>,
) -> Result<(), sqlx::Error> {
    for row in mailer.rows(call, at, notice) {
        insert(transaction, &row).await?;
    }
    Ok(())
}

async fn insert(transaction: &mut Transaction, row: &OutboxRow) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT INTO outbox (endpoint, call_id, event_id, type, path, payload, created_at, \
                       next_attempt_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
    either!(Transaction, transaction, connection => {
        let query = sqlx::query(SQL).bind(&row.endpoint).bind(Id(row.call)).bind(row.event.to_string());
        let query = query.bind(&row.event_type).bind(&row.path).bind(&row.payload).bind(time(row.created_at));
        query.execute(&mut **connection).await.map(drop)
    })
}

impl Store {
    /// Lets go of what a server that is gone had under way: it need not wait for the end of its lease.
    pub(super) async fn release_leases(&self, server: Uuid) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE outbox SET leased_by = NULL, leased_until = NULL WHERE leased_by = $1";
        let answer = async {
            either!(Database, self.database(), pool => {
                sqlx::query(SQL).bind(server.to_string()).execute(pool).await.map(drop)
            })
        };
        self.within(answer).await
    }
}

impl DatabaseOutbox {
    /// For a server of that id; no two have the same.
    pub fn new(store: Store, server: Uuid) -> Self {
        Self { store, server: server.to_string() }
    }

    /// Adds rows that belong to nothing else that is written.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn write(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let answer = async {
            let mut transaction = self.store.database().begin().await?;
            for row in rows {
                insert(&mut transaction, row).await?;
            }
            transaction.commit().await
        };
        self.store.within(answer).await
    }

    async fn lease(
        &self,
        endpoint: &str,
        limit: usize,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<LeasedRow>, StoreError> {
        // Only the first of each call's rows. The lease is looked at again where the row is changed: somebody else may
        // have been quicker.
        const SQL: &str = "UPDATE outbox SET leased_by = $2, leased_until = $3 WHERE id IN (SELECT id \
                           FROM outbox AS this WHERE endpoint = $1 AND next_attempt_at <= $4 \
                           AND (leased_until IS NULL OR leased_until <= $4) \
                           AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.endpoint = this.endpoint \
                           AND earlier.call_id = this.call_id AND earlier.id < this.id) ORDER BY id LIMIT $5) \
                           AND (leased_until IS NULL OR leased_until <= $4) \
                           RETURNING id, endpoint, call_id, event_id, type, path, payload, created_at, attempts";
        let answer = async {
            either!(Database, self.store.database(), pool => {
                let query = sqlx::query_as::<_, Row>(SQL).bind(endpoint).bind(&self.server).bind(until).bind(now);
                query.bind(i64::try_from(limit).unwrap_or(i64::MAX)).fetch_all(pool).await
            })
        };
        Ok(self.store.within(answer).await?.into_iter().map(LeasedRow::from).collect())
    }

    /// When the next row is due, by its time or by the end of its lease.
    async fn next(&self, endpoint: &str, now: DateTime<Utc>) -> Result<Option<SystemTime>, StoreError> {
        const SQL: &str = "SELECT MIN(CASE WHEN leased_until > next_attempt_at THEN leased_until \
                           ELSE next_attempt_at END) FROM outbox \
                           WHERE id IN (SELECT MIN(id) FROM outbox WHERE endpoint = $1 GROUP BY call_id) \
                           AND (next_attempt_at > $2 OR leased_until > $2)";
        let answer = async {
            either!(Database, self.store.database(), pool => {
                sqlx::query_scalar::<_, Option<DateTime<Utc>>>(SQL).bind(endpoint).bind(now).fetch_one(pool).await
            })
        };
        Ok(self.store.within(answer).await?.map(SystemTime::from))
    }
}

impl From<StoreError> for OutboxError {
    fn from(_: StoreError) -> Self {
        Self
    }
}

impl Outbox for DatabaseOutbox {
    async fn claim(
        &self,
        endpoint: &str,
        limit: usize,
        now: SystemTime,
        leased_until: SystemTime,
    ) -> Result<Claim, OutboxError> {
        let rows = self.lease(endpoint, limit, time(now), time(leased_until)).await?;
        let next = if rows.len() < limit { self.next(endpoint, time(now)).await? } else { None };
        Ok(Claim { rows, next })
    }

    async fn remove(&self, id: i64) -> Result<(), OutboxError> {
        const SQL: &str = "DELETE FROM outbox WHERE id = $1 AND leased_by = $2";
        let answer = async {
            either!(Database, self.store.database(), pool => {
                sqlx::query(SQL).bind(id).bind(&self.server).execute(pool).await.map(drop)
            })
        };
        Ok(self.store.within(answer).await?)
    }

    async fn postpone(&self, id: i64, next_attempt_at: SystemTime) -> Result<(), OutboxError> {
        const SQL: &str = "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = $3, leased_by = NULL, \
                           leased_until = NULL WHERE id = $1 AND leased_by = $2";
        let answer = async {
            either!(Database, self.store.database(), pool => {
                let query = sqlx::query(SQL).bind(id).bind(&self.server).bind(time(next_attempt_at));
                query.execute(pool).await.map(drop)
            })
        };
        Ok(self.store.within(answer).await?)
    }

    async fn release(&self, id: i64) -> Result<(), OutboxError> {
        const SQL: &str = "UPDATE outbox SET leased_by = NULL, leased_until = NULL WHERE id = $1 AND leased_by = $2";
        let answer = async {
            either!(Database, self.store.database(), pool => {
                sqlx::query(SQL).bind(id).bind(&self.server).execute(pool).await.map(drop)
            })
        };
        Ok(self.store.within(answer).await?)
    }

    async fn backlog(&self, endpoint: &str) -> Result<Backlog, OutboxError> {
        const SQL: &str = "SELECT COUNT(*), (SELECT created_at FROM outbox WHERE endpoint = $1 ORDER BY id LIMIT 1) \
                           FROM outbox WHERE endpoint = $1";
        let answer = async {
            either!(Database, self.store.database(), pool => {
                sqlx::query_as::<_, (i64, Option<DateTime<Utc>>)>(SQL).bind(endpoint).fetch_one(pool).await
            })
        };
        let (waiting, oldest) = self.store.within(answer).await?;
        Ok(Backlog { waiting: waiting.unsigned_abs(), oldest: oldest.map(SystemTime::from) })
    }

    async fn expire(&self, before: SystemTime, now: SystemTime) -> Result<Vec<String>, OutboxError> {
        const SQL: &str = "DELETE FROM outbox WHERE created_at < $1 AND (leased_until IS NULL OR leased_until <= $2) \
                           RETURNING endpoint";
        let answer = async {
            either!(Database, self.store.database(), pool => {
                sqlx::query_scalar::<_, String>(SQL).bind(time(before)).bind(time(now)).fetch_all(pool).await
            })
        };
        Ok(self.store.within(answer).await?)
    }
}

//! Requests that may come twice: what was answered the first time is answered again.

use super::columns::now;
use super::database::either;
use super::{Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// After that long without an answer, who asked first is taken to be gone: its server ended.
const GIVEN_UP: TimeDelta = TimeDelta::minutes(1);

/// A digest of a request, as text: two requests of one key have to have the same.
pub type RequestHash = str;

/// What to do with a request that has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idempotency {
    /// Carry it out, then [`Store::remember`] the answer, or [`Store::forget`] the key.
    New,
    /// It was carried out: answer this.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// It is being carried out just now.
    InProgress,
    /// The key belongs to another request.
    Reused,
}

#[derive(FromRow)]
struct KeyRow {
    request_hash: String,
    status: Option<i64>,
    body: Option<String>,
}

impl Store {
    /// Looks whether this caller has sent a request with that key before, and takes the key if not.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn idempotent(&self, caller: &str, key: &str, hash: &RequestHash) -> Result<Idempotency, StoreError> {
        const EXPIRE: &str = "DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2 \
                              AND (created_at < $3 OR (status IS NULL AND created_at < $4))";
        const TAKE: &str = "INSERT INTO idempotency_keys (caller, key, request_hash, created_at) \
                            VALUES ($1, $2, $3, $4) ON CONFLICT (caller, key) DO NOTHING";
        const FIND: &str = "SELECT request_hash, status, body FROM idempotency_keys \
                            WHERE caller = $1 AND key = $2";
        let now = now();
        let answer = async {
            either!(Database, self.database(), pool => {
                let query = sqlx::query(EXPIRE).bind(caller).bind(key).bind(now - KEPT).bind(now - GIVEN_UP);
                query.execute(pool).await?;
                let query = sqlx::query(TAKE).bind(caller).bind(key).bind(hash).bind(now);
                if query.execute(pool).await?.rows_affected() == 1 {
                    return Ok(None);
                }
                sqlx::query_as::<_, KeyRow>(FIND).bind(caller).bind(key).fetch_one(pool).await.map(Some)
            })
        };
        Ok(match self.within(answer).await? {
            None => Idempotency::New,
            Some(row) if row.request_hash != hash => Idempotency::Reused,
            Some(KeyRow { status: Some(status), body, .. }) => Idempotency::Answered {
                status: u16::try_from(status).map_err(|_| StoreError::Fault)?,
                body: body.unwrap_or_default(),
            },
            Some(_) => Idempotency::InProgress,
        })
    }

    /// Keeps the answer to a request of that key, for a day.
    ///
    /// # Errors
    /// The database does not answer: a repetition is [`Idempotency::InProgress`] for a minute, then new.
    pub async fn remember(&self, caller: &str, key: &str, status: u16, body: &str) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE idempotency_keys SET status = $3, body = $4 WHERE caller = $1 AND key = $2";
        let answer = async {
            either!(Database, self.database(), pool => {
                let query = sqlx::query(SQL).bind(caller).bind(key).bind(i64::from(status)).bind(body);
                query.execute(pool).await.map(drop)
            })
        };
        self.within(answer).await
    }

    /// Gives the key back of a request that was not carried out: a repetition is new.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget(&self, caller: &str, key: &str) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2 AND status IS NULL";
        let answer = async {
            either!(Database, self.database(), pool => {
                sqlx::query(SQL).bind(caller).bind(key).execute(pool).await.map(drop)
            })
        };
        self.within(answer).await
    }

    /// Deletes what was kept for long enough; says how many.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn expire_idempotency_keys(&self, at: DateTime<Utc>) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM idempotency_keys WHERE created_at < $1";
        let answer = async {
            either!(Database, self.database(), pool => {
                sqlx::query(SQL).bind(at - KEPT).execute(pool).await.map(|done| done.rows_affected())
            })
        };
        self.within(answer).await
    }
}

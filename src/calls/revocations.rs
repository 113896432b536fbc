//! Tokens that hold no longer, until they would have expired by themselves.

use super::columns::{now, time};
use super::database::either;
use super::{Store, StoreError};
use crate::protocol::TokenId;
use chrono::{DateTime, Utc};
use std::time::SystemTime;

/// A token that holds no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedToken {
    /// Its `jti`.
    pub token_id: TokenId,
    /// When it would have expired.
    pub expires_at: SystemTime,
}

impl Store {
    /// Keeps that a token is revoked.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn revoke_token(&self, token: &RevokedToken) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO revoked_tokens (jti, expires_at, revoked_at) VALUES ($1, $2, $3) \
                           ON CONFLICT (jti) DO NOTHING";
        let answer = async {
            either!(Database, self.database(), pool => {
                let query = sqlx::query(SQL).bind(token.token_id.as_str()).bind(time(token.expires_at)).bind(now());
                query.execute(pool).await.map(drop)
            })
        };
        self.within(answer).await
    }

    /// All that are revoked and have not expired.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn revoked_tokens(&self) -> Result<Vec<RevokedToken>, StoreError> {
        const SQL: &str = "SELECT jti, expires_at FROM revoked_tokens WHERE expires_at > $1 ORDER BY expires_at";
        let answer = async {
            either!(Database, self.database(), pool => {
                sqlx::query_as::<_, (String, DateTime<Utc>)>(SQL).bind(now()).fetch_all(pool).await
            })
        };
        let token = |(jti, expires_at): (String, DateTime<Utc>)| RevokedToken {
            token_id: TokenId::new(&jti),
            expires_at: expires_at.into(),
        };
        Ok(self.within(answer).await?.into_iter().map(token).collect())
    }

    /// Deletes those that have expired; says how many.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn expire_revoked_tokens(&self, at: DateTime<Utc>) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM revoked_tokens WHERE expires_at <= $1";
        let answer = async {
            either!(Database, self.database(), pool => {
                sqlx::query(SQL).bind(at).execute(pool).await.map(|done| done.rows_affected())
            })
        };
        self.within(answer).await
    }
}

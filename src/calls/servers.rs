//! The servers that write into this database: what one that is gone left behind is ended at the time it was last seen.

use super::columns::{Id, now};
use super::database::{Transaction, either};
use super::entries::{self, OpenCalls};
use super::{Store, StoreError};
use crate::protocol::{CallId, Reason, UserId};
use crate::rooms::{Entry, Happening};
use crate::webhooks::Mailer;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::SystemTime;
use uuid::Uuid;

/// How long a server that is gone is remembered.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

impl Store {
    /// Makes a server known, and ends what an earlier life of the same node left: that one cannot be any more.
    ///
    /// # Errors
    /// The database does not answer.
    pub(super) async fn enter(&self, server: Uuid, node: &str) -> Result<(), StoreError> {
        const EARLIER: &str = "SELECT id FROM servers WHERE node = $1 AND lost_at IS NULL";
        const ENTER: &str = "INSERT INTO servers (id, node, started_at, last_seen_at) VALUES ($1, $2, $3, $3)";
        let earlier = async {
            either!(Database, self.database(), pool => {
                sqlx::query_scalar::<_, Id>(EARLIER).bind(node).fetch_all(pool).await
            })
        };
        for earlier in self.within(earlier).await? {
            self.lose(earlier.0).await?;
            self.release_leases(earlier.0).await?;
        }
        let enter = async {
            either!(Database, self.database(), pool => {
                sqlx::query(ENTER).bind(Id(server)).bind(node).bind(now()).execute(pool).await.map(drop)
            })
        };
        self.within(enter).await
    }

    /// Ends what those servers left that were last seen before then; forgets those that are long gone.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sweep_servers(&self, seen_before: SystemTime) -> Result<(), StoreError> {
        const LOST: &str = "SELECT id FROM servers WHERE lost_at IS NULL AND last_seen_at < $1";
        const FORGET: &str = "DELETE FROM servers WHERE lost_at < $1";
        let lost = async {
            either!(Database, self.database(), pool => {
                sqlx::query(FORGET).bind(now() - REMEMBERED).execute(pool).await?;
                sqlx::query_scalar::<_, Id>(LOST).bind(DateTime::<Utc>::from(seen_before)).fetch_all(pool).await
            })
        };
        for server in self.within(lost).await? {
            self.lose(server.0).await?;
            self.release_leases(server.0).await?;
        }
        Ok(())
    }

    /// Ends whatever a server left, as of when it was last seen. Two that find it lost at once do it once.
    pub(super) async fn lose(&self, server: Uuid) -> Result<(), StoreError> {
        const LOSE: &str = "UPDATE servers SET lost_at = $2 WHERE id = $1 AND lost_at IS NULL RETURNING last_seen_at";
        // Also those whose end was asked for, and whose rooms did not live to tell of it.
        const CALLS: &str = "SELECT id, room_id FROM calls WHERE server_id = $1 AND (status = 'active' OR EXISTS \
                             (SELECT 1 FROM participants WHERE call_id = calls.id AND left_at IS NULL))";
        let answer = async {
            let mut transaction = self.database().begin().await?;
            let (seen, calls) = either!(Transaction, &mut transaction, connection => {
                let query = sqlx::query_scalar::<_, DateTime<Utc>>(LOSE).bind(Id(server)).bind(now());
                let Some(seen) = query.fetch_optional(&mut **connection).await? else { return Ok(0) };
                let query = sqlx::query_as::<_, (Id, String)>(CALLS).bind(Id(server));
                (seen, query.fetch_all(&mut **connection).await?)
            });
            for (call, room_id) in &calls {
                end(&mut transaction, self.mailer(), server, call.0, room_id, seen.into()).await?;
            }
            transaction.commit().await?;
            self.mailer().wake();
            Ok(calls.len())
        };
        let calls = self.within(answer).await?;
        if calls > 0 {
            tracing::warn!(%server, calls, "ended the calls of a server that is gone, as of when it was last seen");
        }
        Ok(())
    }

    /// Ends those calls of a server that go on in the tables, and of which that says that they have no room.
    pub(super) async fn end_stale(
        &self,
        server: Uuid,
        is_open: &(dyn Fn(&CallId) -> bool + Send + Sync),
    ) -> Result<(), StoreError> {
        const CALLS: &str = "SELECT id, room_id FROM calls WHERE server_id = $1 AND status = 'active'";
        let answer = async {
            let mut transaction = self.database().begin().await?;
            let calls = either!(Transaction, &mut transaction, connection => {
                let query = sqlx::query_as::<_, (Id, String)>(CALLS).bind(Id(server));
                query.fetch_all(&mut **connection).await?
            });
            for (call, room_id) in calls {
                if !CallId::new(&room_id).is_ok_and(|room_id| is_open(&room_id)) {
                    end(&mut transaction, self.mailer(), server, call.0, &room_id, SystemTime::now()).await?;
                }
            }
            transaction.commit().await
        };
        self.within(answer).await?;
        self.mailer().wake();
        Ok(())
    }
}

/// Ends a call, and first the stays of those who are in it, as their room would have told it.
async fn end(
    transaction: &mut Transaction,
    mailer: &Mailer,
    server: Uuid,
    call: Uuid,
    room_id: &str,
    at: SystemTime,
) -> Result<(), sqlx::Error> {
    const PARTICIPANTS: &str = "SELECT id, user_id FROM participants WHERE call_id = $1 AND left_at IS NULL \
                                ORDER BY joined_at, id";
    let decoding = |reason: String| sqlx::Error::Decode(reason.into());
    let call_id = CallId::new(room_id).map_err(decoding)?;
    let participants = either!(Transaction, &mut *transaction, connection => {
        sqlx::query_as::<_, (Id, String)>(PARTICIPANTS).bind(Id(call)).fetch_all(&mut **connection).await?
    });
    let mut calls = OpenCalls::of(call_id.clone(), call);
    let reason = Reason::ServerLost;
    for (peer, user_id) in participants {
        let user_id = UserId::new(&user_id).map_err(decoding)?;
        let happening = Happening::Left { peer_id: peer.0.into(), user_id, reason };
        entries::write(transaction, mailer, server, &mut calls, &Entry { call_id: call_id.clone(), at, happening })
            .await?;
    }
    entries::write(
        transaction,
        mailer,
        server,
        &mut calls,
        &Entry { call_id, at, happening: Happening::Closed { reason } },
    )
    .await
}

/// What the tables know of a server.
pub(super) struct Standing {
    /// The number of its last entry that is written.
    pub written: i64,
    /// Whether others took it for lost.
    pub lost: bool,
}

/// Reads it; none once it is forgotten.
pub(super) async fn standing(transaction: &mut Transaction, server: Uuid) -> Result<Option<Standing>, sqlx::Error> {
    const SQL: &str = "SELECT written, lost_at IS NOT NULL FROM servers WHERE id = $1";
    let row = either!(Transaction, transaction, connection => {
        sqlx::query_as::<_, (i64, bool)>(SQL).bind(Id(server)).fetch_optional(&mut **connection).await?
    });
    Ok(row.map(|(written, lost)| Standing { written, lost }))
}

/// Says that a server is there, and how far it has come.
pub(super) async fn touch(
    transaction: &mut Transaction,
    server: Uuid,
    node: &str,
    written: i64,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT INTO servers (id, node, started_at, last_seen_at, written) VALUES ($1, $2, $3, $3, $4) \
                       ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at, \
                       written = excluded.written, lost_at = NULL";
    either!(Transaction, transaction, connection => {
        let query = sqlx::query(SQL).bind(Id(server)).bind(node).bind(now()).bind(written);
        query.execute(&mut **connection).await.map(drop)
    })
}

/// Takes back that calls were ended because their server seemed lost.
pub(super) async fn revive(transaction: &mut Transaction, calls: &OpenCalls) -> Result<(), sqlx::Error> {
    const CALL: &str = "UPDATE calls SET status = 'active', ended_at = NULL, end_reason = NULL, \
                        version = version + 1 WHERE id = $1 AND end_reason = 'server_lost' AND NOT EXISTS \
                        (SELECT 1 FROM calls other WHERE other.room_id = calls.room_id AND other.status = 'active')";
    const PARTICIPANTS: &str = "UPDATE participants SET left_at = NULL, left_reason = NULL \
                                WHERE call_id = $1 AND left_reason = 'server_lost'";
    tracing::warn!("others took this server for lost while the database was away from it: its calls go on");
    for call in calls.known() {
        either!(Transaction, &mut *transaction, connection => {
            if sqlx::query(CALL).bind(Id(call)).execute(&mut **connection).await?.rows_affected() == 1 {
                sqlx::query(PARTICIPANTS).bind(Id(call)).execute(&mut **connection).await?;
            }
        });
    }
    Ok(())
}

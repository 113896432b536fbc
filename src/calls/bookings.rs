//! Calls that were booked and to which nobody came yet.

use super::columns::{Id, now, time};
use super::database::either;
use super::{Store, StoreError, outbox};
use crate::protocol::CallId;
use crate::rooms::RoomOptions;
use crate::webhooks::{CallRef, Notice, Why};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// Why a booking ends that nobody came to.
const UNUSED: &str = "unused";

impl Store {
    /// All of them, for the rooms to know, the oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn bookings(&self) -> Result<Vec<(CallId, RoomOptions)>, StoreError> {
        const SQL: &str = "SELECT room_id, max_participants, locked FROM calls \
                           WHERE status = 'active' AND server_id IS NULL ORDER BY created_at, id";
        let answer = async {
            either!(Database, self.database(), pool => {
                sqlx::query_as::<_, (String, Option<i64>, bool)>(SQL).fetch_all(pool).await
            })
        };
        let booking = |(room_id, max_peers, locked): (String, Option<i64>, bool)| {
            let max_peers = max_peers.and_then(|max| usize::try_from(max).ok());
            Some((CallId::new(&room_id).ok()?, RoomOptions { max_peers, locked }))
        };
        Ok(self.within(answer).await?.into_iter().filter_map(booking).collect())
    }

    /// Ends those that were booked that long ago, and says which.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_unused(&self, after: Duration) -> Result<Vec<(Uuid, CallId)>, StoreError> {
        const SQL: &str = "UPDATE calls SET status = 'ended', ended_at = $1, end_reason = $3, \
                           version = version + 1 \
                           WHERE status = 'active' AND server_id IS NULL AND created_at < $2 RETURNING id, room_id";
        let before = SystemTime::now() - after;
        let reason = Why::Books(UNUSED);
        let answer = async {
            let mut transaction = self.database().begin().await?;
            let ended = either!(Transaction, &mut transaction, connection => {
                let query = sqlx::query_as::<_, (Id, String)>(SQL).bind(now()).bind(time(before)).bind(UNUSED);
                query.fetch_all(&mut **connection).await?
            });
            let named = |(id, room_id): (Id, String)| Some((id.0, CallId::new(&room_id).ok()?));
            let ended: Vec<_> = ended.into_iter().filter_map(named).collect();
            for (id, call_id) in &ended {
                let call = CallRef { id: *id, call_id };
                let notice = Notice::CallEnded { reason };
                outbox::tell(&mut transaction, self.mailer(), call, SystemTime::now(), &notice).await?;
            }
            transaction.commit().await?;
            Ok(ended)
        };
        let ended = self.within(answer).await?;
        self.mailer().wake();
        Ok(ended)
    }
}

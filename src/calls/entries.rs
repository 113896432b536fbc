//! What an entry of the books changes in the tables.

use super::columns::{Address, Id, time};
use super::database::{Transaction, either};
use super::{AuditRecord, audit, outbox};
use crate::protocol::{CallId, Moderation, Reason};
use crate::rooms::{Entry, Happening};
use crate::webhooks::{CallRef, Mailer, Notice};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// Which call each room of one server is of, as far as its entries are in the tables.
#[derive(Debug, Default)]
pub(super) struct OpenCalls {
    known: HashMap<CallId, Uuid>,
    /// By the transaction that is under way.
    changed: HashMap<CallId, Option<Uuid>>,
}

impl OpenCalls {
    /// Of one call.
    pub fn of(room_id: CallId, call: Uuid) -> Self {
        Self { known: HashMap::from([(room_id, call)]), changed: HashMap::new() }
    }

    /// The transaction is written.
    pub fn commit(&mut self) {
        for (room_id, call) in self.changed.drain() {
            match call {
                Some(call) => self.known.insert(room_id, call),
                None => self.known.remove(&room_id),
            };
        }
    }

    /// The transaction is not written.
    pub fn roll_back(&mut self) {
        self.changed.clear();
    }

    /// All that are written.
    pub fn known(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.known.values().copied()
    }

    fn get(&self, room_id: &CallId) -> Option<Uuid> {
        self.changed.get(room_id).copied().unwrap_or_else(|| self.known.get(room_id).copied())
    }
}

/// Writes an entry of a room on that server.
pub(super) async fn write(
    transaction: &mut Transaction,
    mailer: &Mailer,
    server: Uuid,
    calls: &mut OpenCalls,
    entry: &Entry,
) -> Result<(), sqlx::Error> {
    let known = match &entry.happening {
        Happening::Opened => None,
        _ => calls.get(&entry.call_id),
    };
    let call = match known {
        Some(call) => call,
        // Of a room whose opening found no place in the queue, too.
        None => {
            let call = open(transaction, server, entry).await?;
            calls.changed.insert(entry.call_id.clone(), Some(call));
            let call_ref = CallRef { id: call, call_id: &entry.call_id };
            outbox::tell(transaction, mailer, call_ref, entry.at, &Notice::CallStarted).await?;
            call
        }
    };
    match &entry.happening {
        Happening::Opened | Happening::Quality(_) => {}
        Happening::Joined { .. } => join(transaction, call, entry).await?,
        Happening::Left { peer_id, reason, .. } => {
            leave(transaction, (*peer_id).into(), *reason, entry).await?;
        }
        Happening::Moderated { action, .. } => moderate(transaction, call, action, entry).await?,
        Happening::Closed { reason } => {
            close(transaction, call, *reason, entry).await?;
            calls.changed.insert(entry.call_id.clone(), None);
        }
    }
    match Notice::of(&entry.happening) {
        Some(notice) => {
            let call = CallRef { id: call, call_id: &entry.call_id };
            outbox::tell(transaction, mailer, call, entry.at, &notice).await
        }
        None => Ok(()),
    }
}

/// The call that was booked for the room, or a new one.
async fn open(transaction: &mut Transaction, server: Uuid, entry: &Entry) -> Result<Uuid, sqlx::Error> {
    const SQL: &str = "INSERT INTO calls (id, room_id, created_at, server_id) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (room_id) WHERE status = 'active' DO UPDATE SET server_id = excluded.server_id \
                       RETURNING id";
    either!(Transaction, transaction, connection => {
        let query = sqlx::query_scalar::<_, Id>(SQL).bind(Id(Uuid::new_v4())).bind(entry.call_id.as_str());
        query.bind(time(entry.at)).bind(Id(server)).fetch_one(&mut **connection).await.map(|id| id.0)
    })
}

async fn join(transaction: &mut Transaction, call: Uuid, entry: &Entry) -> Result<(), sqlx::Error> {
    const PARTICIPANT: &str = "INSERT INTO participants (id, call_id, user_id, role, joined_at, client_ip, \
                               display_name) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    const CALL: &str = "UPDATE calls SET started_at = $2 WHERE id = $1 AND started_at IS NULL";
    let Happening::Joined { peer_id, user_id, display_name, role, address } = &entry.happening else { return Ok(()) };
    either!(Transaction, transaction, connection => {
        let query = sqlx::query(PARTICIPANT).bind(Id((*peer_id).into())).bind(Id(call)).bind(user_id.as_str());
        let query = query.bind(role.as_str()).bind(time(entry.at)).bind(address.map(Address));
        let query = query.bind(display_name.as_ref().map(|name| name.as_str()));
        query.execute(&mut **connection).await?;
        sqlx::query(CALL).bind(Id(call)).bind(time(entry.at)).execute(&mut **connection).await.map(drop)
    })
}

/// What was taken for lost, and was not, is told by who knows better.
async fn leave(transaction: &mut Transaction, peer: Uuid, reason: Reason, entry: &Entry) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE participants SET left_at = $2, left_reason = $3 \
                       WHERE id = $1 AND (left_at IS NULL OR left_reason = 'server_lost')";
    either!(Transaction, transaction, connection => {
        let query = sqlx::query(SQL).bind(Id(peer)).bind(time(entry.at)).bind(name(&reason));
        query.execute(&mut **connection).await.map(drop)
    })
}

async fn moderate(
    transaction: &mut Transaction,
    call: Uuid,
    action: &Moderation,
    entry: &Entry,
) -> Result<(), sqlx::Error> {
    const ROLE: &str = "UPDATE participants SET role = $2 WHERE id = $1";
    const LOCK: &str = "UPDATE calls SET locked = $2, version = version + 1 WHERE id = $1 AND locked <> $2";
    let Happening::Moderated { by, user_id, .. } = &entry.happening else { return Ok(()) };
    let (action_name, details) = match action {
        Moderation::Kick(kick) => ("kick", details(kick)),
        Moderation::Mute(mute) => ("mute", details(mute)),
        Moderation::SetRole(role) => ("setRole", details(role)),
        Moderation::Lock(lock) => ("lock", details(lock)),
        Moderation::Close => ("close", Value::Object(Default::default())),
    };
    match action {
        Moderation::SetRole(set) => either!(Transaction, transaction, connection => {
            let query = sqlx::query(ROLE).bind(Id(set.peer_id.into())).bind(set.role.as_str());
            query.execute(&mut **connection).await.map(drop)
        })?,
        Moderation::Lock(lock) => either!(Transaction, transaction, connection => {
            sqlx::query(LOCK).bind(Id(call)).bind(lock.locked).execute(&mut **connection).await.map(drop)
        })?,
        Moderation::Kick(_) | Moderation::Mute(_) | Moderation::Close => {}
    }
    let record = AuditRecord {
        id: Uuid::new_v4(),
        at: entry.at,
        actor: by.as_ref().map(ToString::to_string),
        action: action_name.into(),
        call_id: Some(entry.call_id.to_string()),
        target: user_id.as_ref().map(ToString::to_string),
        details,
        client_ip: None,
    };
    audit::write(transaction, &record).await
}

/// Whoever is still there left with it: those whose leaving found no place in the queue.
async fn close(transaction: &mut Transaction, call: Uuid, reason: Reason, entry: &Entry) -> Result<(), sqlx::Error> {
    const PARTICIPANTS: &str = "UPDATE participants SET left_at = $2, left_reason = $3 \
                                WHERE call_id = $1 AND left_at IS NULL";
    const CALL: &str = "UPDATE calls SET status = 'ended', ended_at = $2, end_reason = $3, version = version + 1 \
                        WHERE id = $1 AND (status = 'active' OR end_reason = 'server_lost')";
    either!(Transaction, transaction, connection => {
        for sql in [PARTICIPANTS, CALL] {
            let query = sqlx::query(sql).bind(Id(call)).bind(time(entry.at)).bind(name(&reason));
            query.execute(&mut **connection).await?;
        }
        Ok(())
    })
}

/// The name on the wire.
fn name(reason: &Reason) -> String {
    match serde_json::to_value(reason) {
        Ok(Value::String(name)) => name,
        _ => format!("{reason:?}"),
    }
}

fn details(action: &impl Serialize) -> Value {
    serde_json::to_value(action).unwrap_or_default()
}

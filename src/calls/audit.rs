//! Who did what only some may do.

use super::columns::{Address, Id, time};
use super::database::{Transaction, either};
use serde_json::Value;
use std::net::IpAddr;
use std::time::SystemTime;
use uuid::Uuid;

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// Names it: written twice, it is there once.
    pub id: Uuid,
    /// When.
    pub at: SystemTime,
    /// Who: a user or a key's id; none: somebody who showed nothing.
    pub actor: Option<String>,
    /// What, such as `kick` or `token.issue`.
    pub action: String,
    /// The call's name (or a pattern) that it was about.
    pub call_id: Option<String>,
    /// The user or the token that it was done to.
    pub target: Option<String>,
    /// What else is to know.
    pub details: Value,
    /// Where it was asked from.
    pub client_ip: Option<IpAddr>,
}

const SQL: &str = "INSERT INTO audit_log (id, at, actor, action, call_id, target, details, client_ip) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";

/// Adds a line.
pub(super) async fn write(transaction: &mut Transaction, record: &AuditRecord) -> Result<(), sqlx::Error> {
    either!(Transaction, transaction, connection => {
        let query = sqlx::query(SQL).bind(Id(record.id)).bind(time(record.at)).bind(&record.actor);
        let query = query.bind(&record.action).bind(&record.call_id).bind(&record.target);
        let query = query.bind(&record.details).bind(record.client_ip.map(Address));
        query.execute(&mut **connection).await.map(drop)
    })
}

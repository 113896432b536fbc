//! Calls in a database: what there was and is, who took part, and what has to outlive this process. SQLite in a file
//! beside the server, or PostgreSQL; one text of SQL for both. Depends on the signaling's vocabulary and on what rooms
//! tell of themselves; the only module that names sqlx.

mod audit;
mod bookings;
mod call;
mod columns;
mod database;
mod entries;
mod error;
mod idempotency;
mod journal;
mod keeper;
mod outbox;
mod page;
mod participant;
mod revocations;
mod servers;
mod store;
mod writer;

pub use audit::AuditRecord;
pub use call::{Call, CallName, CallPatch, CallStatus, ListCalls, NewCall};
pub use database::{DatabaseSettings, OpenError};
pub use error::StoreError;
pub use idempotency::{Idempotency, RequestHash};
pub use journal::{Journal, JournalReport, JournalSettings};
pub use keeper::{Keeper, KeptRooms};
pub use outbox::DatabaseOutbox;
pub use page::{Cursor, Page};
pub use participant::Participant;
pub use revocations::RevokedToken;
pub use store::Store;

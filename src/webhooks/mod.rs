//! Tells the application's backend what happens in calls: signed HTTP requests (Standard Webhooks), from an outbox that
//! outlives the server. What happened becomes rows of the outbox in the transaction that books it ([`Mailer`]); one
//! task for each endpoint takes them out again and sends them ([`Deliverer`]): those of one call in their order, each at
//! least once, each under the same id however often it is sent.
//!
//! Knows no database: an [`Outbox`] is what keeps the rows.

mod backoff;
mod courier;
mod deliverer;
mod endpoint;
mod event;
mod mailer;
mod outbox;
mod sender;
mod signature;
#[cfg(test)]
mod tests;

pub use backoff::Backoff;
pub use deliverer::{Deliverer, DeliveryParts, DeliverySettings};
pub use endpoint::{BACKEND, Endpoint};
pub use event::{CallRef, EventType, Notice, Participant, Why};
pub use mailer::{Mailer, Subscription};
pub use outbox::{Backlog, Claim, Clock, LeasedRow, Outbox, OutboxError, OutboxRow};
pub use sender::{Outcome, Post, Sender, Timeouts};
pub use signature::{Signer, SigningSecret};

//! Who asks, and what it may: tokens and API keys, and the gate that tells from them. Knows no rooms and no HTTP.

mod api_keys;
mod audit;
mod claims;
mod gate;
mod issue;
mod issuers;
mod jwk;
mod keys;
mod refusal;
mod revocations;
#[cfg(test)]
mod tests;
mod verify;

pub use api_keys::{ApiKey, ApiKeySettings, ApiSecret, NoSecret};
pub use audit::{Deed, OnDeed};
pub use gate::{Credentials, Gate, GateListeners, GateSettings, OnRevoked};
pub use issue::{IssueError, Issued, Order};
pub use issuers::{IssuerSettings, KeySource};
pub use jwk::{Jwk, Jwks};
pub use keys::{KeyError, NoKeys};
pub use refusal::Refusal;
pub use revocations::{Revocation, RevocationStore, StoreAway};

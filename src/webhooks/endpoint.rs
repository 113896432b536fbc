//! Who is told.

use super::Signer;

/// The name of the application's own backend (`backend.url`): no endpoint can have it, for it has a dot.
pub const BACKEND: &str = "backend.url";

/// Where to send something.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// In rows, logs and metrics.
    pub name: String,
    /// What a row's path is added to.
    pub url: String,
    /// Signs what is sent.
    pub signer: Signer,
}

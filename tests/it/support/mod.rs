//! What scenarios are made of: a server, clients, and media parameters.

pub mod auth;
pub mod client;
pub mod fixtures;
pub mod flows;
pub mod inbox;
pub mod polling;
pub mod postgres;
pub mod random;
pub mod raw;
pub mod receiver;
pub mod redact;
pub mod rest;
pub mod rtc;
pub mod scene;
pub mod server;
pub mod tables;

pub use client::Client;
pub use inbox::{Answer, Pending, Refusal};
pub use server::TestServer;

use std::time::Duration;

/// How long anything awaited may take; a scenario that waits longer has failed.
pub const DEADLINE: Duration = Duration::from_secs(10);

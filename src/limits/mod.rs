//! What the server refuses so that nobody can take it away from the others: the limits' names, and the bookkeeping of
//! those that hold for a client's address. Depends on nothing of the server.

mod address;
mod key;
mod meter;
mod places;
mod proxies;
mod rate;
mod visit;

pub use address::{ClientAddress, ClientIp};
pub use key::Limit;
pub use meter::Meter;
pub use places::{Full, Place, Places};
pub use proxies::{ForwardedHeader, Proxies};
pub use rate::{Pace, Paces, Rate};
pub use visit::Visit;

use std::sync::Arc;

/// Hears of everything that a limit refuses or ends.
pub type OnLimit = Arc<dyn Fn(Limit) + Send + Sync>;

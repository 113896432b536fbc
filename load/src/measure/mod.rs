//! What is counted while a server is under load.

mod distribution;
mod report;
mod tally;

pub use distribution::Distribution;
pub use report::{Finding, Machine, OwnLoad, Phase, Report, Second, ServerLoad, WorkerLoad};
pub use tally::{ErrorCode, Step, Tally};

//! What the server says about itself: logs and metrics. Knows none of the rest.

pub mod logging;
pub mod media_lines;
pub mod metrics;
pub mod quality;
pub mod webhooks;

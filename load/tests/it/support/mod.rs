//! What tests share.

pub mod caller;
pub mod path;
pub mod place;
pub mod server;
pub mod slow;
pub mod tool;

use colloquy_load::measure::Tally;
use colloquy_load::rtc::Link;
use std::time::Duration;
use tokio::time::{interval, timeout};

/// Nothing takes longer that works, on a machine with other things to do.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Waits until a link has counted something; gives all that it has counted until then.
///
/// # Panics
/// With `what` and the counts, when it does not come true in time.
pub async fn until(link: &Link, what: &str, mut condition: impl FnMut(&Tally) -> bool) -> Tally {
    let mut tally = Tally::default();
    let counted = timeout(DEADLINE, async {
        let mut often = interval(Duration::from_millis(20));
        loop {
            often.tick().await;
            tally.add(&link.take());
            if condition(&tally) {
                return;
            }
        }
    });
    assert!(counted.await.is_ok(), "waiting for {what}: {tally:#?} {:?}", link.ended());
    tally
}

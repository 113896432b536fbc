//! One of a run's processes, from inside.

use super::crowd::{Crowd as _, Here};
use super::processes::{Order, Told};
use crate::observe::Observer;
use crate::rtc::Meter;
use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Takes an order, carries it out, and tells of it whenever it is asked. Ends when the other side does.
///
/// # Errors
/// When there is no order, or nobody to tell.
pub async fn serve(from: impl AsyncBufRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut lines = from.lines();
    let order = lines.next_line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let order: Order = serde_json::from_str(&order)?;
    let meter = Meter::default();
    let stop = CancellationToken::new();
    let mut crowd = Here::new(&order, &meter, stop.clone());
    let mut observer = Observer::new(None, meter);
    while let Some(_asked) = lines.next_line().await? {
        crowd.ledger().ask();
        sleep(crowd.grace()).await;
        tell(&crowd, &mut observer, &mut to).await?;
    }
    stop.cancel();
    // Who does not leave in time is ended, which the one that gave the order counts.
    let left = timeout(super::LEAVE_DEADLINE, crowd.gone()).await;
    crowd.end().await;
    tell(&crowd, &mut observer, &mut to).await?;
    left.map_err(|_| io::ErrorKind::TimedOut.into())
}

async fn tell(crowd: &Here, observer: &mut Observer, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    let ledger = crowd.ledger();
    let (_, own) = observer.look().await;
    let told = Told { tally: ledger.take(), present: ledger.present(), arrived: ledger.arrived(), own };
    to.write_all(format!("{}\n", serde_json::to_string(&told)?).as_bytes()).await?;
    to.flush().await
}

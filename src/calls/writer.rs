//! The one task that writes what happens, in its order: many entries in one transaction, each exactly once.

use super::entries::{self, OpenCalls};
use super::error::is_passing;
use super::journal::{Item, Progress};
use super::{Store, audit, servers};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Entries in one transaction at most.
const BATCH: usize = 256;
/// How long a transaction may take: a full one, with a database that is some milliseconds away.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often the database hears of this server when there is nothing to write.
pub(super) const PULSE: Duration = Duration::from_secs(10);
/// Pauses between attempts: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) struct Writer {
    store: Store,
    server: Uuid,
    node: String,
    inbox: mpsc::Receiver<Item>,
    progress: Arc<Progress>,
    calls: OpenCalls,
    /// How many entries are in the tables: the number of the last.
    written: i64,
}

impl Writer {
    pub fn new(store: Store, server: Uuid, node: String, inbox: mpsc::Receiver<Item>, progress: Arc<Progress>) -> Self {
        Self { store, server, node, inbox, progress, calls: OpenCalls::default(), written: 0 }
    }

    /// Writes until it is told to close and nothing is left.
    pub async fn run(mut self, closing: CancellationToken) {
        let mut pulse = tokio::time::interval_at(Instant::now() + PULSE, PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                biased;
                () = closing.cancelled(), if !self.inbox.is_closed() => self.inbox.close(),
                taken = self.inbox.recv_many(&mut batch, BATCH) => match taken {
                    0 => break,
                    _ => self.settle(&batch).await,
                },
                _ = pulse.tick() => self.settle(&[]).await,
            }
            batch.clear();
        }
        // Nothing should be left to end: only what found the queue full.
        if let Err(error) = self.store.lose(self.server).await {
            tracing::warn!(%error, "the database does not know that this server has ended");
        }
    }

    /// Writes a batch, however long the database is away. What it refuses for good is left out, alone.
    async fn settle(&mut self, batch: &[Item]) {
        let Err(error) = self.insist(batch).await else { return self.progress.wrote(batch.len()) };
        tracing::error!(%error, entries = batch.len(), "the database refuses what it should write");
        // One by one, to lose no more than what is at fault.
        for item in batch {
            match self.insist(std::slice::from_ref(item)).await {
                Ok(()) => self.progress.wrote(1),
                Err(error) => {
                    tracing::error!(%error, room = item.room(), "an entry is not written");
                    self.progress.gave_up_one();
                }
            }
        }
    }

    /// Tries until it is written or refused for good.
    async fn insist(&mut self, batch: &[Item]) -> Result<(), sqlx::Error> {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match tokio::time::timeout(DEADLINE, self.attempt(batch)).await {
                Ok(Ok(())) => {
                    self.progress.attempted(true);
                    return Ok(());
                }
                Ok(Err(error)) if !is_passing(&error) => return Err(error),
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {} s", DEADLINE.as_secs()),
            };
            self.progress.attempted(false);
            tracing::warn!(error, entries = batch.len(), "the database does not take what is to be written: it waits");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&mut self, batch: &[Item]) -> Result<(), sqlx::Error> {
        let last = self.written + i64::try_from(batch.len()).unwrap_or(i64::MAX);
        let mut transaction = self.store.database().begin().await?;
        let standing = servers::standing(&mut transaction, self.server).await?;
        // The answer to an earlier attempt was lost, and it was good.
        let done = standing.as_ref().is_some_and(|standing| !batch.is_empty() && standing.written >= last);
        if !done {
            self.calls.roll_back();
            if standing.is_none_or(|standing| standing.lost) {
                servers::revive(&mut transaction, &self.calls).await?;
            }
            for item in batch {
                match item {
                    Item::Entry(entry) => {
                        entries::write(&mut transaction, self.store.mailer(), self.server, &mut self.calls, entry)
                            .await?;
                    }
                    Item::Audit(record) => audit::write(&mut transaction, record).await?,
                }
            }
            servers::touch(&mut transaction, self.server, &self.node, last).await?;
        }
        transaction.commit().await?;
        self.calls.commit();
        self.store.mailer().wake();
        self.written = last;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::DatabaseSettings;
    use crate::protocol::{CallId, Reason};
    use crate::rooms::{Entry, Happening};
    use std::time::SystemTime;

    #[tokio::test]
    async fn what_was_written_though_the_answer_was_lost_is_not_written_again() {
        let settings = DatabaseSettings {
            url: "sqlite::memory:".into(),
            max_connections: 1,
            connect_deadline: DEADLINE,
            request_deadline: DEADLINE,
        };
        let store = Store::open(&settings).await.expect("opens");
        let (_sender, inbox) = mpsc::channel(1);
        let progress = Arc::new(Progress::new(10));
        let mut writer = Writer::new(store.clone(), Uuid::new_v4(), "a".into(), inbox, progress);
        let entry = |happening| {
            Item::Entry(Entry { call_id: CallId::new("c").expect("a name"), at: SystemTime::now(), happening })
        };
        let first = [entry(Happening::Opened), entry(Happening::Closed { reason: Reason::Left })];
        writer.attempt(&first).await.expect("is written");
        writer.written = 0;
        writer.attempt(&first).await.expect("is not written again");
        writer.attempt(&[entry(Happening::Opened)]).await.expect("is written");
        let crate::calls::database::Database::Sqlite(pool) = store.database() else { panic!("SQLite") };
        let calls = sqlx::query_scalar::<_, String>("SELECT status FROM calls ORDER BY created_at").fetch_all(pool);
        assert_eq!(calls.await.expect("rows"), ["ended", "active"]);
    }
}

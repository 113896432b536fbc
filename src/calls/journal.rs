//! The way into the database that never keeps anybody waiting: what is to be written is put into a queue with a bound,
//! and one task writes it in its order. While the database is slow or away the queue grows; what finds it full is lost,
//! counted, and nothing else happens.

use super::writer::Writer;
use super::{AuditRecord, Store, StoreError};
use crate::limits::{Limit, OnLimit};
use crate::rooms::{Entry, Happening, OnEntry};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// What the journal needs to know.
#[derive(Clone)]
pub struct JournalSettings {
    /// This server's name, the same after a restart.
    pub node: String,
    /// What may wait to be written, at most.
    pub queue: usize,
    /// Hears of what finds the queue full.
    pub on_limit: OnLimit,
}

/// How the writing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalReport {
    /// Whether the last attempt to write was good.
    pub ok: bool,
    /// For how long that has been so.
    pub since: Duration,
    /// What waits to be written.
    pub queued: usize,
    /// How much may.
    pub max_queued: usize,
    /// What was written, since the start.
    pub written: u64,
    /// What was lost, since the start.
    pub dropped: u64,
}

/// Something to write.
#[derive(Debug)]
pub(super) enum Item {
    /// Of a room.
    Entry(Entry),
    /// Of the audit log.
    Audit(AuditRecord),
}

impl Item {
    /// What the log may say of it: nobody's address.
    pub fn room(&self) -> Option<&str> {
        match self {
            Self::Entry(entry) => Some(entry.call_id.as_str()),
            Self::Audit(record) => record.call_id.as_deref(),
        }
    }
}

/// Takes what is to be written. Cheap to clone.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    inbox: mpsc::Sender<Item>,
    progress: Arc<Progress>,
    server: Uuid,
    on_limit: OnLimit,
    closing: CancellationToken,
    task: TaskTracker,
}

/// What queue and writer know of each other.
pub(super) struct Progress {
    max_queued: usize,
    queued: AtomicUsize,
    /// What was ever put into the queue.
    placed: AtomicU64,
    /// What of it has come out again, written or given up.
    settled: watch::Sender<u64>,
    written: AtomicU64,
    dropped: AtomicU64,
    /// Whether the database takes what is written, and since when.
    health: Mutex<(bool, Instant)>,
}

impl Progress {
    /// Nothing yet.
    pub fn new(max_queued: usize) -> Self {
        Self {
            max_queued,
            queued: AtomicUsize::new(0),
            placed: AtomicU64::new(0),
            settled: watch::Sender::new(0),
            written: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            health: Mutex::new((true, Instant::now())),
        }
    }

    /// Whether the last attempt was good.
    pub fn attempted(&self, ok: bool) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        if health.0 != ok {
            *health = (ok, Instant::now());
        }
    }

    /// So many are in the tables.
    pub fn wrote(&self, items: usize) {
        self.queued.fetch_sub(items, Ordering::Relaxed);
        self.written.fetch_add(items as u64, Ordering::Relaxed);
        self.settled.send_modify(|settled| *settled += items as u64);
    }

    /// One never will be.
    pub fn gave_up_one(&self) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
        self.dropped.fetch_add(1, Ordering::Relaxed);
        self.settled.send_modify(|settled| *settled += 1);
    }
}

impl Journal {
    /// Ends what an earlier life of this node left in the tables, and begins to write.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn start(store: Store, settings: JournalSettings) -> Result<Self, StoreError> {
        let JournalSettings { node, queue, on_limit } = settings;
        let server = Uuid::new_v4();
        store.enter(server, &node).await?;
        let progress = Arc::new(Progress::new(queue));
        let (sender, inbox) = mpsc::channel(queue);
        let (closing, task) = (CancellationToken::new(), TaskTracker::new());
        task.spawn(Writer::new(store, server, node, inbox, Arc::clone(&progress)).run(closing.clone()));
        task.close();
        Ok(Self(Arc::new(Inner { inbox: sender, progress, server, on_limit, closing, task })))
    }

    /// For the rooms.
    pub fn on_entry(&self) -> OnEntry {
        let journal = self.clone();
        Arc::new(move |entry| journal.put(Item::Entry(entry)))
    }

    /// Adds a line to the audit log.
    pub fn audit(&self, record: AuditRecord) {
        self.put(Item::Audit(record));
    }

    /// How it goes.
    pub fn report(&self) -> JournalReport {
        let progress = &self.0.progress;
        let (ok, since) = *progress.health.lock().unwrap_or_else(PoisonError::into_inner);
        JournalReport {
            ok,
            since: since.elapsed(),
            queued: progress.queued.load(Ordering::Relaxed),
            max_queued: progress.max_queued,
            written: progress.written.load(Ordering::Relaxed),
            dropped: progress.dropped.load(Ordering::Relaxed),
        }
    }

    /// Waits until all is in the tables that was told until now; as long as the database is away, that is for ever.
    pub async fn caught_up(&self) {
        let progress = &self.0.progress;
        let placed = progress.placed.load(Ordering::Relaxed);
        // The sender lives as long as this.
        drop(progress.settled.subscribe().wait_for(|settled| *settled >= placed).await);
    }

    /// By what id the tables know this server.
    pub fn server(&self) -> Uuid {
        self.0.server
    }

    /// Takes nothing more, and waits until all is written; as long as the database is away, that is for ever.
    pub async fn close(&self) {
        self.0.closing.cancel();
        self.0.task.wait().await;
    }

    fn put(&self, item: Item) {
        let Inner { inbox, progress, on_limit, .. } = &*self.0;
        // How good connections are is told again and again: the second half of the queue is for what is told once.
        let max = match &item {
            Item::Entry(Entry { happening: Happening::Quality(_), .. }) => progress.max_queued / 2,
            Item::Entry(_) | Item::Audit(_) => progress.max_queued,
        };
        let place = |queued: usize| (queued < max).then_some(queued + 1);
        let placed = progress.queued.fetch_update(Ordering::Relaxed, Ordering::Relaxed, place).is_ok();
        if !placed {
            progress.dropped.fetch_add(1, Ordering::Relaxed);
            on_limit(Limit::DatabaseQueue);
            return;
        }
        progress.placed.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = inbox.try_send(item) {
            progress.gave_up_one();
            tracing::error!("not written, because it came after the end: {error}");
        }
    }
}

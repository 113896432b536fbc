//! The database as the rest of the server sees it.

use super::database::{Database, either};
use super::{DatabaseSettings, OpenError, StoreError};
use crate::webhooks::Mailer;
use std::sync::Arc;
use std::time::Duration;

/// Everything that is kept. Cheap to clone. Whatever is asked is answered within `database.request_deadline_ms`.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
    /// Writes what others are to be told of what is kept.
    mailer: Mailer,
}

#[derive(Debug)]
struct Inner {
    database: Database,
    request_deadline: Duration,
}

impl Store {
    /// Opens the database, makes it where it is a file that is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// It cannot be reached within `database.connect_deadline_s`, or refuses.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, OpenError> {
        let database = Database::open(settings).await?;
        let inner = Inner { database, request_deadline: settings.request_deadline };
        Ok(Self { inner: Arc::new(inner), mailer: Mailer::idle() })
    }

    /// The same, telling others of what happens to calls.
    pub fn telling(self, mailer: Mailer) -> Self {
        Self { mailer, ..self }
    }

    pub(super) fn mailer(&self) -> &Mailer {
        &self.mailer
    }

    /// Closes all connections. What is asked afterwards is [`StoreError::Unavailable`].
    pub async fn close(&self) {
        self.inner.database.close().await;
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let answer =
            async { either!(Database, self.database(), pool => sqlx::query("SELECT 1").execute(pool).await.map(drop)) };
        self.within(answer).await
    }

    pub(super) fn database(&self) -> &Database {
        &self.inner.database
    }

    /// Waits for what was asked of the database, for no longer than may be.
    pub(super) async fn within<T>(
        &self,
        answer: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.inner.request_deadline, answer).await {
            Ok(answer) => answer.map_err(|error| StoreError::of(&error)),
            Err(_) => {
                tracing::warn!("the database does not answer in time");
                Err(StoreError::Unavailable)
            }
        }
    }
}

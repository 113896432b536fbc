//! The two databases behind one name: opening them, bringing their tables up to date, and running the same text on
//! either.

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Pool, Postgres, Sqlite};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;
use tokio::time::Instant;

static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");

/// Where calls are kept if nothing is set.
const DEFAULT_URL: &str = "sqlite://data/colloquy.db";
/// Between two attempts to reach the database at the start.
const RETRY: Duration = Duration::from_millis(250);

/// Where the database is, and how patient to be with it.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// `sqlite://<path>`, `sqlite::memory:` or `postgres://…`; empty: a file in `data/`.
    pub url: String,
    /// Connections at once.
    pub max_connections: u32,
    /// How long to try at the start.
    pub connect_deadline: Duration,
    /// How long one request may take.
    pub request_deadline: Duration,
}

/// Why the database could not be opened, in one line without a password.
#[derive(Debug, thiserror::Error)]
#[error("database.url (DATABASE_URL), {place}: {reason}")]
pub struct OpenError {
    place: String,
    reason: String,
}

/// An open database.
#[derive(Debug, Clone)]
pub(super) enum Database {
    Sqlite(Pool<Sqlite>),
    Postgres(Pool<Postgres>),
}

/// A transaction of either.
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Runs the same expression on a [`Database`]'s pool or a [`Transaction`]'s connection, whichever database it is.
macro_rules! either {
    ($what:ident, $which:expr, $inner:ident => $body:expr) => {
        match $which {
            $crate::calls::database::$what::Sqlite($inner) => $body,
            $crate::calls::database::$what::Postgres($inner) => $body,
        }
    };
}
pub(super) use either;

impl Database {
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, OpenError> {
        let url = if settings.url.is_empty() { DEFAULT_URL } else { &settings.url };
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url, settings).await
        } else {
            Self::open_postgres(url, settings).await
        }
    }

    async fn open_sqlite(url: &str, settings: &DatabaseSettings) -> Result<Self, OpenError> {
        let refuse = |reason: &dyn ToString| OpenError { place: url.to_owned(), reason: reason.to_string() };
        let options = SqliteConnectOptions::from_str(url).map_err(|error| refuse(&error))?;
        let in_memory = url.contains(":memory:") || url.contains("mode=memory");
        let options = options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(if in_memory { SqliteJournalMode::Memory } else { SqliteJournalMode::Wal })
            // What was written is on the disk: writes come in batches, so that this costs little.
            .synchronous(if in_memory { SqliteSynchronous::Off } else { SqliteSynchronous::Full })
            .busy_timeout(settings.request_deadline)
            // As PostgreSQL compares.
            .pragma("case_sensitive_like", "ON")
            .disable_statement_logging();
        if !in_memory && let Some(folder) = options.get_filename().parent().filter(|folder| *folder != Path::new("")) {
            // What is in it is nobody else's affair.
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| refuse(&error))?;
        }
        let pool = SqlitePoolOptions::new().acquire_timeout(settings.request_deadline);
        let pool = if in_memory {
            // It lives as long as its connection.
            pool.max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None)
        } else {
            pool.max_connections(settings.max_connections)
        };
        let pool = pool.connect_with(options).await.map_err(|error| refuse(&error))?;
        // Two servers that start at once: the second waits here, and finds all done.
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| refuse(&error))?;
        SQLITE.run_direct(None, &mut *transaction, false).await.map_err(|error| refuse(&error))?;
        transaction.commit().await.map_err(|error| refuse(&error))?;
        Ok(Self::Sqlite(pool))
    }

    async fn open_postgres(url: &str, settings: &DatabaseSettings) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(url).map_err(|error| OpenError {
            place: "PostgreSQL".into(),
            // Of an unreadable URL nothing is repeated: any part of it may be the password.
            reason: match error {
                sqlx::Error::Configuration(_) => "not a URL such as postgres://user:password@host:5432/name".into(),
                error => error.to_string(),
            },
        })?;
        let options = options.application_name("colloquy").disable_statement_logging();
        let name = options.get_database().unwrap_or("the user's").to_owned();
        let place = format!("PostgreSQL on {}:{}, database {name}", options.get_host(), options.get_port());
        let refuse = |reason: &dyn ToString| OpenError { place: place.clone(), reason: reason.to_string() };
        let deadline = Instant::now() + settings.connect_deadline;
        let pool =
            PgPoolOptions::new().max_connections(settings.max_connections).acquire_timeout(settings.request_deadline);
        let pool = pool.connect_lazy_with(options.clone());
        loop {
            // Not by the pool: it would hide why.
            let error = match tokio::time::timeout_at(deadline, options.connect()).await {
                Ok(Ok(mut connection)) => {
                    // sqlx holds an advisory lock meanwhile: a second server waits, and finds all done.
                    let migrated = POSTGRES.run_direct(None, &mut connection, false).await;
                    drop(sqlx::Connection::close(connection).await);
                    return migrated.map(|()| Self::Postgres(pool)).map_err(|error| refuse(&error));
                }
                Ok(Err(error)) => error,
                Err(_) => return Err(refuse(&format!("no answer within {} s", settings.connect_deadline.as_secs()))),
            };
            if !super::error::is_passing(&error) || Instant::now() + RETRY >= deadline {
                return Err(refuse(&error));
            }
            tracing::debug!("{place}: {error}; trying again");
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Begins a transaction that will write.
    pub async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        match self {
            // One that only finds out later that it writes could not wait for another that does.
            Self::Sqlite(pool) => pool.begin_with("BEGIN IMMEDIATE").await.map(Transaction::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Transaction::Postgres),
        }
    }

    pub async fn close(&self) {
        either!(Database, self, pool => pool.close().await);
    }
}

impl Transaction {
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        either!(Transaction, self, transaction => transaction.commit().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Each table's columns, and what indexes are on.
    fn outline(migrator: &Migrator) -> BTreeMap<String, Vec<String>> {
        let mut outline = BTreeMap::<_, Vec<_>>::new();
        let mut table = None;
        for line in migrator.iter().flat_map(|migration| migration.sql.as_str().lines()) {
            let words: Vec<_> = line.split_whitespace().collect();
            match (&table, words.as_slice()) {
                (_, [] | ["--", ..]) => {}
                (_, ["CREATE", "TABLE", name, ..]) => table = Some((*name).to_owned()),
                (Some(_), [");"]) => table = None,
                (Some(name), ["PRIMARY", "KEY", ..]) => {
                    outline.entry(name.clone()).or_default().push(line.trim().into())
                }
                (Some(name), [column, ..]) => outline.entry(name.clone()).or_default().push((*column).to_owned()),
                (None, _) => outline.entry(String::new()).or_default().push(line.trim().to_owned()),
            }
        }
        outline
    }

    #[test]
    fn both_databases_have_the_same_tables_columns_and_indexes() {
        let sqlite = outline(&SQLITE);
        assert!(sqlite["calls"].contains(&"room_id".to_owned()) && sqlite[""].len() > 5, "{sqlite:?}");
        assert_eq!(sqlite, outline(&POSTGRES));
    }
}

//! A database's tables, read past the server.

use super::postgres::Postgres;
use colloquy::calls::{DatabaseSettings, Store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A database of a test's own; a file goes with it.
pub struct Tables {
    pub url: String,
    folder: Option<PathBuf>,
}

impl Tables {
    /// In a file.
    pub fn sqlite() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("tables-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        Self { url: format!("sqlite://{}/data/calls.db", folder.display()), folder: Some(folder) }
    }

    /// On the server that all tests share.
    pub async fn postgres() -> Self {
        Self { url: Postgres::shared().await.database().await, folder: None }
    }

    /// On a server of the test's own.
    pub async fn on(server: &Postgres) -> Self {
        Self { url: server.database().await, folder: None }
    }

    pub fn settings(&self) -> DatabaseSettings {
        DatabaseSettings {
            url: self.url.clone(),
            max_connections: 4,
            connect_deadline: Duration::from_secs(30),
            request_deadline: Duration::from_secs(30),
        }
    }

    /// Opened as a server does.
    pub async fn store(&self) -> Store {
        Store::open(&self.settings()).await.expect("opens")
    }

    /// The rows of a query that has one column of text.
    pub async fn lines(&self, sql: &'static str) -> Vec<String> {
        if self.folder.is_some() {
            let options = SqliteConnectOptions::from_str(&self.url).expect("a URL");
            let mut connection = options.connect().await.expect("opens");
            let rows = sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("rows");
            connection.close().await.expect("closes");
            rows
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("takes connections");
            let rows = sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("rows");
            connection.close().await.expect("closes");
            rows
        }
    }

    /// Waits until they are these.
    pub async fn until_lines(&self, sql: &'static str, expected: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let lines = self.lines(sql).await;
            if lines == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{sql}: {lines:#?} instead of {expected:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Keeps everybody from writing until it is released.
    pub async fn hold(&self) -> Held {
        if self.folder.is_some() {
            let options = SqliteConnectOptions::from_str(&self.url).expect("a URL");
            let mut connection = options.connect().await.expect("opens");
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.expect("begins");
            Held::Sqlite(connection)
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("takes connections");
            sqlx::query("BEGIN").execute(&mut connection).await.expect("begins");
            sqlx::query("LOCK TABLE servers").execute(&mut connection).await.expect("locks");
            Held::Postgres(connection)
        }
    }

    /// Changes something behind the server's back.
    pub async fn execute(&self, sql: &'static str) {
        if self.folder.is_some() {
            let options = SqliteConnectOptions::from_str(&self.url).expect("a URL");
            let mut connection = options.connect().await.expect("opens");
            sqlx::query(sql).execute(&mut connection).await.expect("is done");
            connection.close().await.expect("closes");
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("takes connections");
            sqlx::query(sql).execute(&mut connection).await.expect("is done");
            connection.close().await.expect("closes");
        }
    }
}

/// Nobody else writes meanwhile.
pub enum Held {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Held {
    pub async fn release(self) {
        match self {
            Self::Sqlite(mut connection) => {
                sqlx::query("ROLLBACK").execute(&mut connection).await.expect("ends");
                connection.close().await.expect("closes");
            }
            Self::Postgres(connection) => connection.close().await.expect("closes"),
        }
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            drop(std::fs::remove_dir_all(folder));
        }
    }
}

/// Runs each body on every database: `async fn name(tables: Tables)`.
macro_rules! on_each_database {
    ($($name:ident,)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::tables::Tables::sqlite()).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::tables::Tables::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_each_database;

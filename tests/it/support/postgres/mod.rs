//! A real PostgreSQL server: one for all tests of a run, or one of a test's own that it may kill.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Mutex, OnceCell};

const CLUSTER: &str = include_str!("cluster.sh");

/// A server with data of its own, which goes when this is dropped or the tests end.
pub struct Postgres {
    port: u16,
    control: std::sync::Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    _shell: Child,
    databases: AtomicUsize,
    /// Two databases are not copied from the same template at once.
    copying: Mutex<()>,
}

impl Postgres {
    /// The one of this run. What it holds need not outlive the machine.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Postgres> = OnceCell::const_new();
        const OPTIONS: &[&str] = &["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"];
        SHARED.get_or_init(|| Self::start(OPTIONS)).await
    }

    /// One that may be killed.
    pub async fn own() -> Self {
        Self::start(&[]).await
    }

    async fn start(options: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let mut command = Command::new("sh");
        command.args(["-c", CLUSTER, "cluster.sh", &port.to_string()]).args(options);
        // Not ended by a Ctrl-C that is meant for the tests: it has to clean up after them.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = command.spawn().expect("a shell");
        let control = (shell.stdin.take().expect("piped"), BufReader::new(shell.stdout.take().expect("piped")));
        let (databases, copying) = (AtomicUsize::new(0), Mutex::new(()));
        let server = Self { port, control: std::sync::Mutex::new(control), _shell: shell, databases, copying };
        tokio::task::block_in_place(|| server.hears("ready"));
        server
    }

    /// The URL of a new database on it.
    pub async fn database(&self) -> String {
        let _alone = self.copying.lock().await;
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres")).await.expect("takes connections");
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.expect("is made");
        connection.close().await.expect("closes");
        self.url(&name)
    }

    /// Kills all of its processes at once.
    pub fn kill(&self) {
        self.order("kill", "killed");
    }

    /// Starts it again on the same port with what it has on the disk.
    pub fn start_again(&self) {
        self.order("start", "ready");
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://colloquy:hunter2@127.0.0.1:{}/{database}", self.port)
    }

    fn order(&self, command: &str, answer: &str) {
        tokio::task::block_in_place(|| {
            writeln!(self.control.lock().expect("not poisoned").0, "{command}").expect("is heard");
            self.hears(answer);
        });
    }

    /// The script has deadlines.
    fn hears(&self, answer: &str) {
        let mut line = String::new();
        self.control.lock().expect("not poisoned").1.read_line(&mut line).expect("text");
        assert_eq!(line.trim(), answer, "PostgreSQL: what is wrong stands above");
    }
}

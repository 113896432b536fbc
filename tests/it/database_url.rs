//! Databases that cannot be used are refused at the start, in one line that tells no password.

use crate::process::{free_port, program, refusal};
use crate::support::tables::Tables;
use std::net::Ipv4Addr;
use tokio::net::TcpSocket;

/// The line by which the program refuses that URL.
async fn line(url: &str) -> String {
    let mut command = program(free_port(), &[("DATABASE_URL", url), ("COLLOQUY_DATABASE__CONNECT_DEADLINE_S", "1")]);
    let line = refusal(&mut command).await;
    assert!(line.contains("database.url") && !line.contains("hunter2"), "{line}");
    line
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there() {
    // Taken, so that no other test has it meanwhile, but nobody listens there.
    let deaf = TcpSocket::new_v4().expect("a socket");
    deaf.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let port = deaf.local_addr().expect("it is bound").port();
    let line = line(&format!("postgres://colloquy:hunter2@127.0.0.1:{port}/calls")).await;
    assert!(line.contains("database calls") && line.contains("refused"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there() {
    let url = Tables::postgres().await.url.replace("/test", "/none");
    let line = line(&url).await;
    assert!(line.contains("does not exist"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_none() {
    let line = line("sqlite:///proc/none/calls.db").await;
    assert!(line.contains("/proc/none/calls.db"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_url() {
    for url in ["hunter2", "mysql://u:hunter2@h/d", "postgres://u:hunter2@h:port/d", "postgres://u:hunter2@[/d"] {
        line(url).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_a_newer_version() {
    let tables = Tables::sqlite();
    tables.store().await.close().await;
    tables
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'later', TRUE, x'00', 0)",
        )
        .await;
    let line = line(&tables.url).await;
    assert!(line.contains("9999"), "{line}");
}

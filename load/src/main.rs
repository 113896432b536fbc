//! `colloquy-load`: loads a video-calling server and measures what it does.

use clap::Parser as _;
use colloquy_load::cli::{self, Arguments};
use std::io::stderr;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).init();
    cli::main(Arguments::parse()).await
}

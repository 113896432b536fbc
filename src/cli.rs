//! The command line: parses it, loads the configuration, calls what was asked for.

mod tokens;

use std::fmt::Display;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::app;
use crate::config::{Config, ConfigError, Environment, Flag, Layers, LogConfig, LogFormat, Sources};
use crate::media;
use crate::telemetry::{logging, media_lines};
use tokens::{ApiKeyCommand, TokenCommand};

/// The exit code of everything that is wrong before the server runs, wrong usage included.
const REFUSED: u8 = 2;

const LAYERS: &str = "\
Configuration, later wins: built-in defaults, every *.toml of --config-dir in name order, --config, environment
variables (PORT, FRONTEND_URL, ANNOUNCED_IP, RTC_MIN_PORT, RTC_MAX_PORT, LOG_LEVEL, NODE_ENV, WEBRTC_ICE_SERVERS, … and
COLLOQUY_<SECTION>__<KEY> for every key), flags. `colloquy config show` prints the result, config/default.toml explains
every key. A mistake in it ends the program with one line and exit code 2 before anything listens.";

/// Self-hosted video calls: a media server for browsers and apps.
#[derive(Debug, Parser)]
#[command(name = "colloquy", version, after_help = LAYERS)]
struct Cli {
    #[command(flatten)]
    overrides: Overrides,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Overrides {
    /// Folder whose *.toml files are read; it need not exist
    #[arg(long, global = true, value_name = "DIR", default_value = "config")]
    config_dir: PathBuf,
    /// One more configuration file, read after the folder
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on (server.host)
    #[arg(long, global = true)]
    host: Option<String>,
    /// Port of HTTP and Socket.IO, 0 for a free one (server.port)
    #[arg(long, global = true, allow_hyphen_values = true)]
    port: Option<String>,
    /// Sets any key; may be repeated
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default)
    Serve,
    /// Look at the configuration without starting anything
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Let somebody into a call
    #[command(subcommand)]
    Token(TokenCommand),
    /// Let a backend have tokens made and act over REST
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// Run one media worker for the server that starts it
    #[command(hide = true)]
    MediaWorker {
        #[arg(long)]
        log_level: String,
        #[arg(long, value_parser = ["text", "json"])]
        log_format: String,
        #[arg(long)]
        max_media_lines_per_s: u32,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check the configuration, with FILE as if given by --config
    Check { file: Option<PathBuf> },
    /// Print the configuration in effect as TOML, secrets masked, and where its values come from
    Show,
}

/// Runs the program with the arguments and the environment of the process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(&cli.overrides),
        Command::Config(ConfigCommand::Check { file }) => check(&cli.overrides, file),
        Command::Config(ConfigCommand::Show) => show(&cli.overrides),
        Command::Token(command) => tokens::token(&cli.overrides, command),
        Command::ApiKey(command) => tokens::api_key(command),
        Command::MediaWorker { log_level, log_format, max_media_lines_per_s } => {
            media_worker(log_level, &log_format, max_media_lines_per_s)
        }
    }
}

fn serve(overrides: &Overrides) -> ExitCode {
    let config = match overrides.sources(None).and_then(|sources| Config::load(&sources)) {
        Ok(config) => config,
        Err(error) => return refuse(&error),
    };
    logging::init(&config.log, config.server.environment);
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    match runtime.block_on(app::serve(config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

/// Says nothing unless asked to log or in trouble: the server tells of its workers.
fn media_worker(level: String, format: &str, max_media_lines_per_s: u32) -> ExitCode {
    let format = if format == "json" { LogFormat::Json } else { LogFormat::Text };
    logging::init(&LogConfig { level, format, max_media_lines_per_s }, Environment::Production);
    match media::run_worker(media_lines::left_out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("a media worker ends: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check(overrides: &Overrides, file: Option<PathBuf>) -> ExitCode {
    let checked = overrides.sources(file).and_then(|sources| Config::load(&sources).map(|config| (sources, config)));
    match checked {
        Ok((sources, config)) => {
            let files: Vec<_> = sources.files.iter().map(|file| file.name.as_str()).collect();
            let files = if files.is_empty() { "no files".into() } else { files.join(", ") };
            for warning in config.warnings() {
                eprintln!("warning: {warning}");
            }
            answer(&format!("ok: the configuration is valid (read: defaults, {files}, environment, flags)\n"))
        }
        Err(error) => refuse(&error),
    }
}

fn show(overrides: &Overrides) -> ExitCode {
    let merged = overrides.sources(None).and_then(|sources| {
        let layers = Layers::merge(&sources)?;
        layers.config(sources.cores)?;
        Ok(layers)
    });
    match merged {
        Ok(layers) => answer(&layers.to_toml()),
        Err(error) => refuse(&error),
    }
}

impl Overrides {
    fn sources(&self, file: Option<PathBuf>) -> Result<Sources, ConfigError> {
        let named = [("--host", "server.host", &self.host), ("--port", "server.port", &self.port)];
        let named = named.into_iter().filter_map(|(name, key, value)| Some(Ok(Flag::new(name, key, value.as_ref()?))));
        let flags = named.chain(self.set.iter().map(|argument| Flag::set(argument))).collect::<Result<_, _>>()?;
        let files: Vec<_> = self.config.iter().cloned().chain(file).collect();
        Sources::gather(&self.config_dir, &files, std::env::vars_os(), flags)
    }
}

/// Prints to standard output; a reader that has gone away (`| head`) is no failure.
fn answer(text: &str) -> ExitCode {
    match stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => refuse(&error),
        _ => ExitCode::SUCCESS,
    }
}

/// One line, whatever names and values it repeats.
fn refuse(error: &dyn Display) -> ExitCode {
    let line = error.to_string().replace(char::is_control, " ");
    eprintln!("error: {line}");
    ExitCode::from(REFUSED)
}

//! Log lines on standard error; standard output is left to what a command answers.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::media_lines::MediaLines;
use crate::config::{Environment, LogConfig};

/// Sends all tracing of the process to standard error, as text or as one JSON object a line with the fields of every
/// span around it. Only the first call has an effect, so that tests may each ask for it.
pub fn init(config: &LogConfig, environment: Environment) {
    let bound = MediaLines::at_most(config.max_media_lines_per_s);
    let builder = tracing_subscriber::fmt().with_env_filter(filter(&config.level)).with_writer(stderr);
    let ready = if config.is_json(environment) {
        builder.json().flatten_event(true).with_current_span(false).finish().with(bound).try_init()
    } else {
        builder.with_ansi(is_coloured()).finish().with(bound).try_init()
    };
    // The only failure is that a subscriber is there already: the first one stays.
    drop(ready);
}

/// What the level says, but for crates that write down what clients send, tokens included.
fn filter(level: &str) -> EnvFilter {
    const TELLTALES: [&str; 2] = ["tungstenite=off", "tokio_tungstenite=off"];
    let directives = TELLTALES.into_iter().filter_map(|directive| directive.parse().ok());
    directives.fold(EnvFilter::builder().parse_lossy(level), EnvFilter::add_directive)
}

/// By the convention of no-color.org: any non-empty `NO_COLOR` turns colour off.
fn is_coloured() -> bool {
    stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_second_call_changes_nothing() {
        let mut log = Config::default().log;
        log.level = "error".into();
        init(&log, Environment::Development);
        log.level = "trace".into();
        init(&log, Environment::Production);
        assert!(tracing::enabled!(tracing::Level::ERROR));
        assert!(!tracing::enabled!(tracing::Level::TRACE));
    }
}

//! `colloquy-load run`.

use super::arguments::RunArguments;
use super::outcome::{Failure, verdict};
use super::{limits, output, signals};
use crate::measure::Report;
use crate::observe::{Observer, ServerView};
use crate::report::Progress;
use crate::rtc::Meter;
use crate::run::{Crowd, Here, Order, Processes, Run};
use crate::scenario::{self, Scenario, Setting};
use crate::target::colloquy::token_of_api_key;
use crate::target::{Choice, TargetError};
use std::fs;
use std::io::{IsTerminal as _, stderr};
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Runs a scenario and reports.
pub async fn run(arguments: RunArguments) -> Result<ExitCode, Failure> {
    limits::raise_open_files();
    let scenario = scenario_of(&arguments)?;
    let call_prefix = arguments.call_prefix.clone().unwrap_or_else(|| format!("load-{:08x}", rand::random::<u32>()));
    let target = choice(&arguments, &call_prefix).await?;
    let checked = target.target(&Meter::default()).check().await;
    checked.map_err(|error| Failure::unreachable(&arguments.url, &error))?;
    let order = Order { scenario, target, call_prefix, part: arguments.part.unwrap_or_default() };
    let stop = CancellationToken::new();
    let report = tokio::select! {
        report = go(&order, &arguments, stop.clone()) => report?,
        ended = signals::twice(stop) => return Err(ended.err().map_or_else(Failure::interrupted, Failure::internal)),
    };
    output::write(&report, &arguments.output)?;
    Ok(verdict(&report))
}

async fn go(order: &Order, arguments: &RunArguments, stop: CancellationToken) -> Result<Report, Failure> {
    let meter = Meter::default();
    let mut crowd: Box<dyn Crowd> = match arguments.processes.get() {
        1 => Box::new(Here::new(order, &meter, stop.clone())),
        _ => Box::new(Processes::start(order, arguments.processes, &stop).await.map_err(Failure::internal)?),
    };
    let server = ServerView::new(&arguments.url, arguments.server_pid, order.target.tells_of_workers());
    let run = Run {
        scenario: &order.scenario,
        target: order.target.target(&meter).name(),
        participants: order.part.participants(&order.scenario),
        observer: Observer::new(Some(server), meter.clone()),
        stop,
    };
    let mut progress = (!arguments.quiet).then(|| Progress::new(&order.scenario, stderr().is_terminal()));
    let report = run
        .go(crowd.as_mut(), |second| {
            if let Some(progress) = &mut progress {
                progress.show(second);
            }
        })
        .await;
    if let Some(progress) = progress {
        progress.finish();
    }
    Ok(report)
}

fn scenario_of(arguments: &RunArguments) -> Result<Scenario, Failure> {
    let name = arguments.scenario.as_str();
    let mut settings = arguments.set.clone();
    settings.extend(arguments.duration.map(|duration| Setting::new("duration", duration.as_secs_f64())));
    if let Some(seed) = arguments.seed {
        let seed = i64::try_from(seed).map_err(|_| Failure::usage("--seed: from 0 to 2^63 - 1"))?;
        settings.push(Setting::new("seed", seed));
    }
    let scenario = match scenario::text(name) {
        Some(text) => scenario::read(name, text, &settings)?,
        None => {
            let text = fs::read_to_string(name).map_err(|_| Failure::no_such_scenario(name))?;
            scenario::read(name, &text, &settings)?
        }
    };
    if scenario.participants() > arguments.max_participants {
        let (count, most) = (scenario.participants(), arguments.max_participants);
        return Err(Failure::usage(format!("{count} participants are more than --max-participants {most}")));
    }
    Ok(scenario)
}

async fn choice(arguments: &RunArguments, call_prefix: &str) -> Result<Choice, Failure> {
    let url = arguments.url.trim_end_matches('/').to_owned();
    let token = match (&arguments.token_file, &arguments.api_key) {
        (Some(file), _) => {
            let token = fs::read_to_string(file).map_err(|why| Failure::usage(format!("{}: {why}", file.display())))?;
            Some(token.trim().to_owned())
        }
        (None, Some(key)) => {
            let refused = |error: TargetError| Failure::unreachable(&url, &error);
            Some(token_of_api_key(&url, key, call_prefix).await.map_err(refused)?)
        }
        (None, None) => arguments.token.clone(),
    };
    Ok(Choice { make: arguments.target, url, token, media_address: arguments.media_address })
}

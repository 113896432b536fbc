//! The command line: what can be said on it, and what comes of that.

mod arguments;
mod limits;
mod merge;
mod outcome;
mod output;
mod plot;
mod run;
mod signals;

pub use arguments::{Arguments, Command, MergeArguments, Output, RunArguments};

use crate::{floor, run as runs, scenario};
use outcome::Failure;
use std::io;
use std::os::fd::AsFd as _;
use std::process::ExitCode;
use tokio::io::BufReader;
use tokio::net::unix::pipe;

/// Does what was asked for. What the exit code means is in the command's help.
pub async fn main(arguments: Arguments) -> ExitCode {
    let done = match arguments.command {
        Command::Run(arguments) => run::run(*arguments).await,
        Command::Scenarios => Ok(list()),
        Command::Scenario { name } => print(&name),
        Command::Merge(arguments) => merge::merge(&arguments),
        Command::Floor(arguments) => measure_floor(arguments).await,
        Command::Plot => plot::plot(),
        Command::Part => part().await,
    };
    done.unwrap_or_else(|failure| failure.report())
}

fn list() -> ExitCode {
    for (name, said) in scenario::names() {
        println!("{name:<12} {said}");
    }
    ExitCode::SUCCESS
}

fn print(name: &str) -> Result<ExitCode, Failure> {
    let text = scenario::text(name).ok_or_else(|| Failure::no_such_scenario(name))?;
    print!("{text}");
    Ok(ExitCode::SUCCESS)
}

async fn measure_floor(arguments: floor::Arguments) -> Result<ExitCode, Failure> {
    limits::raise_open_files();
    let json = arguments.json;
    let measured = tokio::task::spawn_blocking(move || floor::measure(&arguments)).await;
    let floor = measured.map_err(io::Error::other).flatten().map_err(Failure::internal)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&floor).map_err(Failure::internal)?);
    } else {
        print!("{floor}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn part() -> Result<ExitCode, Failure> {
    limits::raise_open_files();
    let pipes = || -> io::Result<_> {
        let (from, to) = (io::stdin().as_fd().try_clone_to_owned()?, io::stdout().as_fd().try_clone_to_owned()?);
        Ok((pipe::Receiver::from_owned_fd(from)?, pipe::Sender::from_owned_fd(to)?))
    };
    let (from, to) = pipes().map_err(Failure::internal)?;
    runs::serve(BufReader::new(from), to).await.map_err(Failure::internal)?;
    Ok(ExitCode::SUCCESS)
}

//! The `colloquy` program; see [`colloquy::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    colloquy::cli::run()
}

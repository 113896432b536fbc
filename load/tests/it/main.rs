//! The parts of the load tester together.

mod endpoints;
mod figures;
mod interrupted;
mod refusals;
mod runs;
mod server;
mod support;

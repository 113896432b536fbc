//! The parts of the load tester together.

mod endpoints;
mod server;
mod support;

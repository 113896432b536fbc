//! What the system allows a process.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Lets this process have as many open files as it may: each participant takes some.
pub fn raise_open_files() {
    let raised =
        getrlimit(Resource::RLIMIT_NOFILE).and_then(|(_, most)| setrlimit(Resource::RLIMIT_NOFILE, most, most));
    if let Err(error) = raised {
        tracing::warn!(%error, "the number of open files stays as it is");
    }
}

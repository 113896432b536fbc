//! Starts processes, all from one thread: the kernel ends a child when the *thread* that started it ends, and threads
//! of the runtime come and go.

use super::link::Link;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

/// Starts that may wait for the thread.
const QUEUE: usize = 16;

/// What a worker's process is started from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerProgram {
    /// The program.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables of its environment beside the server's.
    pub variables: Vec<(OsString, OsString)>,
}

impl WorkerProgram {
    /// The program that runs here, even if another has taken its place on the disk meanwhile.
    ///
    /// # Errors
    /// The system does not say which it is.
    pub fn own(arguments: Vec<OsString>, variables: Vec<(OsString, OsString)>) -> io::Result<Self> {
        let path = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
        Ok(Self { path, arguments, variables })
    }

    fn spawn(&self) -> io::Result<(Child, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = Command::new(&self.path);
        command.arg0("colloquy").args(&self.arguments).envs(self.variables.iter().cloned());
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::inherit());
        // A group of its own, so that Ctrl-C reaches only the server, which ends its workers in order.
        command.process_group(0).kill_on_drop(true);
        Ok((command.spawn()?, ours))
    }
}

type Spawned = io::Result<(Child, UnixStream)>;

/// The thread, for as long as this is there.
pub(in crate::media) struct Spawner {
    program: WorkerProgram,
    orders: mpsc::Sender<oneshot::Sender<Spawned>>,
}

impl Spawner {
    pub fn start(program: WorkerProgram) -> io::Result<Self> {
        let (orders, mut ordered) = mpsc::channel::<oneshot::Sender<Spawned>>(QUEUE);
        let (runtime, of_thread) = (tokio::runtime::Handle::current(), program.clone());
        std::thread::Builder::new().name("worker-spawner".to_owned()).spawn(move || {
            let _runtime = runtime.enter();
            while let Some(order) = ordered.blocking_recv() {
                // Who does not wait for it any more drops it, which kills it.
                drop(order.send(of_thread.spawn()));
            }
        })?;
        Ok(Self { program, orders })
    }

    /// A new process and the way to it; otherwise why not, in words.
    pub(super) async fn spawn(&self) -> Result<(u32, Link), String> {
        let (order, spawned) = oneshot::channel();
        let asked = self.orders.send(order).await.map_err(|_| io::ErrorKind::BrokenPipe.into());
        let spawned = match asked {
            Ok(()) => spawned.await.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into())),
            Err(error) => Err(error),
        };
        let linked = spawned.and_then(|(child, socket)| {
            let pid = child.id().ok_or(io::ErrorKind::NotFound)?;
            Ok((pid, Link::new(child, tokio::net::UnixStream::from_std(socket)?)))
        });
        linked.map_err(|error| format!("{} cannot be started ({error})", self.program.path.display()))
    }
}

//! A run over several processes, so that one core, or one runtime, is not the limit: this program starts itself.
//!
//! A process is told what to do by a line of JSON, and then, whenever it is to tell what happened, by an empty line. It
//! answers each by a line of JSON. When nobody can tell it anything any more, its participants leave, and it ends.

use super::Part;
use super::crowd::Crowd;
use super::ledger::Ledger;
use crate::measure::{OwnLoad, Tally};
use crate::scenario::Scenario;
use crate::target::Choice;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::io;
use std::num::NonZeroU32;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a process is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// What is to happen in all of them.
    pub scenario: Scenario,
    /// To which server.
    pub target: Choice,
    /// What the names of rooms and users begin with.
    pub call_prefix: String,
    /// Which participants are its own.
    pub part: Part,
}

/// What a process has to tell.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// What happened since the last time.
    pub tally: Tally,
    /// How many are there.
    pub present: u64,
    /// How many have come in for the first time, or could not.
    pub arrived: usize,
    /// What the process took.
    pub own: OwnLoad,
}

/// Participants in other processes.
pub struct Processes {
    ledger: Arc<Ledger>,
    tasks: JoinSet<()>,
}

impl Processes {
    /// Starts so many, to do all of an order between them, until they are told to stop.
    ///
    /// # Errors
    /// When this program cannot be started, or takes no orders.
    pub async fn start(order: &Order, count: NonZeroU32, stop: &CancellationToken) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let ledger = Arc::new(Ledger::default());
        let mut started = Vec::new();
        for index in 0..count.get() {
            let order = Order { part: Part { index, of: count }, ..order.clone() };
            let mut child = Command::new(&program)
                .arg("part")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                // What a terminal's Ctrl-C means is decided here, and only here.
                .process_group(0)
                .kill_on_drop(true)
                .spawn()?;
            let pipes = child.stdin.take().zip(child.stdout.take());
            let (mut to, from) = pipes.ok_or_else(|| io::Error::other("a process without pipes"))?;
            to.write_all(format!("{}\n", serde_json::to_string(&order)?).as_bytes()).await?;
            started.push(Link { process: index, child, to: Some(to), from, ledger: Arc::clone(&ledger) });
        }
        let tasks = started.into_iter().map(|link| link.carry(stop.clone())).collect();
        Ok(Self { ledger, tasks })
    }
}

/// The pipes to one of the processes.
struct Link {
    process: u32,
    child: Child,
    to: Option<ChildStdin>,
    from: ChildStdout,
    ledger: Arc<Ledger>,
}

impl Link {
    /// Until the process has ended.
    async fn carry(mut self, stop: CancellationToken) {
        let mut asked = self.ledger.asked();
        let mut lines = BufReader::new(self.from).lines();
        let (mut present, mut arrived) = (0, 0);
        loop {
            tokio::select! {
                () = stop.cancelled(), if self.to.is_some() => self.to = None,
                Ok(()) = asked.changed(), if self.to.is_some() => {
                    if let Some(to) = &mut self.to && to.write_all(b"\n").await.is_err() {
                        self.to = None;
                    }
                }
                line = lines.next_line() => {
                    let Ok(Some(line)) = line else { break };
                    let Ok(told) = serde_json::from_str::<Told>(&line) else { break };
                    self.ledger.put(&told.tally);
                    self.ledger.put_other(self.process, told.own);
                    self.ledger.present_elsewhere(present, told.present);
                    self.ledger.arrive(told.arrived - arrived);
                    (present, arrived) = (told.present, told.arrived);
                }
            }
        }
        self.ledger.present_elsewhere(present, 0);
        if !self.child.wait().await.is_ok_and(|status| status.success()) {
            let mut tally = Tally::default();
            tally.error("process_failed");
            self.ledger.put(&tally);
        }
    }
}

#[async_trait]
impl Crowd for Processes {
    fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    fn grace(&self) -> Duration {
        Duration::from_millis(150)
    }

    async fn gone(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    async fn end(&mut self) -> usize {
        let left = self.tasks.len();
        self.tasks.shutdown().await;
        left
    }
}

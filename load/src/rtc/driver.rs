//! The task of a link: carries datagrams, time and commands into the protocols' machine, and its outputs out.

use super::error::RtcError;
use super::link::{Command, Phase, Shared};
use super::machine::Machine;
use super::socket::Socket;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, watch};

pub(super) struct Driver {
    pub machine: Machine,
    pub socket: Socket,
    pub commands: mpsc::Receiver<Command>,
    pub phase: watch::Sender<Phase>,
    pub shared: Arc<Shared>,
}

impl Driver {
    /// Runs until either side closes or something fails.
    pub async fn run(mut self) {
        let ended = self.drive().await;
        let mut counters = self.shared.counters();
        self.machine.end(&mut counters, Instant::now());
        let reason = match ended {
            Ok(()) => "closed".to_owned(),
            Err(error) => error.to_string(),
        };
        if !self.machine.is_closing() {
            counters.tally.error("rtc_ended");
        }
        drop(counters);
        self.phase.send_replace(Phase::Ended(reason.into()));
    }

    async fn drive(&mut self) -> Result<(), RtcError> {
        let sleep = tokio::time::sleep_until(Instant::now().into());
        tokio::pin!(sleep);
        loop {
            let wake = self.machine.advance(&mut self.shared.counters(), Instant::now())?;
            self.flush().await?;
            if !self.machine.is_alive() {
                return Ok(());
            }
            if sleep.deadline() != wake.into() {
                sleep.as_mut().reset(wake.into());
            }
            tokio::select! {
                // What is expected must be known before it arrives.
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.machine.obey(command, &mut self.shared.counters(), Instant::now())?,
                    None => return Ok(()),
                },
                ready = self.socket.readable() => {
                    ready?;
                    let mut counters = self.shared.counters();
                    let machine = &mut self.machine;
                    self.socket.receive(|datagram, source, at| machine.receive(datagram, source, &mut counters, at))?;
                }
                () = &mut sleep => {}
            }
        }
    }

    /// Sends what the machine has to say, and tells how far it is.
    async fn flush(&mut self) -> Result<(), RtcError> {
        for (datagram, destination) in self.machine.outbox() {
            self.socket.send(&datagram, destination).await?;
        }
        if let Some(connected) = self.machine.newly_connected() {
            self.phase.send_replace(Phase::Connected(connected));
        }
        Ok(())
    }
}

//! A worker that is gone takes a router along and all that stands on it, but nobody out of the room: a router elsewhere
//! takes its place, and whoever had media on the lost one is told to begin anew (`mediaReset`).

use super::{Op, Phase, State, Timer};
use crate::ids::{PeerId, RouterId};
use crate::limits::Limit;
use crate::media::protocol::RouterRtpCapabilities;
use crate::protocol::{Event, Reason};
use crate::rooms::RoomError;
use crate::rooms::command::Output;
use crate::rooms::journal::Happening;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two looks for a worker.
const RETRY: Duration = Duration::from_millis(100);

/// Over which losses are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// How often the room has lost its media of late.
#[derive(Debug, Default)]
pub(super) struct Resets {
    recent: VecDeque<Instant>,
}

impl Resets {
    /// Counts one more; gives how many there were within the window.
    fn count(&mut self, now: Instant) -> usize {
        while self.recent.front().is_some_and(|at| *at + WINDOW <= now) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.recent.len()
    }

    fn last(&self) -> Option<Instant> {
        self.recent.back().copied()
    }
}

impl State {
    /// The worker of one of the room's routers is gone.
    pub(super) fn router_lost(&mut self, router: RouterId, now: Instant) {
        if self.resets.count(now) > self.settings.max_media_resets_per_minute {
            self.outputs.push(Output::Limited(Limit::MediaResets));
            return self.close(Reason::WorkerLost);
        }
        if self.home != Some(router) {
            return self.spoke_lost(router, now);
        }
        self.home = None;
        self.outputs.push(Output::CloseRouter(router));
        self.close_spokes(RoomError::MediaResetting);
        self.forget_media();
        self.open_router(Op::OpenHome);
    }

    /// Everything that peers had is gone with the routers. Who had something is told to begin anew when that can be
    /// done; who had nothing yet is told what others publish no more.
    fn forget_media(&mut self) {
        let mut waiting: BTreeMap<PeerId, usize> = BTreeMap::new();
        for (asker, _) in &self.waiting_transports {
            *waiting.entry(asker.peer).or_default() += 1;
        }
        let mut closed = Vec::new();
        for peer in self.peers.values_mut() {
            // A transport that waits for a router is not lost: it will be made on the next.
            let under_way = peer.reserved.transports - waiting.get(&peer.id).copied().unwrap_or(0);
            peer.reset |= !peer.transports.is_empty() || under_way > 0;
            peer.transports.clear();
            peer.consumers.clear();
            peer.cannot_consume.clear();
            peer.data_consumers.clear();
            let producers = std::mem::take(&mut peer.producers);
            producers.values().for_each(|producer| peer.mutes.outlive(producer));
            closed.extend(producers.iter().map(|(id, it)| Event::ProducerClosed(peer.producer_ref(*id, it))));
            let data = std::mem::take(&mut peer.data_producers);
            closed.extend(data.iter().map(|(id, it)| Event::DataProducerClosed(peer.data_producer_ref(*id, it))));
        }
        self.owners.clear();
        self.receivers.clear();
        self.data_owners.clear();
        self.data_receivers.clear();
        self.forget_heard();
        self.turn_away_waiting();
        for event in closed {
            self.tell_all(|peer| !peer.reset, event);
        }
    }

    /// Who has to begin anew does so for all its transports, those that wait for a router included.
    fn turn_away_waiting(&mut self) {
        for (asker, direction) in std::mem::take(&mut self.waiting_transports) {
            match self.peers.get_mut(&asker.peer) {
                Some(peer) if peer.reset => {
                    peer.reserved.transports -= 1;
                    self.answer(asker.ticket, Err(RoomError::MediaResetting));
                }
                _ => self.waiting_transports.push((asker, direction)),
            }
        }
    }

    pub(super) fn home_opened(&mut self, router: RouterId, rtp_capabilities: Box<RouterRtpCapabilities>, now: Instant) {
        self.home = Some(router);
        if matches!(self.phase, Phase::Starting) {
            self.was_open = true;
            self.record(Happening::Opened);
            self.empty_since = Some(now);
        }
        self.phase = Phase::Open { rtp_capabilities: Arc::from(rtp_capabilities) };
        let peers: Vec<_> = self.peers.keys().copied().collect();
        for peer in peers {
            self.tell_of_reset(peer);
        }
        self.make_waiting_transports(now);
    }

    /// No worker took the home router.
    pub(super) fn home_failed(&mut self, now: Instant) {
        match (&self.phase, self.resets.last()) {
            (Phase::Closed, _) => {}
            (Phase::Open { .. }, Some(lost)) if now < lost + self.settings.media_reset_deadline => {
                self.timers.insert((now + RETRY, Timer::ReopenHome));
            }
            (Phase::Open { .. }, _) => self.close(Reason::WorkerLost),
            (Phase::Starting, _) => self.close(Reason::InternalError),
        }
    }

    pub(super) fn reopen_home(&mut self) {
        self.open_router(Op::OpenHome);
    }

    /// Tells a peer that its media was lost, if that is so, it can be told, and it can begin anew.
    pub(super) fn tell_of_reset(&mut self, id: PeerId) {
        let Phase::Open { rtp_capabilities } = &self.phase else { return };
        let Some(peer) = self.peers.get_mut(&id) else { return };
        if self.home.is_some() && peer.session.is_some() && std::mem::take(&mut peer.reset) {
            let rtp_capabilities = Arc::clone(rtp_capabilities);
            self.tell(id, Event::MediaReset { rtp_capabilities, reason: Reason::WorkerLost });
        }
    }

    /// Takes all media of one peer away and tells it to begin anew.
    pub(super) fn reset_peer(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        peer.reset = true;
        self.turn_away_waiting();
        let Some(peer) = self.peers.get(&id) else { return };
        let transports: Vec<_> = peer.transports.keys().copied().collect();
        for transport in transports {
            self.remove_transport(id, transport);
        }
        self.tell_of_reset(id);
    }
}

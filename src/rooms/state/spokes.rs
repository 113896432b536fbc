//! Further routers of a large room, each on a worker of its own and linked to the home router by a pair of pipe
//! transports. Who receives may stand on any of them; who publishes stands at home.

use super::pipes::Pipes;
use super::{Asker, Op, Pending, State};
use crate::ids::{PeerId, RouterId, TransportId};
use crate::media::protocol::{MediaError, MediaKind, MediaObject, MediaReply, MediaRequest};
use crate::protocol::Direction;
use crate::rooms::RoomError;
use crate::rooms::command::Output;
use crate::rooms::peer::Peer;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long a room that found no further worker does not ask again.
const PAUSE: Duration = Duration::from_secs(10);

/// What a consumer of video weighs; one of audio weighs 1.
const VIDEO_WEIGHT: usize = 4;

pub(super) fn weight(kind: MediaKind) -> usize {
    match kind {
        MediaKind::Audio => 1,
        MediaKind::Video => VIDEO_WEIGHT,
    }
}

/// What a data channel's consumer weighs: these are quiet most of the time.
const DATA_WEIGHT: usize = 1;

/// What it weighs to receive all that a peer publishes.
fn published(peer: &Peer) -> usize {
    let tracks: usize = peer.producers.values().map(|producer| weight(producer.kind)).sum();
    tracks + DATA_WEIGHT * peer.data_producers.len()
}

/// One of the two ends of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Home,
    Far,
}

#[derive(Debug, Default)]
pub(super) struct Spoke {
    /// The pipe transport at home, and where it listens.
    home_end: Option<(TransportId, SocketAddr)>,
    /// The pipe transport on the spoke.
    far_end: Option<(TransportId, SocketAddr)>,
    /// Ends that know where the other is.
    connected: u8,
    pub pipes: Pipes,
}

impl Spoke {
    fn linked(&self) -> bool {
        self.connected == 2
    }

    /// The ends of its link: at home and on the spoke.
    pub fn link(&self) -> Option<(TransportId, TransportId)> {
        Some((self.home_end?.0, self.far_end?.0))
    }
}

/// The spokes there are.
#[derive(Debug, Default)]
pub(super) struct Spokes {
    map: BTreeMap<RouterId, Spoke>,
    /// Whether one is being opened or linked.
    opening: bool,
    /// Until when there is no use in asking for another.
    none_until: Option<Instant>,
}

impl Spokes {
    pub fn contains(&self, router: RouterId) -> bool {
        self.map.contains_key(&router)
    }

    pub fn get(&self, router: RouterId) -> Option<&Spoke> {
        self.map.get(&router)
    }

    pub fn get_mut(&mut self, router: RouterId) -> Option<&mut Spoke> {
        self.map.get_mut(&router)
    }

    pub fn iter(&self) -> impl Iterator<Item = (RouterId, &Spoke)> {
        self.map.iter().map(|(id, spoke)| (*id, spoke))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (RouterId, &mut Spoke)> {
        self.map.iter_mut().map(|(id, spoke)| (*id, spoke))
    }

    /// The spoke to whose link a pipe transport belongs.
    pub fn of_link(&self, transport: TransportId) -> Option<RouterId> {
        let ends = |spoke: &Spoke| [spoke.home_end, spoke.far_end].into_iter().flatten().any(|(id, _)| id == transport);
        self.iter().find(|(_, spoke)| ends(spoke)).map(|(id, _)| id)
    }
}

/// Where a transport is to be made.
enum Place {
    On(RouterId),
    /// On a router that is being opened.
    Wait,
}

impl State {
    /// Makes a transport, or lets it wait for a router to make it on; it is reserved already.
    pub(super) fn place_transport(&mut self, asker: Asker, direction: Direction, now: Instant) {
        match self.place_for(asker.peer, direction, now) {
            Place::On(router) => {
                self.run(
                    Some(asker),
                    router,
                    Op::CreateTransport { direction },
                    MediaRequest::CreateTransport { router },
                );
            }
            Place::Wait => self.waiting_transports.push((asker, direction)),
        }
    }

    pub(super) fn make_waiting_transports(&mut self, now: Instant) {
        for (asker, direction) in std::mem::take(&mut self.waiting_transports) {
            if self.peers.contains_key(&asker.peer) {
                self.place_transport(asker, direction, now);
            } else {
                self.answer(asker.ticket, Err(RoomError::NotJoined));
            }
        }
    }

    fn place_for(&mut self, peer: PeerId, direction: Direction, now: Instant) -> Place {
        let Some(home) = self.home else { return Place::Wait };
        if direction == Direction::Send {
            return Place::On(home);
        }
        let max = self.settings.max_consumers_per_router.saturating_mul(VIDEO_WEIGHT);
        let loads = self.loads(home);
        let more = self.expected(peer);
        let fits = |load: usize| load + more <= max || load == 0;
        if let Some((router, _)) = loads.iter().find(|(_, load)| fits(*load)) {
            return Place::On(*router);
        }
        if self.spokes.opening {
            return Place::Wait;
        }
        if self.spokes.none_until.is_none_or(|until| until <= now) {
            self.spokes.opening = true;
            self.open_router(Op::OpenSpoke);
            return Place::Wait;
        }
        // There is no other worker: all that are there share what comes.
        let least = loads.into_iter().min_by_key(|(_, load)| *load);
        Place::On(least.map_or(home, |(router, _)| router))
    }

    /// What the consumers weigh that a peer may be expected to ask for: of everything that others publish.
    fn expected(&self, peer: PeerId) -> usize {
        let others = self.peers.values().filter(|other| other.id != peer);
        others.map(published).sum()
    }

    /// The weight of consumers on every router that takes transports, home first: what is there, or what the transports
    /// there may be expected to carry if that is more.
    fn loads(&self, home: RouterId) -> Vec<(RouterId, usize)> {
        let spokes = self.spokes.iter().filter(|(_, spoke)| spoke.linked()).map(|(id, _)| (id, 0));
        let mut loads: Vec<_> = std::iter::once((home, 0)).chain(spokes).collect();
        let all: usize = self.peers.values().map(published).sum();
        let mut add = |router: RouterId, weight: usize| {
            if let Some((_, load)) = loads.iter_mut().find(|(id, _)| *id == router) {
                *load += weight;
            }
        };
        for peer in self.peers.values() {
            let own = published(peer);
            for (id, transport) in &peer.transports {
                if transport.direction == Direction::Recv {
                    let tracks = peer.consumers.values().filter(|consumer| consumer.transport == *id);
                    let tracks: usize = tracks.map(|consumer| weight(consumer.kind)).sum();
                    let data = peer.data_consumers.values().filter(|consumer| consumer.transport == *id);
                    add(transport.router, (all - own).max(tracks + DATA_WEIGHT * data.count()));
                }
            }
        }
        for pending in self.ops.values() {
            if let (Some(asker), Some(router), Op::CreateTransport { direction: Direction::Recv }) =
                (pending.asker, pending.router, &pending.op)
            {
                add(router, self.expected(asker.peer));
            }
        }
        loads
    }

    pub(super) fn spoke_opened(&mut self, router: RouterId) {
        let Some(home) = self.home else {
            // Home went meanwhile, and what waited for this spoke waits for the next home.
            self.spokes.opening = false;
            self.outputs.push(Output::CloseRouter(router));
            return;
        };
        self.spokes.map.insert(router, Spoke::default());
        for (at, end) in [(home, End::Home), (router, End::Far)] {
            self.run(None, at, Op::MakeEnd(router, end), MediaRequest::CreatePipeTransport { router: at });
        }
    }

    /// No worker takes another router: what waits is spread over those there are.
    pub(super) fn no_spoke(&mut self, now: Instant) {
        self.spokes.opening = false;
        self.spokes.none_until = Some(now + PAUSE);
        self.make_waiting_transports(now);
    }

    /// One end of a link is there; true if it is taken into the books.
    pub(super) fn end_made(
        &mut self,
        router: RouterId,
        end: End,
        result: Result<MediaReply, MediaError>,
        now: Instant,
    ) -> bool {
        let (Some(home), Some(spoke)) = (self.home, self.spokes.get_mut(router)) else { return false };
        let Ok(MediaReply::PipeTransport { transport, local }) = result else {
            self.give_up_spoke(router, now);
            return false;
        };
        *match end {
            End::Home => &mut spoke.home_end,
            End::Far => &mut spoke.far_end,
        } = Some((transport, local));
        if let (Some((home_end, home_address)), Some((far_end, far_address))) = (spoke.home_end, spoke.far_end) {
            for (at, transport, remote) in [(home, home_end, far_address), (router, far_end, home_address)] {
                let request = MediaRequest::ConnectPipeTransport { transport, remote };
                self.run(None, at, Op::ConnectEnd(router), request);
            }
        }
        true
    }

    pub(super) fn end_connected(
        &mut self,
        router: RouterId,
        result: Result<MediaReply, MediaError>,
        now: Instant,
    ) -> bool {
        let Some(spoke) = self.spokes.get_mut(router) else { return true };
        if result.is_err() {
            self.give_up_spoke(router, now);
        } else {
            spoke.connected += 1;
            if spoke.linked() {
                self.spokes.opening = false;
                self.make_waiting_transports(now);
                // Everybody who waited may have gone.
                self.close_spoke_if_idle(router);
            }
        }
        true
    }

    /// A spoke that cannot be linked is of no use.
    fn give_up_spoke(&mut self, router: RouterId, now: Instant) {
        self.remove_spoke(router, RoomError::NoWorker);
        self.no_spoke(now);
    }

    /// A spoke is gone, or its link: who received there begins anew.
    pub(super) fn spoke_lost(&mut self, router: RouterId, now: Instant) {
        let here = |peer: &&Peer| peer.transports.values().any(|on| on.router == router);
        let coming = self.ops.values().filter(|pending| pending.router == Some(router));
        let coming = coming.filter_map(|pending| Some(pending.asker?.peer));
        let on_it: BTreeSet<_> = self.peers.values().filter(here).map(|peer| peer.id).chain(coming).collect();
        let linked = self.spokes.get(router).is_some_and(Spoke::linked);
        self.remove_spoke(router, RoomError::MediaResetting);
        for peer in on_it {
            self.reset_peer(peer);
        }
        if !linked {
            self.no_spoke(now);
        }
    }

    /// Takes a spoke out with its link and its pipes.
    fn remove_spoke(&mut self, router: RouterId, error: RoomError) {
        let Some(spoke) = self.spokes.map.remove(&router) else { return };
        self.refuse_waiting(spoke.pipes, error);
        if let (Some(home), Some((home_end, _))) = (self.home, spoke.home_end) {
            self.close_media(home, MediaObject::Transport(home_end));
        }
        self.outputs.push(Output::CloseRouter(router));
    }

    /// Closes all spokes; home is gone already, or goes next.
    pub(super) fn close_spokes(&mut self, error: RoomError) {
        self.spokes.opening = false;
        for (router, spoke) in std::mem::take(&mut self.spokes.map) {
            self.refuse_waiting(spoke.pipes, error.clone());
            self.outputs.push(Output::CloseRouter(router));
        }
    }

    /// Gives a spoke back on which nobody receives any more.
    pub(super) fn close_spoke_if_idle(&mut self, router: RouterId) {
        if !self.spokes.get(router).is_some_and(Spoke::linked) {
            return;
        }
        let here = |peer: &Peer| peer.transports.values().any(|on| on.router == router);
        let coming =
            |pending: &Pending| pending.router == Some(router) && matches!(pending.op, Op::CreateTransport { .. });
        if !self.peers.values().any(here) && !self.ops.values().any(coming) {
            self.remove_spoke(router, RoomError::RoomClosed);
        }
    }
}
